"""Nobody makes the detector itself ask less alone."""

from collections.abc import Iterator

from rules.events import Action, Event, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, rule

POLICY_WORKFLOW = "foureyes/policy"
"""The workflow as which a change of the policy reports itself."""
SILENCE_WORKFLOW = "foureyes/silence"
"""The workflow as which a silence of alerts reports itself."""
WEAKER = "weaker"
"""The outcome of a version that asks less than the one before it, and of each silence."""
_OURS = frozenset({POLICY_WORKFLOW, SILENCE_WORKFLOW})
_ONE_PERSON = frozenset({Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON})
_APPROVED = frozenset({Action.WORKFLOW_APPROVED})


@rule(
    id="CHG-003",
    title="Detector silenced without a second person",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.PS-01",
        "CSF DE.CM-09",
        "53 AU-12(3)",
        "53 CM-3",
        "53 CM-5(4)",
        "53 AU-9(4)",
        "ISO A.8.16",
        "ISO A.8.32",
        "TSC CC7.2",
        "TSC CC8.1",
    ),
    concerns={Action.WORKFLOW_PUBLISHED, Action.WORKFLOW_APPROVED},
    needs=(Action.WORKFLOW_PUBLISHED,),
)
def detector_silenced(file: CaseFile) -> Iterator[Answer]:
    """A policy that asks less, or a silence of alerts, that nobody else had agreed to.

    Fires when: a version of the policy that makes something weaker names its author, or a silence
    of alerts names who made it, and, once every source that tells of approvals has reported past
    `changes.grace` after it, nobody else had approved it; at once when a silence names the person
    who made it, whoever agreed.

    Stays quiet when: somebody else approved that version, or does not say which one; nothing
    became weaker by it; an exception is recorded. Where a weaker version does not name its author,
    or two accounts can not be compared, the answer is: cannot tell.

    Withdrawn by: an approval by somebody else, given in time, that is reported late.

    Next step: put the version before it in force again, or end the silence, until somebody else has
    agreed; of a silence about its own maker, read what it held back.
    """
    for published in file.path.steps(Action.WORKFLOW_PUBLISHED):
        workflow = published.workflow
        if workflow is None or workflow.id not in _OURS or published.outcome != WEAKER:
            continue
        if _about_its_maker(published):
            yield Breach(
                f"{called(published.actor)} silenced alerts about themselves: "
                f"{published.justification}",
                evidence=(published.id,),
                parties=(published.actor,),
                at=published.occurred_at,
            )
            continue
        if published.actor is None:
            yield CannotTell(f"version {workflow.version} of the policy does not name its author")
            continue
        answer = _agreed(file, published, workflow.version or "")
        if answer is not None:
            yield answer


def _about_its_maker(published: Event) -> bool:
    if published.beneficiary is None or published.actor is None:
        return False
    told = Told(published.beneficiary, published), Told(published.actor, published)
    return sameness(*told) in _ONE_PERSON


def _agreed(file: CaseFile, published: Event, version: str) -> Answer | None:
    due = published.occurred_at + file.policy.changes.grace
    approvals = [
        each
        for each in file.path.steps(*_APPROVED)
        if each.occurred_at <= due and _version(each) in (None, version)
    ]
    how = {_compared(each, published) for each in approvals}
    if Sameness.DIFFERENT in how or Sameness.UNLINKED in how:
        return None
    if Sameness.INCOMPARABLE in how:
        return CannotTell(f"nobody can say whether author and approver of {version} are one person")
    if not file.reached(due, _APPROVED):
        return AskAgain(due, _APPROVED)
    return Breach(
        _alone(published, version),
        evidence=(published.id, *(each.id for each in approvals)),
        parties=(published.actor,),
        at=due,
    )


def _version(event: Event) -> str | None:
    return event.workflow.version if event.workflow is not None else None


def _alone(published: Event, version: str) -> str:
    who, what = called(published.actor), published.justification or "something that is not named"
    if published.workflow is not None and published.workflow.id == SILENCE_WORKFLOW:
        return f"{who} silenced alerts alone: {what}"
    return f"{who} put version {version} of the policy in force alone; it makes weaker: {what}"


def _compared(approval: Event, published: Event) -> Sameness:
    if approval.actor is None or published.actor is None:
        return Sameness.INCOMPARABLE
    return sameness(Told(approval.actor, approval), Told(published.actor, published))
