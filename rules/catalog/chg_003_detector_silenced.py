"""Nobody makes the detector itself ask less alone."""

from collections.abc import Iterator

from rules.events import Action, Event, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, rule

POLICY_WORKFLOW = "foureyes/policy"
"""The workflow as which a change of the policy reports itself."""
WEAKER = "weaker"
"""The outcome of a version that asks less than the one before it."""
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
    """A policy of foureyes came into force that asks less, and nobody but its author had agreed.

    Fires when: a version of the policy that makes something weaker names its author, and, once
    every source that tells of approvals has reported past `changes.grace` after it, nobody else
    had approved it.

    Stays quiet when: somebody else approved that version; nothing became weaker by it; an
    exception is recorded. Where a weaker version does not name its author, or two accounts can not
    be compared, the answer is: cannot tell.

    Withdrawn by: an approval by somebody else, given in time, that is reported late.

    Next step: put the version before it in force again, until somebody else has agreed to this one.
    """
    for published in file.path.steps(Action.WORKFLOW_PUBLISHED):
        workflow = published.workflow
        if workflow is None or workflow.id != POLICY_WORKFLOW or published.outcome != WEAKER:
            continue
        if published.actor is None:
            yield CannotTell(f"version {workflow.version} of the policy does not name its author")
            continue
        answer = _agreed(file, published, workflow.version or "")
        if answer is not None:
            yield answer


def _agreed(file: CaseFile, published: Event, version: str) -> Answer | None:
    due = published.occurred_at + file.policy.changes.grace
    approvals = [e for e in file.path.steps(*_APPROVED) if e.occurred_at <= due]
    how = {_compared(each, published) for each in approvals}
    if Sameness.DIFFERENT in how or Sameness.UNLINKED in how:
        return None
    if Sameness.INCOMPARABLE in how:
        return CannotTell(f"nobody can say whether author and approver of {version} are one person")
    if not file.reached(due, _APPROVED):
        return AskAgain(due, _APPROVED)
    return Breach(
        f"{called(published.actor)} put version {version} of the policy in force alone; it makes "
        f"weaker: {published.justification or 'something that is not named'}",
        evidence=(published.id, *(each.id for each in approvals)),
        parties=(published.actor,),
        at=due,
    )


def _compared(approval: Event, published: Event) -> Sameness:
    if approval.actor is None or published.actor is None:
        return Sameness.INCOMPARABLE
    return sameness(Told(approval.actor, approval), Told(published.actor, published))
