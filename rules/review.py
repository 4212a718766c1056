"""What to know before relying on a workflow, answered from its cases, question by question."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rules.events import MACHINES, Action, Event, called
from rules.facts import name_of_machine
from rules.finding import Finding
from rules.rule import CaseFile, Scope
from rules.verdict import Verdict

CASES_NAMED_MAX = 10
"""Cases that an answer names; of more it says how many."""
CHANGES_NAMED_MAX = 10
"""Changes of a workflow that an answer names: the latest."""
CHANGED = frozenset({"activated", "edited", "updated"})
"""What can be said only of a workflow that has been there before."""
CASES_COMPARED_MIN = 3
"""So many privileged and so many ordinary cases it takes to compare their routes."""


class Reply(StrEnum):
    """An answer to a question."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One case of the workflow: its file, and what each rule says of it."""

    file: CaseFile
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question, its answer, how many cases say so, which, what is known, and what to do.

    Among the cases are the workflow, extensions, machine accounts and sources with a finding.
    """

    question: str
    reply: Reply
    counts: Mapping[Verdict, int]
    cases: tuple[str, ...]
    known: tuple[str, ...]
    to_do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    text: str
    rules: tuple[str, ...]
    to_do: str
    look: Callable[[Sequence[Reviewed]], Iterable[str]] = field(default=lambda _: ())
    """What else the record shows."""


def review(cases: Sequence[Reviewed], found: Sequence[Finding] = ()) -> list[Answer]:
    """Answer every question about the workflow that these cases are of.

    `found` are the findings that stand about entities `behind` it.
    """
    answers = [_answered(question, cases, found) for question in _QUESTIONS]
    answers.insert(1, _looks_at_risk(cases))
    return answers


def behind(
    workflow: str, cases: Sequence[Reviewed], found: Iterable[Finding]
) -> tuple[Finding, ...]:
    """Give the findings about the workflow itself, and about what these cases of it touch."""
    tenants = {None, *(each.file.tenant for each in cases)}
    names = {(str(Scope.WORKFLOW), workflow), *_touched(cases)}
    return tuple(
        each for each in found if each.tenant in tenants and (each.entity, each.case) in names
    )


def _touched(cases: Sequence[Reviewed]) -> Iterable[tuple[str, str]]:
    for event in _events(cases):
        yield Scope.SOURCE, event.source
        if event.step is not None and event.step.extension:
            yield Scope.EXTENSION, event.step.extension
        for party in (event.actor, event.beneficiary):
            if party is not None and party.kind in MACHINES:
                yield Scope.MACHINE, name_of_machine(party, event.source)


def _answered(question: _Question, cases: Sequence[Reviewed], found: Sequence[Finding]) -> Answer:
    counts = dict.fromkeys(Verdict, 0)
    named: dict[Verdict, dict[str, None]] = {verdict: {} for verdict in Verdict}
    for case in cases:
        for rule in question.rules:
            verdict = case.verdicts.get(rule)
            if verdict is not None:
                counts[verdict] += 1
                named[verdict][case.file.case] = None
    for finding in found:
        if finding.rule in question.rules:
            counts[Verdict.BROKEN] += 1
            named[Verdict.BROKEN][f"{finding.entity} {finding.case}"] = None
    reply = _reply(counts)
    shown = named[Verdict.BROKEN] or (named[Verdict.CANNOT_TELL] if reply is not Reply.YES else {})
    return Answer(
        question=question.text,
        reply=reply,
        counts=counts,
        cases=tuple(shown),
        known=tuple(question.look(cases)),
        to_do="nothing" if reply is Reply.YES else question.to_do,
    )


def _reply(counts: Mapping[Verdict, int]) -> Reply:
    """One breach is a no; what nobody can tell, or was never asked, is no yes."""
    if counts[Verdict.BROKEN]:
        return Reply.NO
    if counts[Verdict.CANNOT_TELL] or not counts[Verdict.HELD]:
        return Reply.CANNOT_TELL
    return Reply.YES


# --- does it look at risk ---------------------------------------------------------------------


def _looks_at_risk(cases: Sequence[Reviewed]) -> Answer:
    decided = [each for each in cases if each.file.path.approvals]
    privileged = [each for each in decided if each.file.path.privileged]
    ordinary = [each for each in decided if not each.file.path.privileged]
    known = (f"{len(privileged)} privileged and {len(ordinary)} ordinary cases were decided",)
    same: list[Reviewed] = []
    reply = Reply.CANNOT_TELL
    if min(len(privileged), len(ordinary)) >= CASES_COMPARED_MIN:
        routes = {_route(each) for each in ordinary}
        same = [each for each in privileged if _route(each) in routes]
        reply = Reply.NO if same else Reply.YES
    return Answer(
        question="Does it look at risk, or is the route static?",
        reply=reply,
        counts={
            **dict.fromkeys(Verdict, 0),
            Verdict.BROKEN: len(same),
            Verdict.HELD: len(privileged) - len(same),
        },
        cases=tuple(each.file.case for each in same),
        known=known,
        to_do={
            Reply.YES: "nothing",
            Reply.NO: "ask more of privileged rights: a further stage, or more people",
            Reply.CANNOT_TELL: "wait for more cases of both kinds; see that risks are known",
        }[reply],
    )


def _route(case: Reviewed) -> tuple[tuple[str | None, ...], int]:
    """The stages that were decided, in order, and how many did so."""
    approvals = case.file.path.approvals
    return tuple(each.stage for each in approvals), len({called(each.actor) for each in approvals})


# --- what the record shows --------------------------------------------------------------------


def _events(cases: Iterable[Reviewed]) -> Iterable[Event]:
    return (event for case in cases for event in case.file.path.events)


def _owners(cases: Sequence[Reviewed]) -> Iterable[str]:
    steps: dict[str, dict[str, None]] = {}
    for event in _events(cases):
        if event.workflow is None or event.actor is None or event.actor.kind not in MACHINES:
            continue
        owners = steps.setdefault(event.workflow.step or event.action.value, {})
        owners[event.workflow.owner or event.actor.owner or "nobody"] = None
    for step, owners in sorted(steps.items()):
        yield f"the automated step {step} is answered for by {', '.join(sorted(owners))}"


def _captured(cases: Sequence[Reviewed]) -> Iterable[str]:
    requests = [event for case in cases for event in case.file.path.requests]
    with_why = sum(bool(each.justification) for each in requests)
    yield f"{with_why} of {len(requests)} requests say why"
    kinds = sorted({item.kind for event in _events(cases) for item in event.evidence})
    yield f"kinds of evidence on record: {', '.join(kinds) or 'none'}"


def _seen(cases: Sequence[Reviewed]) -> Iterable[str]:
    approvals = [event for case in cases for event in case.file.path.approvals]
    viewed = sum(event.action is Action.EVIDENCE_VIEWED for event in _events(cases))
    named = sum(each.actor is not None for each in approvals)
    yield f"{named} of {len(approvals)} approvals name who"
    yield f"evidence was opened {viewed} times" if viewed else "nobody tells who opened evidence"


def _calls(cases: Sequence[Reviewed]) -> Iterable[str]:
    acted: dict[str, int] = {}
    for event in _events(cases):
        if event.step is not None and event.action in {Action.STEP_INVOKED, Action.STEP_RECORDED}:
            name = event.step.extension or event.step.destination or "what no step names"
            acted[name] = acted.get(name, 0) + 1
    for name, times in sorted(acted.items()):
        yield f"{name} acted or was called, told {times} times"


def _versions(cases: Sequence[Reviewed]) -> Iterable[str]:
    versions = sorted(
        {event.workflow.version or "none" for event in _events(cases) if event.workflow}
    )
    yield f"versions on record: {', '.join(versions) or 'none'}"
    changes = sorted(
        (event for event in _events(cases) if event.action is Action.WORKFLOW_PUBLISHED),
        key=lambda event: (event.occurred_at, event.id),
    )
    yield from map(_change, changes[-CHANGES_NAMED_MAX:])
    first = changes[0].outcome if changes else None
    if first in CHANGED and all(event.outcome != "created" for event in changes):
        yield f"the first word of it is that it was {first}: nobody told that it was created"


def _change(event: Event) -> str:
    """Tell who changed which version, and when."""
    who = "nobody named" if event.actor is None else called(event.actor)
    version = event.workflow.version if event.workflow else None
    of = f", version {version}" if version else ""
    return f"{event.outcome or 'published'} {event.occurred_at:%Y-%m-%d %H:%MZ} by {who}{of}"


def _machines(cases: Sequence[Reviewed]) -> Iterable[str]:
    owners: dict[str, str] = {}
    for event in _events(cases):
        for party in (event.actor, event.beneficiary):
            if party is not None and party.kind in MACHINES:
                owners[called(party)] = party.owner or owners.get(called(party), "nobody")
    for machine, owner in sorted(owners.items()):
        yield f"{machine} is owned by {owner}"


_QUESTIONS = (
    _Question(
        text="Does it keep duties apart?",
        rules=("APR-001", "APR-002", "APR-003", "APR-004", "APR-005", "APR-007", "SOD-001"),
        to_do="have somebody else decide the named cases, and close the way that let one person",
    ),
    _Question(
        text="Who owns each automated step?",
        rules=("OWN-001",),
        to_do="name an owner, a person or a team with a lead, for each automated step",
        look=_owners,
    ),
    _Question(
        text="What evidence is captured when someone asks?",
        rules=("EVD-001", "EVD-002"),
        to_do="demand a reason and a ticket in the form, and have the engine send them",
        look=_captured,
    ),
    _Question(
        text="Who approved, and what had they seen?",
        rules=("APR-006", "APR-008", "APR-010", "APR-013", "APR-014", "APR-015"),
        to_do="have approvers named, entitled, and shown what they decide about",
        look=_seen,
    ),
    _Question(
        text="Which webhooks, scripts and connectors act; are they logged, tested and approved?",
        rules=("WHK-001", "WHK-003", "WHK-004"),
        to_do="log both sides of each call, list where they may go, test and approve each version",
        look=_calls,
    ),
    _Question(
        text="Are its versions reviewed by a second person?",
        rules=("CHG-001", "CHG-002"),
        to_do="publish a version only after somebody else has approved it, and report both",
        look=_versions,
    ),
    _Question(
        text="Do the machine accounts it touches have owners, ends and rotation?",
        rules=("NHI-001", "NHI-002", "NHI-003"),
        to_do="give each machine account an owner, its rights an end, its secret a rotation",
        look=_machines,
    ),
    _Question(
        text="Is the record complete?",
        rules=("EVD-003", "EVD-004", "EVD-005"),
        to_do="write the workflow's route into policy, and connect what does not report",
    ),
)
