"""Access is given because somebody approved it."""

from collections.abc import Iterator

from rules.events import Action, Event, called
from rules.finding import Severity
from rules.moot import once_shown
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, SetAside, rule

_APPROVALS = frozenset({Action.APPROVED, Action.AUTO_APPROVED})


@rule(
    id="APR-008",
    title="Access given, no approval found",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF PR.AA-01",
        "53 AC-2",
        "53 AC-3",
        "ISO A.5.18",
        "TSC CC6.2",
        "TSC CC6.3",
        "ITGC APD",
    ),
    concerns={
        *_APPROVALS,
        Action.DECIDED,
        Action.DENIED,
        Action.EMERGENCY_ACTIVATED,
        Action.PROVISIONED,
    },
    needs=(Action.PROVISIONED,),
    moot=once_shown(*_APPROVALS),
)
def given_without_approval(file: CaseFile) -> Iterator[Answer]:
    """Access was given, and nobody is on record as having approved it.

    Fires when: every source of approvals has reported past the grant and its grace
    (`approvals.grace`), and the case holds no approval.

    Stays quiet when: the access is birthright by policy; emergency access was declared; the
    approval is later than the grant (that is APR-009); an exception is recorded; somebody decided,
    and the source does not tell what (then the answer is: cannot tell).

    Withdrawn by: an approval that is reported late.

    Next step: find out who had it given; take the access back unless its owner approves it now.
    """
    if file.path.steps(*_APPROVALS):
        return
    grant = file.path.grants[0]
    due = grant.occurred_at + file.policy.approvals.grace
    aside = file.birthright()
    if file.path.steps(Action.EMERGENCY_ACTIVATED):
        aside = "emergency access was declared"
    if aside:
        yield SetAside(aside)
    elif not file.reached(due, _APPROVALS):
        yield AskAgain(due, _APPROVALS)
    elif untold := list(file.untold()):
        # It may have been the approval: only its answer is not on record.
        yield from map(CannotTell, untold)
    else:
        yield _breach(file, grant)


def _breach(file: CaseFile, grant: Event) -> Breach:
    due = grant.occurred_at + file.policy.approvals.grace
    denials = file.path.steps(Action.DENIED)
    known = "the request had been denied" if denials else "no approval is on record"
    receiver = f" to {called(grant.beneficiary)}" if grant.beneficiary else ""
    return Breach(
        f"{file.path.what()} was given{receiver} at {grant.occurred_at:%Y-%m-%d %H:%M:%SZ} and "
        f"{known}",
        evidence=(grant.id, *(denial.id for denial in denials)),
        parties=(grant.beneficiary, grant.actor),
        at=due,
    )
