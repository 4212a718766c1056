"""What surrounds the steps of a path: its calls, its policy and workflows, who is who."""

from collections.abc import Iterator

from rules.catalog.whk_001_webhook_not_logged import paired
from rules.events import Action, Event, Party, called
from rules.narrative import Narrative, call_of
from rules.policy import Demand
from rules.rule import CaseFile
from rules.words import listed, moment, quoted, span

DECIDING = (
    Action.REQUESTED,
    Action.APPROVED,
    Action.DENIED,
    Action.AUTO_APPROVED,
    Action.EMERGENCY_ACTIVATED,
    Action.PROVISIONED,
    Action.CHANGED_OUTSIDE,
)
"""What makes a case one about a decision: somebody asked, decided, gave or took the right."""


def is_decision(file: CaseFile) -> bool:
    """Whether anything of a decision about access is on record: asked, decided or given."""
    return file.path.shows(*DECIDING)


def calls(file: CaseFile, narrative: Narrative) -> Iterator[str]:
    """Tell of each call by which side it is known."""
    recorded = file.path.steps(Action.STEP_RECORDED)
    explained: set[str] = set()
    for call in file.path.steps(Action.STEP_INVOKED):
        others = [other for other in recorded if paired(call, other, file)]
        explained.update(narrative.step(other) for other in others)
        yield _both_sides(call, others, narrative)
    for call in recorded:
        if narrative.step(call) not in explained:
            yield (
                f"Of the call to {call_of(call)} only {call.source} tells, in "
                f"{narrative.step(call)}; no workflow has logged it."
            )


def _both_sides(call: Event, others: list[Event], narrative: Narrative) -> str:
    if not others:
        return (
            f"Of the call to {call_of(call)} only {call.source} tells, in {narrative.step(call)}; "
            "nobody who received it does."
        )
    sides = [
        f"{other.source} in {narrative.step(other)}, {span(other.occurred_at - call.occurred_at)} "
        "apart"
        for other in others
    ]
    return (
        f"Both sides tell of the call to {call_of(call)}: {call.source} in "
        f"{narrative.step(call)} and {listed(sides)}."
    )


_DEMANDS = {Demand.ALL: "every approval", Demand.PRIVILEGED: "approvals of something privileged"}


def policy(file: CaseFile, narrative: Narrative) -> Iterator[str]:
    """Tell which policy the case is judged by, whose it is, and what it asks for."""
    asked = file.policy
    owner = f"{asked.owner} answers for it" if asked.owner else "nobody is named as its owner"
    since = f", in force from {moment(asked.in_force_from)} on" if asked.in_force_from else ""
    yield f"The case is judged by policy {asked.version}{since}; {owner}."
    if is_decision(file):
        yield " ".join(_demands(file))
    yield from _workflows(file, narrative)


def _demands(file: CaseFile) -> Iterator[str]:
    asked = file.policy.approvals
    quorum = asked.quorum_privileged if file.path.privileged else asked.quorum
    people = "1 person" if quorum == 1 else f"{quorum} different people"
    which = "a privileged right" if file.path.privileged else "an ordinary right"
    yield f"It asks for {people} to approve {which}."
    evidence = file.policy.evidence
    if evidence.reason_for in _DEMANDS:
        yield f"It asks for a reason for {_DEMANDS[evidence.reason_for]}."
    for each in file.policy.evidence_needed:
        yield f"It asks for {' or '.join(each.kinds)} for rights of type {', '.join(each.types)}."
    if evidence.due_for in _DEMANDS:
        yield (
            f"It asks for evidence for {_DEMANDS[evidence.due_for]}, within "
            f"{span(evidence.due_within)}."
        )


def _workflows(file: CaseFile, narrative: Narrative) -> Iterator[str]:
    """Tell which workflow each step ran in, and whose it was, as told."""
    ran: dict[str, list[str]] = {}
    for event in file.path.events:
        workflow = event.workflow
        if workflow is None:
            continue
        version = f", version {workflow.version}" if workflow.version else ", of untold version"
        part = f"its step {quoted(workflow.step)}" if workflow.step else "it"
        whose = (
            f"{workflow.owner} owns {part}" if workflow.owner else f"nobody is told to own {part}"
        )
        words = f"workflow {workflow.id}{version}; {whose}"
        ran.setdefault(words, []).append(narrative.step(event))
    for words, steps in ran.items():
        which = listed(steps)
        yield f"{which[0].upper()}{which[1:]} ran in {words}."


def people(file: CaseFile) -> Iterator[str]:
    """Tell who stands behind each account, where intake knew it."""
    for (source, _, _), told in parties(file).items():
        for party in told:
            if party.person:
                proof = f"the proof is: {party.proof}" if party.proof else "no proof is stated"
                yield f"{called(party)} of {source} is {party.person}; {proof}."
            elif party.owner:
                yield f"{called(party)} of {source} is a machine; {party.owner} answers for it."


def parties(file: CaseFile) -> dict[tuple[str, str | None, str], list[Party]]:
    """Every account of the path, by source, namespace and text.

    More than once only where different people stood behind it or answered for it.
    """
    found: dict[tuple[str, str | None, str], list[Party]] = {}
    for event in file.path.events:
        for party in (event.actor, event.on_behalf_of, event.beneficiary, event.assignee):
            if party is None:
                continue
            known = found.setdefault((event.source, party.namespace, party.account), [])
            if all((each.person, each.owner) != (party.person, party.owner) for each in known):
                known.append(party)
    return found
