"""Somebody decides: a machine that approves by itself is nobody."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, ActorKind, Event, called
from rules.finding import Severity
from rules.moot import unless_shown
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule
from rules.shown import MACHINE_APPROVED

_DECIDING = (Action.APPROVED, Action.AUTO_APPROVED)


@rule(
    id="APR-014",
    title="Nobody decided: auto-approved or no approver found",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "53 AC-3",
        "53 AC-5",
        "ISO A.5.18",
        "TSC CC6.3",
        "AI GOVERN 3.2",
    ),
    concerns={*_DECIDING, Action.REQUESTED, Action.PROVISIONED, Action.EMERGENCY_ACTIVATED},
    needs=(frozenset(_DECIDING),),
    moot=unless_shown(MACHINE_APPROVED, Action.AUTO_APPROVED),
)
def nobody_decided(file: CaseFile) -> Iterator[Answer]:
    """The only approvals of something that needs a person's are automatic ones.

    Fires when: a case was approved automatically or by a machine, and no person approved it
    before access was given.

    Stays quiet when: a person approved too; policy lists the machine under known automation, the
    right as self-service or birthright, or the pre-approval that is cited; policy demands no
    person for such rights (`automation.human_decision_for`); emergency access was declared; an
    exception is recorded.

    Withdrawn by: a person's approval that is reported late.

    Next step: have the owner of the right decide now; find out which route let it pass.
    """
    automatic = [event for event in file.path.steps(*_DECIDING) if _is_automatic(event)]
    if not automatic or not file.is_demanded(file.policy.human_decision_for):
        return
    people = _people(file)
    if any(_is_known(event) for event in people):
        return
    aside = _aside(file, automatic)
    if aside:
        yield SetAside(aside)
    elif people:
        yield CannotTell(
            f"nobody has said whether {called(people[0].actor)}, who approved, is a person"
        )
    else:
        yield Breach(
            f"{file.path.what()} was approved by {_by(automatic[0])} and by no person",
            evidence=tuple(event.id for event in automatic),
            parties=tuple(event.actor for event in automatic),
        )


def _is_automatic(event: Event) -> bool:
    return event.action is Action.AUTO_APPROVED or (
        event.actor is not None and event.actor.kind in MACHINES
    )


def _is_known(event: Event) -> bool:
    actor = event.actor
    return actor is not None and (actor.kind is ActorKind.HUMAN or actor.person is not None)


def _people(file: CaseFile) -> list[Event]:
    """The approvals that machines did not give, up to the first grant."""
    path, skew = file.path, file.policy.approvals.clock_skew
    until = path.grants[0].occurred_at + skew if path.grants else None
    return [
        event
        for event in path.approvals
        if not _is_automatic(event) and (until is None or event.occurred_at <= until)
    ]


def _by(event: Event) -> str:
    if event.actor is None:
        return "an automatic step that names nobody"
    return called(event.actor)


def _aside(file: CaseFile, automatic: list[Event]) -> str | None:
    if file.path.steps(Action.EMERGENCY_ACTIVATED):
        return "emergency access was declared"
    known = {event.actor.account for event in automatic if event.actor is not None}
    sanctioned = sorted(known.intersection(file.policy.known_automation))
    if sanctioned:
        return f"policy lists {sanctioned[0]} as known automation"
    return file.self_service() or file.birthright() or _pre_approved(file, automatic)


def _pre_approved(file: CaseFile, automatic: list[Event]) -> str | None:
    """Find a decision that was taken before, is cited, and was still in force."""
    at = automatic[0].occurred_at
    cited = {each.ref for event in (*automatic, *file.path.requests) for each in event.evidence}
    rights = {None, *(entitlement.id for entitlement in file.path.entitlements)}
    for known in file.policy.pre_approvals:
        if known.id in cited and at < known.until and known.entitlement in rights:
            return f"{known.owner} had approved it before, as {known.id}"
    return None
