"""A decision has a reason that somebody wrote down."""

from collections.abc import Iterator
from itertools import chain

from rules.demanded import is_reason_demanded, spared
from rules.events import Action, Event, called
from rules.finding import Severity
from rules.policy import EvidencePolicy
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, SetAside, rule

_REASONS = frozenset({Action.REQUESTED, Action.AMENDED, Action.EVIDENCED})


@rule(
    id="EVD-001",
    title="No reason or ticket when decided",
    severity=Severity.LOW,
    severity_privileged=Severity.HIGH,
    controls=("CSF ID.RA-07", "53 AU-3", "53 AC-2", "ISO A.5.18", "ISO A.5.28", "TSC CC6.2"),
    concerns={*_REASONS, Action.APPROVED},
    needs=(Action.REQUESTED, Action.APPROVED),
)
def no_reason_when_decided(file: CaseFile) -> Iterator[Answer]:
    """Somebody approved, and neither a reason nor a ticket says why.

    Fires when: a short grace (`evidence.reason_grace`) after an approval there is no
    justification of the asked length that is not template text, and no evidence.

    Stays quiet when: policy demands no reason for this entitlement; it spares its type
    (`evidence.spared_types`), which is counted as set aside; the sources of the case can not carry
    reasons (then the answer is: cannot tell); an exception is recorded.

    Withdrawn by: a reason or ticket that was there in time and is reported late.

    Next step: ask the requester for the reason and the ticket, and the approver what they knew.
    """
    if not is_reason_demanded(file):
        return
    for approval in file.path.approvals:
        due = approval.occurred_at + file.policy.evidence.reason_grace
        # Nearly always the request says it: no need to look through the case.
        told = chain(file.path.requests, file.path.events)
        before = (event for event in told if event.occurred_at <= due)
        if any(_gives_a_reason(event, approval, file.policy.evidence) for event in before):
            continue
        aside = spared(file)
        if aside:
            yield SetAside(aside)
            continue
        sources = {event.source for event in (*file.path.requests, approval)}
        if not any(file.tells(s, "justification") or file.tells(s, "evidence") for s in sources):
            yield CannotTell("no source of this case can carry a reason or a ticket")
        elif file.reached(due, _REASONS):
            yield Breach(
                f"{called(approval.actor)} approved {file.path.what()} with no reason and no "
                "ticket on record",
                evidence=(approval.id, file.path.requests[0].id),
                parties=(approval.actor, file.path.requests[0].actor),
                at=due,
            )
        else:
            yield AskAgain(due, _REASONS)


def _gives_a_reason(event: Event, approval: Event, asked: EvidencePolicy) -> bool:
    if event.action not in _REASONS and event is not approval:
        return False
    if event.action is Action.EVIDENCED or event.evidence:
        return True
    text = (event.justification or "").strip().rstrip(".").strip().lower()
    return len(text) >= asked.reason_length_min and text not in asked.template_reasons
