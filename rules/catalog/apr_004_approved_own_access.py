"""Nobody decides about access they get themselves, whoever asked for it."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, naming_a_beneficiary, rule

_NAMING = frozenset({Action.AMENDED, Action.PROVISIONED, Action.CHANGED_OUTSIDE})
_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)


@rule(
    id="APR-004",
    title="Approved access for oneself asked by someone else",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=("CSF PR.AA-05", "53 AC-5", "ISO A.5.3", "ISO A.5.18", "TSC CC6.3"),
    concerns={Action.REQUESTED, Action.DENIED, *_NAMING},
    needs=(
        frozenset({Action.APPROVED, Action.DECIDED}),
        frozenset({Action.REQUESTED, Action.PROVISIONED}),
    ),
    matters=naming_a_beneficiary(_NAMING),
)
def approved_own_access(file: CaseFile) -> Iterator[Answer]:
    """The approver is the one who gets the access; the request was another's.

    Fires when: the approver, by account or by a proven link, is the beneficiary that the request
    or the grant names, and did not ask for it (that is APR-001 or APR-002).

    Stays quiet when: the access is birthright or self-service by policy; an exception is recorded.

    Withdrawn by: a later report that names another beneficiary or requester.

    Next step: have the beneficiary's manager decide again; ask the requester who asked them to.
    """
    path = file.path
    for reason in file.untold():
        yield CannotTell(reason)
    for decider in path.deciders():
        if decider.party.kind in MACHINES or _asked(file, decider):
            continue
        yield from _benefits(file, decider)


def _asked(file: CaseFile, decider: Told) -> bool:
    return any(sameness(decider, requester) in _ONE for requester in file.path.requesters())


def _benefits(file: CaseFile, decider: Told) -> Iterator[Answer]:
    path = file.path
    beneficiaries = path.beneficiaries()
    decided = (*path.requests, *path.approvals)
    if not beneficiaries and not any(file.tells(e.source, "beneficiary") for e in decided):
        yield CannotTell("no source of this case can say who gets the access")
    for beneficiary in beneficiaries:
        same = sameness(decider, beneficiary)
        if same is Sameness.INCOMPARABLE:
            yield CannotTell(
                f"{called(beneficiary.party)} gets the access and {called(decider.party)} approved "
                "it, in name spaces that nobody has linked"
            )
        if same in _ONE:
            yield _own(file, decider, beneficiary)
            return


def _own(file: CaseFile, decider: Told, beneficiary: Told) -> Answer:
    aside = file.self_service() or file.birthright()
    if aside:
        return SetAside(aside)
    asked = file.path.requesters()
    return Breach(
        f"{called(decider.party)} approved {file.path.what()} for themselves; "
        f"{called(asked[0].party) if asked else 'nobody we know of'} had asked for it",
        evidence=(decider.event.id, beneficiary.event.id),
        parties=(decider.party,),
    )
