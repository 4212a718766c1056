"""What is given is inside what was approved."""

from collections.abc import Iterator

from rules.events import Action, Event, called
from rules.extent import (
    APPROVING,
    ASKING,
    Extent,
    approved,
    is_one_right,
    lasts_longer,
    told_by,
)
from rules.finding import Severity
from rules.moot import unless_shown
from rules.path import DecisionPath, order
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule
from rules.shown import LIMITED, SEVERAL_RIGHTS


@rule(
    id="APR-011",
    title="More was given than approved",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "53 AC-6",
        "53 AC-2",
        "ISO A.5.18",
        "ISO A.8.2",
        "TSC CC6.3",
        "NHI NHI5:2025",
    ),
    concerns={*ASKING, *APPROVING, Action.PROVISIONED},
    needs=(Action.PROVISIONED, frozenset(APPROVING)),
    moot=unless_shown(LIMITED, SEVERAL_RIGHTS),
)
def more_than_approved(file: CaseFile) -> Iterator[Answer]:
    """The grant goes further than the decision: another right, a wider scope, a longer time.

    Fires when: what a grant says it gave is not inside what had been approved by then; where an
    approval does not say what it approves, inside what had been asked for.

    Stays quiet when: less was given; policy lists the right as part of an approved one
    (`bundles`) or the scope as one that everybody has (`given.standing_scopes`); the grant follows
    an amendment that came after the approval (that is APR-010); an exception is recorded. Where
    the grant tells no scope or time and the approval does, or names a right of another kind or by
    another source, the answer is: cannot tell.

    Withdrawn by: an approval that covers the rest and is reported late.

    Next step: take back what goes further, or have it approved; find out where the grant was
    widened.
    """
    path = file.path
    if not _has_more_than_one_extent(path):
        return
    for grant in path.grants:
        until = grant.occurred_at + file.policy.approvals.clock_skew
        approvals = [each for each in path.steps(*APPROVING) if each.occurred_at <= until]
        if not approvals or _is_amended(file, approvals[-1], grant):
            continue
        extent = approved(path, approvals, grant)
        yield from _beyond(file, grant, approvals[-1], extent)


def _has_more_than_one_extent(path: DecisionPath) -> bool:
    """Whether anything was told of which one step could have had more than another: mostly not."""
    return len(path.entitlements) > 1 or any(e.scope or e.duration for e in path.events)


def _is_amended(file: CaseFile, approval: Event, grant: Event) -> bool:
    amendments = file.path.steps(Action.AMENDED)
    return any(order(approval) < order(each) < order(grant) for each in amendments)


def _beyond(file: CaseFile, grant: Event, approval: Event, extent: Extent) -> Iterator[Answer]:
    for answer in (
        _right(file, grant, extent),
        _scope(file, grant, extent),
        _time(grant, extent),
    ):
        if not isinstance(answer, str):
            yield from [answer] if answer else []
            continue
        yield Breach(
            f"more was given than {called(approval.actor)} approved: {answer}",
            evidence=(grant.id, approval.id),
            parties=(grant.beneficiary, grant.actor, approval.actor),
        )
        return


Answered = str | SetAside | CannotTell | None
"""In which way a grant goes further, or why that is none, or unknown."""


def _right(file: CaseFile, grant: Event, extent: Extent) -> Answered:
    right = grant.entitlement
    if right is None or not extent.rights:
        return None
    if any(is_one_right(right, each.entitlement) for each in extent.rights):
        return None
    bundle = file.bundle_of(right, [each.entitlement for each in extent.rights])
    if bundle:
        return SetAside(bundle)
    alike = [
        each.entitlement
        for each in extent.rights
        if each.source == grant.source and each.entitlement.type == right.type
    ]
    if not alike:
        return CannotTell(
            f"{grant.source} says it gave {right.id}; whether that is part of what was approved, "
            "nobody has said"
        )
    last = alike[-1]
    return f"{right.name or right.id} where {last.name or last.id} was approved"


def _scope(file: CaseFile, grant: Event, extent: Extent) -> Answered:
    if not extent.scope:
        return None
    if not grant.scope:
        return CannotTell("a scope was approved, and the grant does not say in which it was given")
    more = frozenset(grant.scope) - extent.scope
    beyond = more.difference(file.policy.given.standing_scopes)
    if beyond:
        return f"its scope includes {', '.join(sorted(beyond))}"
    return SetAside("policy lists the scope as one that everybody has") if more else None


def _time(grant: Event, extent: Extent) -> Answered:
    given = told_by([grant]).duration
    if extent.duration is None:
        return None
    if given is None:
        return CannotTell("an end was approved, and the grant does not say whether it has one")
    if lasts_longer(given, extent.duration, grant.occurred_at):
        return f"{given} where {extent.duration} was approved"
    return None
