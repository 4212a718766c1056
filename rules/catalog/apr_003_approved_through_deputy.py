"""A deputy lends a hand, not a second opinion."""

from collections.abc import Iterator

from rules.events import Action, Event, Party, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.moot import unless_shown
from rules.rule import Answer, Breach, CaseFile, naming_a_beneficiary, rule
from rules.shown import REPRESENTED

_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)
_HANDED_ON = (Action.DELEGATED, Action.REASSIGNED)
_NAMING = frozenset({Action.AMENDED, Action.PROVISIONED, Action.CHANGED_OUTSIDE})


@rule(
    id="APR-003",
    title="Approved through a deputy or on-behalf-of",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=("CSF PR.AA-05", "53 AC-5", "53 AU-10", "ISO A.5.3", "TSC CC6.3"),
    concerns={*_HANDED_ON, *_NAMING},
    needs=(Action.REQUESTED, Action.APPROVED),
    matters=naming_a_beneficiary(_NAMING),
    moot=unless_shown(REPRESENTED, *_HANDED_ON),
)
def approved_through_deputy(file: CaseFile) -> Iterator[Answer]:
    """Somebody with a stake in the case was on either side of a represented approval.

    Fires when: an approval was given on behalf of another, and the hand that clicked or the person
    represented asked for the access or gets it; or the approver was put there by one of them.

    Stays quiet when: the deputy and the represented person are both third parties to the case;
    an exception is recorded.

    Withdrawn by: a later report that the request or the benefit was somebody else's.

    Next step: have somebody without a stake in the case decide again; look at who set up the
    delegation and when.
    """
    path = file.path
    stakes = [(told, "asked for the access") for told in path.requesters()]
    stakes += [(told, "gets the access") for told in path.beneficiaries()]
    for approval in path.approvals:
        found = _represented(approval, stakes) or _handed_on(file, approval, stakes)
        if found:
            yield found


Stake = tuple[Told, str]
"""Somebody with a stake in the case, and which one."""


def _one(party: Party | None, event: Event, stakes: list[Stake]) -> Stake | None:
    if party is None:
        return None
    told = Told(party=party, event=event)
    return next((stake for stake in stakes if sameness(told, stake[0]) in _ONE), None)


def _represented(approval: Event, stakes: list[Stake]) -> Breach | None:
    if approval.on_behalf_of is None:
        return None
    hand = _one(approval.actor, approval, stakes)
    voice = _one(approval.on_behalf_of, approval, stakes)
    stake = hand or voice
    if stake is None:
        return None
    holder, has_a_stake = stake
    which = "whose hand it was" if hand else "who was represented"
    return Breach(
        f"{called(approval.actor)} approved on behalf of {called(approval.on_behalf_of)}; the one "
        f"{which} {has_a_stake}",
        evidence=(approval.id, holder.event.id),
        parties=(approval.actor, approval.on_behalf_of),
    )


def _handed_on(file: CaseFile, approval: Event, stakes: list[Stake]) -> Breach | None:
    if approval.actor is None:
        return None
    for handed in file.path.steps(*_HANDED_ON):
        if handed.assignee is None or handed.occurred_at > approval.occurred_at:
            continue
        given_to = Told(party=handed.assignee, event=handed)
        if sameness(given_to, Told(party=approval.actor, event=approval)) not in _ONE:
            continue
        giver = handed.on_behalf_of or handed.actor
        stake = _one(giver, handed, stakes)
        if stake is not None:
            holder, has_a_stake = stake
            return Breach(
                f"{called(approval.actor)} approved after {called(giver)}, who {has_a_stake}, had "
                "handed the decision over to them",
                evidence=(approval.id, handed.id, holder.event.id),
                parties=(approval.actor, giver),
            )
    return None
