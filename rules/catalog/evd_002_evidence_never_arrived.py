"""Evidence that is owed arrives in time."""

from collections.abc import Iterator

from rules.events import Action, called
from rules.finding import Severity
from rules.policy import Demand
from rules.rule import Answer, AskAgain, Breach, CaseFile, SetAside, rule

_EVIDENCE = frozenset({Action.EVIDENCED})
_OVER = (Action.CANCELLED, Action.WITHDRAWN)


@rule(
    id="EVD-002",
    title="Promised evidence never arrived",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF PR.PS-04",
        "53 AU-12",
        "53 AU-10",
        "ISO A.5.28",
        "ISO A.5.33",
        "TSC CC4.1",
    ),
    concerns={Action.APPROVED, Action.REQUESTED, *_EVIDENCE, *_OVER},
    needs=(Action.APPROVED,),
)
def evidence_never_arrived(file: CaseFile) -> Iterator[Answer]:
    """An approval nobody can substantiate will not survive an audit.

    Fires when: every source that could bring evidence has reported past the time it was due
    (`evidence.due_within` after the approval, and `evidence.grace`), and none is there.

    Stays quiet when: policy demands none for this entitlement; the case was cancelled or
    withdrawn; the request or the approval carried its evidence; an exception is recorded.

    Withdrawn by: evidence that was there in time and is reported late.

    Next step: ask the approver to attach the ticket they decided on, or to decide again.
    """
    path = file.path
    asked = file.policy.evidence
    demanded = asked.due_for
    if demanded is Demand.NONE or (demanded is Demand.PRIVILEGED and not path.privileged):
        return
    if any(event.evidence for event in path.requests):
        return
    arrived = path.steps(Action.EVIDENCED)
    for approval in path.approvals:
        due = file.policy.calendar.after(approval.occurred_at, asked.due_within)
        if approval.evidence or (arrived and arrived[0].occurred_at <= due):
            continue
        if path.steps(*_OVER):
            yield SetAside("the case was cancelled or withdrawn")
        elif not file.reached(due + asked.grace, _EVIDENCE):
            yield AskAgain(due + asked.grace, _EVIDENCE)
        else:
            late = f"; it came at {arrived[0].occurred_at:%Y-%m-%d %H:%M:%SZ}" if arrived else ""
            yield Breach(
                f"the evidence for {called(approval.actor)}'s approval of {path.what()} was due by "
                f"{due:%Y-%m-%d %H:%M:%SZ} and was not there{late}",
                evidence=(approval.id, *(event.id for event in arrived[:1])),
                parties=(approval.actor,),
                at=due + asked.grace,
            )
