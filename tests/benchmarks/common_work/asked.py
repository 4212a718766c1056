"""The two questions of the common work, as rules of the house."""

from collections.abc import Iterator
from datetime import timedelta

from rules.events import Action, Sameness, called, sameness
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CaseFile, rule

VERSION = "common-work-1"
WITHIN = timedelta(hours=1)
_EVIDENCE = frozenset({Action.EVIDENCED})


@rule(
    id="self-approval",
    title="Approved own request or own access",
    severity=Severity.HIGH,
    controls=("53 AC-5",),
    concerns={Action.REQUESTED, Action.APPROVED},
    needs=(Action.REQUESTED, Action.APPROVED),
)
def self_approval(file: CaseFile) -> Iterator[Answer]:
    """Whoever approved is who asked, or who gets the access.

    Fires when: the account that approved is the account that requested, or the beneficiary's.

    Stays quiet when: they are two accounts.

    Withdrawn by: a later report that the request was somebody else's.

    Next step: have a second person decide.
    """
    for decider in file.path.deciders():
        for other in (*file.path.requesters(), *file.path.beneficiaries()):
            if sameness(decider, other) is Sameness.SAME_ACCOUNT:
                yield Breach(
                    f"{called(decider.party)} approved what they asked for or get themselves",
                    evidence=(decider.event.id, other.event.id),
                    parties=(decider.party,),
                )
                return


@rule(
    id="missing-evidence",
    title="No evidence within an hour of the approval",
    severity=Severity.MEDIUM,
    controls=("53 AU-10",),
    concerns={Action.APPROVED, Action.EVIDENCED},
    needs=(Action.APPROVED,),
)
def missing_evidence(file: CaseFile) -> Iterator[Answer]:
    """An approval that nothing supports an hour later.

    Fires when: everybody who could bring evidence has reported up to an hour after the approval,
    and none has.

    Stays quiet when: evidence is there by then.

    Withdrawn by: evidence that was there in time and is reported late.

    Next step: ask the approver for the ticket.
    """
    for approval in file.path.approvals:
        due = approval.occurred_at + WITHIN
        if any(event.occurred_at <= due for event in file.path.steps(Action.EVIDENCED)):
            continue
        if file.reached(due, _EVIDENCE):
            yield Breach(
                f"nothing supports what {called(approval.actor)} approved",
                evidence=(approval.id,),
                parties=(approval.actor,),
                at=due,
            )
        else:
            yield AskAgain(due, _EVIDENCE)


RULES = (self_approval, missing_evidence)
