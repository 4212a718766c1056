"""Whoever approves is one of those who may."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Event, Party, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.moot import unless_asked
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule
from rules.terms import MayApprove

_HANDED_ON = (Action.DELEGATED, Action.REASSIGNED, Action.ESCALATED)
_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)


@rule(
    id="APR-006",
    title="Approver was not entitled to approve",
    severity=Severity.HIGH,
    controls=(
        "CSF GV.RR-02",
        "CSF PR.AA-05",
        "53 AC-3",
        "53 AC-6(1)",
        "ISO A.5.2",
        "ISO A.5.18",
        "TSC CC6.3",
    ),
    concerns={Action.APPROVED, *_HANDED_ON},
    needs=(Action.APPROVED,),
    moot=unless_asked(lambda policy: policy.may_approve),
)
def approver_not_entitled(file: CaseFile) -> Iterator[Answer]:
    """Somebody decided who is on no list of those who decide about this.

    Fires when: policy says who may approve such a case (`may_approve`, by entitlement, workflow
    and stage), and neither the approver nor whom they represent is one of them.

    Stays quiet when: policy has no such lists at all; the approval is a machine's (APR-005,
    APR-014); somebody who may approve had handed it to them, or it was escalated to them, which
    is counted as set aside; an exception is recorded. Where policy has lists and none speaks of
    this case, or it lists persons and nobody has said who the approver is, the answer is: cannot
    tell.

    Withdrawn by: a hand-over or escalation, or an identity link, that becomes known late.

    Next step: have somebody who may decide do so; find out why the system let this one approve.
    """
    if not file.policy.may_approve:
        return
    for approval in file.path.approvals:
        if approval.actor is not None and approval.actor.kind in MACHINES:
            continue
        lists = [each for each in file.policy.may_approve if _speaks_of(each, file, approval)]
        answer = _judged(file, approval, lists)
        if answer is not None:
            yield answer


def _speaks_of(listed: MayApprove, file: CaseFile, approval: Event) -> bool:
    """Whether a list is about this approval: everything that it names is so."""
    named = approval.entitlement
    rights = {named.id} if named else {each.id for each in file.path.entitlements}
    return (
        (listed.entitlement is None or listed.entitlement in rights)
        and listed.workflow in (None, file.path.workflow)
        and listed.stage in (None, approval.stage)
    )


def _judged(file: CaseFile, approval: Event, lists: list[MayApprove]) -> Answer | None:
    if approval.actor is None:
        return CannotTell("nobody is named as having approved")
    if not lists:
        return CannotTell(f"policy does not say who may approve {file.path.what()}")
    voices = [party for party in (approval.on_behalf_of, approval.actor) if party is not None]
    answers = {_may(party, lists) for party in voices}
    if True in answers:
        return None
    aside = _handed_on(file, Told(approval.actor, approval), lists)
    if aside:
        return SetAside(aside)
    if None in answers:
        return CannotTell(f"policy lists persons, and nobody has said who {called(voices[0])} is")
    return Breach(
        f"{called(approval.actor)} approved {file.path.what()} and is not one of those who may",
        evidence=(approval.id,),
        parties=tuple(voices),
    )


def _may(party: Party, lists: list[MayApprove]) -> bool | None:
    """Whether somebody is listed; None: that depends on who stands behind the account."""
    if any(party.account in each.accounts or party.person in each.persons for each in lists):
        return True
    return None if party.person is None and any(each.persons for each in lists) else False


def _handed_on(file: CaseFile, approver: Told, lists: list[MayApprove]) -> str | None:
    """How the decision came to the approver, if from somebody who may take it or pass it on."""
    for handed in file.path.steps(*_HANDED_ON):
        if handed.assignee is None or handed.occurred_at > approver.event.occurred_at:
            continue
        if sameness(Told(handed.assignee, handed), approver) not in _ONE:
            continue
        giver = handed.on_behalf_of or handed.actor
        if handed.action is Action.ESCALATED:
            return f"the decision was escalated to {called(approver.party)}"
        if giver is not None and _may(giver, lists):
            return f"{called(giver)}, who may approve, handed the decision on"
    return None
