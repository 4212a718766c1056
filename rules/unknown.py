"""What nobody knows about a case: unanswered questions, facts untold, accounts unlinked."""

from collections.abc import Iterator, Sequence

from rules.events import MACHINES, UNLINKED_CASE, Action, called
from rules.rule import AskAgain, CaseFile, Rule
from rules.surroundings import DECIDING, is_decision, parties
from rules.words import listed, moment, right, sentence

Reasons = Sequence[tuple[Rule, Sequence[str], Sequence[AskAgain]]]
"""Each rule that had a question, why it can not tell, and what it waits for."""


def unknown(file: CaseFile, said: Reasons) -> Iterator[str]:
    """Tell what nobody knows, a sentence or two each."""
    asking: dict[tuple[str, str], dict[str, None]] = {}
    for rule, reasons, asks in said:
        for reason in reasons:
            due = f" when it was due, on {moment(asks[0].due)}" if asks else ""
            # A rule that asks the same of several steps is named once.
            asking.setdefault((reason, due), {})[f"{rule.id} ({rule.title})"] = None
    for (reason, due), rules in asking.items():
        could = f"could not be told{due}" if due else "can not be told"
        yield f"{listed(rules)} {could}: {sentence(reason)}"
    yield from _no_case(file)
    yield from _facts(file)
    yield from _unlinked(file)


def _no_case(file: CaseFile) -> Iterator[str]:
    if file.case.startswith(UNLINKED_CASE):
        link = file.case.removeprefix(UNLINKED_CASE)
        yield (
            f"Nobody has said to which case {link} belongs; what is known of it is kept as a case "
            "of its own."
        )
    if not is_decision(file):
        yield "No request, no decision and no grant is on record in this case."


_FACTS = {
    "beneficiary": ("who gets the access", DECIDING),
    "entitlement": ("what the access is", DECIDING),
    "justification": ("why it was asked for", (Action.REQUESTED,)),
    "evidence": ("what backs the decision", (Action.APPROVED,)),
    "workflow": ("which workflow it ran in", DECIDING),
}
"""What a reader asks of a decision, and what must be on record before it is a question."""


def _facts(file: CaseFile) -> Iterator[str]:
    """Tell what is on no event, and whether that is silence or no source can say it."""
    path = file.path
    untold: dict[str, list[str]] = {}
    for field, (question, actions) in _FACTS.items():
        has_come = field == "evidence" and path.shows(Action.EVIDENCED)
        if has_come or any(getattr(e, field) for e in path.events) or not path.shows(*actions):
            continue
        able = sorted({event.source for event in path.events if file.tells(event.source, field)})
        untold.setdefault(listed(able), []).append(question)
    for able_named, questions in untold.items():
        if able_named:
            yield f"Nobody has said {listed(questions)}, though {able_named} could."
        else:
            yield f"No source of this case can say {listed(questions, 'or')}."
    for entitlement in path.entitlements:
        if entitlement.privileged is None and entitlement.criticality is None:
            yield f"Nobody has said how much is at stake with {right(entitlement)}."


def _unlinked(file: CaseFile) -> Iterator[str]:
    """Name the accounts behind which no identity link puts anybody, and ownerless machines."""
    people: dict[str, list[str]] = {}
    machines: dict[str, list[str]] = {}
    for (source, _, _), told in parties(file).items():
        if not any(party.person or party.owner for party in told):
            nobodys = machines if told[0].kind in MACHINES else people
            nobodys.setdefault(source, []).append(called(told[0]))
    for source, names in people.items():
        yield f"No proven link says who stands behind {listed(names)} of {source}."
    for source, names in machines.items():
        yield f"Nobody has said who answers for {listed(names)} of {source}."
