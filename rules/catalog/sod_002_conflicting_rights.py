"""No person holds two rights that policy keeps apart, whichever systems they are in."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from rules.events import Action, Entitlement, Event, named
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
        grants = _held(file, conflict)
        answer = _both_held(file, grants)
        if answer is not None:
            yield answer
        elif grants and _is_unknown(file, grants):
            yield CannotTell(f"nobody can say what else the person behind {file.case} holds")


class _Held(NamedTuple):
    """A right that was given, and when."""

    grant: Event
    right: Entitlement
    at: datetime


def _held(file: CaseFile, conflict: Conflict) -> list[_Held]:
    pair = {conflict.first, conflict.second}
    given = file.path.steps(Action.PROVISIONED)
    held = [_Held(e, e.entitlement, e.occurred_at) for e in given if e.entitlement is not None]
    return [each for each in held if each.right.id in pair]


def _is_unknown(file: CaseFile, grants: list[_Held]) -> bool:
    receivers = [each.grant.beneficiary for each in grants]
    nameless = any(party is None or party.person is None for party in receivers)
    return nameless or file.forgotten is not None


def _ends(file: CaseFile, held: _Held) -> datetime | None:
    """When what a grant gave was taken back."""
    ends = [
        each.occurred_at
        for each in file.path.steps(*_ENDING)
        if each.entitlement is not None
        and each.entitlement.id == held.right.id
        and each.occurred_at >= held.at
    ]
    return min(ends, default=None)


def _both_held(file: CaseFile, grants: list[_Held]) -> Answer | None:
    for later in grants:
        for earlier in grants:
            if earlier.right.id == later.right.id or earlier.at > later.at:
                continue
            ended = _ends(file, earlier)
            if ended is None or ended > later.at:
                return _conflict(file, earlier, later)
    return None


def _conflict(file: CaseFile, earlier: _Held, later: _Held) -> Answer:
    due = later.at + file.policy.rights.conflict_grace
    ends = [_ends(file, earlier), _ends(file, later)]
    if any(at is not None and at <= due for at in ends):
        return SetAside("one of the two was taken back at once")
    if not file.reached(due, _ENDING):
        return AskAgain(due, _ENDING)
    return Breach(
        f"{file.case} holds {named(earlier.right)} and was given {named(later.right)}, which "
        "policy keeps apart",
        evidence=(later.grant.id, earlier.grant.id),
        parties=(later.grant.beneficiary, later.grant.actor, earlier.grant.actor),
        at=due,
        subject="\x1f".join(sorted((earlier.right.id, later.right.id))),
        privileged=is_privileged(earlier.right) or is_privileged(later.right),
    )
