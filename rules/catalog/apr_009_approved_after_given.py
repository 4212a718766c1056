"""The approval comes first."""

from collections.abc import Iterator
from datetime import timedelta

from rules.events import Action, called
from rules.finding import Severity
from rules.rule import Answer, Breach, CaseFile, SetAside, rule


@rule(
    id="APR-009",
    title="Approved after the access was given",
    severity=Severity.HIGH,
    controls=("CSF PR.AA-05", "53 AC-2", "53 AU-10", "ISO A.5.18", "TSC CC6.3"),
    concerns={
        Action.APPROVED,
        Action.AUTO_APPROVED,
        Action.PROVISIONED,
        Action.EMERGENCY_ACTIVATED,
    },
    needs=(Action.PROVISIONED, frozenset({Action.APPROVED, Action.AUTO_APPROVED})),
)
def approved_after_given(file: CaseFile) -> Iterator[Answer]:
    """Access was given first and approved afterwards.

    Fires when: the first approval is later than the first grant by more than the clocks of two
    systems may disagree (`approvals.clock_skew`).

    Stays quiet when: emergency access was declared before the grant; birthright access; an
    exception is recorded.

    Withdrawn by: an earlier approval that is reported late.

    Next step: ask who gave the access before it was approved, and why; close that way.
    """
    path = file.path
    grant = path.grants[0]
    approval = path.steps(Action.APPROVED, Action.AUTO_APPROVED)[0]
    if approval.occurred_at <= grant.occurred_at + file.policy.approvals.clock_skew:
        return
    declared = path.steps(Action.EMERGENCY_ACTIVATED)
    aside = file.birthright()
    if declared and declared[0].occurred_at <= grant.occurred_at:
        aside = "emergency access was declared before"
    if aside:
        yield SetAside(aside)
        return
    late = approval.occurred_at - grant.occurred_at
    yield Breach(
        f"{path.what()} was given at {grant.occurred_at:%Y-%m-%d %H:%M:%SZ}, {_span(late)} before "
        f"{called(approval.actor)} approved it",
        evidence=(grant.id, approval.id),
        parties=(approval.actor, grant.actor),
    )


def _span(span: timedelta) -> str:
    return str(timedelta(seconds=int(span.total_seconds())))
