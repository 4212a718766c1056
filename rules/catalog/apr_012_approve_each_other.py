"""People who decide about each other's requests do not return favours."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from rules.events import MACHINES, Action, Event
from rules.facts import asker_of, is_privileged, name_of_person
from rules.finding import Severity
from rules.rule import EVIDENCE_MAX, Answer, Breach, CannotTell, CaseFile, Scope, SetAside, rule
from rules.windows import by_window


@rule(
    id="APR-012",
    title="You approve mine, I approve yours",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF DE.CM-03",
        "CSF PR.AA-05",
        "53 AC-5",
        "53 AU-6",
        "ISO A.5.3",
        "TSC CC6.3",
        "TSC CC4.1",
    ),
    concerns={Action.APPROVED},
    needs=(Action.APPROVED,),
    scope=Scope.WORKFLOW,
)
def approve_each_other(file: CaseFile) -> Iterator[Answer]:
    """Two people approve each other's requests, or three and more in a ring, far above chance.

    Fires when: within one window (`patterns.window`) of one workflow each of them approved at
    least `reciprocity.count_min` requests of the next one, and each did so at least
    `reciprocity.times_chance` times as often as if deciders did not look whose request it is.

    Stays quiet when: fewer people than `reciprocity.team_min` decide in the workflow, or policy
    declares that people there decide for each other (`reciprocity.declared_workflows`), which is
    counted as set aside; an exception is recorded. Where an approval does not tell whose request
    it is about, or names accounts of two systems that nobody has linked, and none of the others
    shows it, the answer is: cannot tell.

    Withdrawn by: an approval that turns out to be somebody else's, or facts that make it no more
    than chance.

    Next step: look at what they approved for each other, and have somebody else decide about it
    again.
    """
    untold = 0
    for begin, facts in by_window(file.path.steps(Action.APPROVED), file.policy.patterns.window):
        graph = _graph(facts)
        untold += graph.untold
        for ring in _rings(_strong(file, graph)):
            yield _said(file, begin, graph, ring)
    if untold:
        yield CannotTell(f"of {untold} approvals nobody can tell whose request they were about")


class _Graph(NamedTuple):
    """Who approved whose requests, in one window."""

    edges: dict[tuple[str, str], list[Event]]
    decided: Counter[str]
    asked: Counter[str]
    untold: int


def _graph(facts: list[Event]) -> _Graph:
    edges: dict[tuple[str, str], list[Event]] = defaultdict(list)
    decided: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    untold = 0
    for fact in facts:
        if fact.actor is None or fact.actor.kind in MACHINES:
            continue
        asker = asker_of(fact)
        if asker is None:
            untold += 1
            continue
        decider = name_of_person(fact.actor, fact.source)
        edges[decider, asker].append(fact)
        decided[decider] += 1
        asked[asker] += 1
    return _Graph(edges, decided, asked, untold)


def _strong(file: CaseFile, graph: _Graph) -> dict[str, list[str]]:
    """Keep who approves whose requests so often that it is no chance."""
    terms = file.policy.reciprocity
    total = sum(graph.decided.values())
    strong: dict[str, list[str]] = defaultdict(list)
    for (decider, asker), facts in graph.edges.items():
        by_chance = graph.decided[decider] * graph.asked[asker]
        is_often = len(facts) * total >= terms.times_chance * by_chance
        if decider != asker and len(facts) >= terms.count_min and is_often:
            strong[decider].append(asker)
    return strong


def _rings(strong: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """Give each set of people of whom everybody is reached from everybody."""
    reach = {person: _reached(person, strong) for person in strong}
    rings = {
        tuple(sorted(other for other in reach[person] if person in reach.get(other, ())))
        for person in reach
        if person in reach[person]
    }
    return sorted(rings)


def _reached(person: str, strong: dict[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(strong[person])
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting += strong.get(each, [])
    return reached


def _said(file: CaseFile, begin: datetime, graph: _Graph, ring: tuple[str, ...]) -> Answer:
    terms = file.policy.reciprocity
    people = len(graph.decided)
    if people < terms.team_min:
        return SetAside(f"only {people} people decide in {file.case}")
    if file.case in terms.declared_workflows:
        return SetAside(f"policy declares that people decide for each other in {file.case}")
    shown = [
        facts[: terms.count_min]
        for (decider, asker), facts in sorted(graph.edges.items())
        if decider != asker and {decider, asker} <= {*ring} and len(facts) >= terms.count_min
    ]
    facts = sorted((fact for each in shown for fact in each), key=lambda fact: fact.occurred_at)
    how = "each other's requests" if len(ring) == len("ab") else "requests in a ring"
    return Breach(
        f"{', '.join(ring)} approved {how} in {file.case} from {begin:%Y-%m-%d} on, at least "
        f"{terms.count_min} each way and {terms.times_chance} times as often as by chance",
        evidence=tuple(fact.id for fact in facts[:EVIDENCE_MAX]),
        parties=tuple(fact.actor for fact in facts[:EVIDENCE_MAX]),
        at=facts[-1].occurred_at,
        subject=f"{begin:%Y-%m-%d}\x1f" + "\x1f".join(ring),
        privileged=any(is_privileged(fact.entitlement) for fact in facts),
    )
