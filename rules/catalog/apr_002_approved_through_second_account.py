"""A second account does not make a second pair of eyes."""

from collections.abc import Iterator

from rules.events import MACHINES, UNKNOWN, Action, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule


@rule(
    id="APR-002",
    title="Approved own request through another account",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF PR.AA-02",
        "53 AC-5",
        "53 IA-4",
        "53 AU-10",
        "ISO A.5.3",
        "ISO A.5.16",
        "TSC CC6.3",
    ),
    concerns={Action.REQUESTED, Action.APPROVED, Action.DENIED},
    needs=(Action.REQUESTED, frozenset({Action.APPROVED, Action.DECIDED})),
)
def approved_through_second_account(file: CaseFile) -> Iterator[Answer]:
    """Two accounts, one person: the approver and the requester.

    Fires when: a proven identity link says that the approving account and the requesting account
    belonged to one person when they acted.

    Stays quiet when: the link rests on equal names or e-mail addresses only; nobody has linked
    the accounts (then the answer is: cannot tell); an exception is recorded.

    Withdrawn by: a corrected identity link.

    Next step: confirm with the identity team that both accounts are this person's; revoke the
    access and review what else the second account approved.
    """
    path = file.path
    for reason in file.untold():
        yield CannotTell(reason)
    for decider in path.deciders():
        if decider.party.kind in MACHINES:
            continue
        for requester in path.requesters():
            same = sameness(decider, requester)
            if same in UNKNOWN:
                yield CannotTell(
                    f"no proven link says whether {called(decider.party)} and "
                    f"{called(requester.party)} are one person"
                )
            if same is Sameness.SAME_PERSON:
                yield _own(file, decider, requester)
                break


def _own(file: CaseFile, decider: Told, requester: Told) -> Answer:
    aside = file.self_service()
    if aside:
        return SetAside(aside)
    return Breach(
        f"{called(decider.party)} approved a request made by {called(requester.party)} "
        f"for {file.path.what()}; both accounts are {decider.party.person} "
        f"(link: {decider.party.proof or 'unstated'})",
        evidence=(decider.event.id, requester.event.id),
        parties=(decider.party, requester.party),
    )
