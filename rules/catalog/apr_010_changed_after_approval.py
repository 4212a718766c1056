"""What is carried out is what was approved, not what it was turned into afterwards."""

from collections.abc import Iterator

from rules.events import Action, Entitlement, Event, called
from rules.extent import APPROVING, Extent, approved, is_one_right, lasts_longer, told_by
from rules.finding import Severity
from rules.path import order
from rules.rule import Answer, Breach, CaseFile, SetAside, rule


@rule(
    id="APR-010",
    title="Request changed after approval",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF ID.RA-07",
        "53 AC-3",
        "53 CM-3",
        "ISO A.5.18",
        "ISO A.8.32",
        "TSC CC6.3",
        "TSC CC8.1",
    ),
    concerns={Action.REQUESTED, Action.AMENDED, *APPROVING, Action.PROVISIONED},
    needs=(Action.AMENDED, Action.PROVISIONED, frozenset(APPROVING)),
)
def changed_after_approval(file: CaseFile) -> Iterator[Answer]:
    """Between the approval and the grant the request became one that nobody approved.

    Fires when: after an approval and before access was given the request was amended to another
    right, a scope that reaches further or a longer time, and nobody approved it again before the
    grant.

    Stays quiet when: the amendment only narrows, or changes nothing of these (a comment, a label);
    it was approved again; policy lists the other right as part of the approved one; an exception
    is recorded.

    Withdrawn by: an approval of the amended request that is reported late.

    Next step: have the approver decide about the request as it is now; take back what goes
    further than what they approved.
    """
    path = file.path
    approvals = path.steps(*APPROVING)
    for amendment in path.steps(Action.AMENDED):
        before = [each for each in approvals if order(each) < order(amendment)]
        grant = next((each for each in path.grants if order(each) > order(amendment)), None)
        if not before or grant is None or _again(file, approvals, amendment, grant):
            continue
        last, extent = before[-1], approved(path, before, amendment)
        change = _change(file, amendment, extent)
        if isinstance(change, SetAside):
            yield change
        elif change:
            yield Breach(
                f"{called(amendment.actor)} changed the request after {called(last.actor)} had "
                f"approved it: {change}; nobody approved it again before access was given",
                evidence=(amendment.id, last.id, grant.id),
                parties=(amendment.actor, last.actor),
            )


def _again(file: CaseFile, approvals: list[Event], amendment: Event, grant: Event) -> bool:
    until = grant.occurred_at + file.policy.approvals.clock_skew
    return any(order(each) > order(amendment) and each.occurred_at <= until for each in approvals)


def _change(file: CaseFile, amendment: Event, extent: Extent) -> str | SetAside | None:
    """Say in which way an amendment goes further than what was approved."""
    wanted = told_by([amendment])
    beyond = wanted.scope - extent.scope
    if extent.scope and beyond:
        return f"its scope came to include {', '.join(sorted(beyond))}"
    if lasts_longer(wanted.duration, extent.duration, amendment.occurred_at):
        return f"{wanted.duration} in place of {extent.duration}"
    if amendment.entitlement is None:
        return None
    return _other_right(file, amendment.source, amendment.entitlement, extent)


def _other_right(
    file: CaseFile, source: str, right: Entitlement, extent: Extent
) -> str | SetAside | None:
    known = [
        each.entitlement
        for each in extent.rights
        if (each.source, each.entitlement.type) == (source, right.type)
    ]
    if not known or any(is_one_right(right, each) for each in known):
        return None
    bundle = file.bundle_of(right, known)
    if bundle:
        return SetAside(bundle)
    last = known[-1]
    return f"{right.name or right.id} in place of {last.name or last.id}"
