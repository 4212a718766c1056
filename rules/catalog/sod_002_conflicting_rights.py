"""No person holds two rights that policy keeps apart, whichever systems they are in."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rules.events import Action, Event
from rules.facts import is_privileged
from rules.finding import Severity
from rules.pattern_terms import Conflict
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Scope, SetAside, rule

_ENDING = frozenset({Action.REVOKED, Action.EXPIRED})


@rule(
    id="SOD-002",
    title="Conflicting rights end up with one person",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "53 AC-5",
        "53 AC-6",
        "ISO A.5.3",
        "ISO A.8.2",
        "TSC CC6.3",
        "ITGC APD",
    ),
    concerns={Action.PROVISIONED, *_ENDING},
    needs=(Action.PROVISIONED,),
    scope=Scope.PERSON,
)
def conflicting_rights(file: CaseFile) -> Iterator[Answer]:
    """One person was given both rights of a pair that policy keeps apart (`conflicts`).

    Fires when: a right was given to somebody who held the other one of the pair, in any case and
    any system, and every source that tells of revocations has reported past the later grant and
    `rights.conflict_grace`.

    Stays quiet when: one of the two was taken back or ran out before the other was given, or
    within the grace, which is counted as set aside; policy names no such pair; an exception is
    recorded, as for a mitigating control. Where nobody has said who stands behind an account that
    holds one of the pair, or older grants are no longer kept, the answer is: cannot tell.

    Withdrawn by: a revocation from before the later grant, or a corrected identity link, that
    becomes known late.

    Next step: take one of the two rights back, or record who accepts the conflict and what makes up
    for it.
    """
    for conflict in file.policy.conflicts:
        grants = _grants(file, conflict)
        answer = _both_held(file, grants)
        if answer is not None:
            yield answer
        elif grants and _is_unknown(file, grants):
            yield CannotTell(f"nobody can say what else the person behind {file.case} holds")


def _grants(file: CaseFile, conflict: Conflict) -> list[Event]:
    pair = {conflict.first, conflict.second}
    return [each for each in file.path.steps(Action.PROVISIONED) if _right(each) in pair]


def _right(event: Event) -> str | None:
    return event.entitlement.id if event.entitlement is not None else None


def _is_unknown(file: CaseFile, grants: list[Event]) -> bool:
    nameless = any(e.beneficiary is None or e.beneficiary.person is None for e in grants)
    return nameless or file.forgotten is not None


def _ends(file: CaseFile, grant: Event) -> datetime | None:
    """When what a grant gave was taken back."""
    ends = [
        each.occurred_at
        for each in file.path.steps(*_ENDING)
        if _right(each) == _right(grant) and each.occurred_at >= grant.occurred_at
    ]
    return min(ends, default=None)


def _both_held(file: CaseFile, grants: list[Event]) -> Answer | None:
    grace = file.policy.rights.conflict_grace
    for later in grants:
        for earlier in grants:
            if _right(earlier) == _right(later) or earlier.occurred_at > later.occurred_at:
                continue
            ended = _ends(file, earlier)
            if ended is None or ended > later.occurred_at:
                return _conflict(file, earlier, later, grace)
    return None


def _conflict(file: CaseFile, earlier: Event, later: Event, grace: timedelta) -> Answer:
    due = later.occurred_at + grace
    ends = [_ends(file, earlier), _ends(file, later)]
    if any(at is not None and at <= due for at in ends):
        return SetAside("one of the two was taken back at once")
    if not file.reached(due, _ENDING):
        return AskAgain(due, _ENDING)
    return Breach(
        f"{file.case} holds {_named(earlier)} and was given {_named(later)}, which policy keeps "
        "apart",
        evidence=(later.id, earlier.id),
        parties=(later.beneficiary, later.actor, earlier.actor),
        at=due,
        subject="\x1f".join(sorted((_right(earlier) or "", _right(later) or ""))),
        privileged=is_privileged(earlier.entitlement) or is_privileged(later.entitlement),
    )


def _named(grant: Event) -> str:
    right = grant.entitlement
    if right is None:
        return "a right"
    return f"{right.name or right.id} ({right.system})" if right.system else right.name or right.id
