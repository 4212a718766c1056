"""Nobody decides about what they asked for themselves."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule


@rule(
    id="APR-001",
    title="Approved own request",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "53 AC-5",
        "53 AC-3(2)",
        "ISO A.5.3",
        "TSC CC6.3",
        "ITGC APD",
    ),
    concerns={Action.REQUESTED, Action.APPROVED, Action.DENIED},
    needs=(Action.REQUESTED, frozenset({Action.APPROVED, Action.DECIDED})),
)
def approved_own_request(file: CaseFile) -> Iterator[Answer]:
    """The account that approved is the account that asked.

    Fires when: an approval given in its own name comes from the account that made the request,
    or in whose name it was made.

    Stays quiet when: what they decided was to deny or withdraw it; policy lists the entitlement
    as self-service; an exception is recorded. An approval that names nobody, or a decision whose
    answer is not told, can not be compared with anybody (then the answer is: cannot tell).

    Withdrawn by: a later report that the request was somebody else's.

    Next step: ask the approver's manager whether the access is needed; suspend it until a second
    person has decided.
    """
    path = file.path
    for reason in file.untold():
        yield CannotTell(reason)
    for decider in path.deciders():
        if decider.party.kind in MACHINES:
            continue
        for requester in path.requesters():
            same = sameness(decider, requester)
            if same is Sameness.INCOMPARABLE:
                yield CannotTell(
                    f"{called(requester.party)} asked and {called(decider.party)} approved, in "
                    "name spaces that nobody has linked"
                )
            if same is Sameness.SAME_ACCOUNT:
                yield _own(file, decider, requester)
                break


def _own(file: CaseFile, decider: Told, requester: Told) -> Answer:
    aside = file.self_service()
    if aside:
        return SetAside(aside)
    return Breach(
        f"{called(decider.party)} approved their own request for {file.path.what()}",
        evidence=(decider.event.id, requester.event.id),
        parties=(decider.party,),
    )
