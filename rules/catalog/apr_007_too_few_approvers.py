"""As many different people approve as policy asks for."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import MACHINES, Action, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, SetAside, rule

_APPROVALS = frozenset({Action.APPROVED})
_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)


@rule(
    id="APR-007",
    title="Too few different people approved",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=("CSF PR.AA-05", "53 AC-3(2)", "53 AC-5", "ISO A.5.3", "TSC CC6.3"),
    concerns={Action.DENIED, Action.PROVISIONED, Action.EMERGENCY_ACTIVATED},
    needs=(Action.PROVISIONED, frozenset({Action.APPROVED, Action.DECIDED})),
)
def too_few_approvers(file: CaseFile) -> Iterator[Answer]:
    """When access was given, fewer different people had approved than policy asks for.

    Fires when: at the first grant the distinct people among the approvers are fewer than the
    quorum, and every source of approvals has reported past it and what clocks may disagree by
    (`approvals.clock_skew`); two accounts of one person count once, machines not at all.

    Stays quiet when: approvals may still be on their way; an approval names nobody, or the answer
    of a decision is not told (then the answer is: cannot tell); declared emergency access;
    birthright access; an exception is recorded. No approval at all before the grant is APR-008 or
    APR-009.

    Withdrawn by: an approval that was given in time and reported late.

    Next step: get the missing approval now or take the access back; find out how the route let
    it through.
    """
    path = file.path
    grant = path.grants[0]
    quorum = file.policy.approvals
    asked = quorum.quorum_privileged if path.privileged else quorum.quorum
    until = grant.occurred_at + quorum.clock_skew
    people = [
        Told(party=approval.on_behalf_of or approval.actor, event=approval)
        for approval in path.approvals
        if approval.actor is not None
        and approval.actor.kind not in MACHINES
        and approval.occurred_at <= until
    ]
    certain, possible = _count(people)
    if certain >= asked:
        return
    untold = list(file.untold())
    if not people and not untold:
        return
    if untold and file.reached(until, _APPROVALS) and not _set_aside(file):
        # Whoever is not named may be one of those who are, or the one who is missing.
        yield from map(CannotTell, untold)
        return
    yield from _short(file, until, people, (certain, possible, asked))


def _short(
    file: CaseFile, until: datetime, people: list[Told], counted: tuple[int, int, int]
) -> Iterator[Answer]:
    certain, possible, asked = counted
    grant = file.path.grants[0]
    aside = _set_aside(file)
    if aside:
        yield SetAside(aside)
    elif not file.reached(until, _APPROVALS):
        yield AskAgain(until, _APPROVALS)
    elif possible >= asked:
        yield CannotTell(
            f"{possible} accounts approved and {asked} people are asked for; no proven link says "
            "whether they are different people"
        )
    else:
        names = " and ".join(called(told.party) for told in people)
        yield Breach(
            f"{certain} of {asked} people had approved {file.path.what()} when it was given: "
            f"{names}",
            evidence=(grant.id, *(told.event.id for told in people)),
            parties=tuple(told.party for told in people),
            at=until,
        )


def _set_aside(file: CaseFile) -> str | None:
    """Why fewer people are enough, if they are."""
    if file.path.steps(Action.EMERGENCY_ACTIVATED):
        return "emergency access was declared"
    return file.birthright()


def _count(people: list[Told]) -> tuple[int, int]:
    """Count people: at least so many for certain, and so many if unlinked accounts differ."""
    if len(people) == 1:
        return 1, 1
    possible: list[Told] = []
    for told in people:
        if {sameness(told, other) for other in possible}.isdisjoint(_ONE):
            possible.append(told)
    certain: list[Told] = []
    # Those who are known first: an unlinked account may be any one of them, but only one.
    for told in sorted(possible, key=_is_unlinked):
        if {sameness(told, other) for other in certain} <= {Sameness.DIFFERENT}:
            certain.append(told)
    return len(certain), len(possible)


def _is_unlinked(told: Told) -> bool:
    return told.party.person is None
