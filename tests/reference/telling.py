"""Histories as journals, and a judge run over a journal as a host would run it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

import orjson

from rules.catalog import CATALOG
from rules.events import Event
from rules.finding import Change, Finding, read_finding
from rules.machines import joining
from rules.machines.answers import Answered
from rules.machines.cases import case_key
from rules.machines.contract import ENTITIES, FINDINGS, Machine, Output, PuttingAway, Record
from rules.machines.feeding import Feeds, read_entity_key
from rules.machines.judge import Judge
from rules.machines.late import write_facts
from rules.machines.patterns import Patterns
from rules.machines.records import (
    write_events,
    write_policy,
    write_source,
    write_ticks,
)
from rules.machines.routing import Layout
from rules.verdict import Verdict
from stream.canonical import CODEC
from tests.reference.evaluator import (
    CaseName,
    History,
    Judgement,
    LateFact,
    Tick,
    comparable,
)


def line(event: Event) -> bytes:
    """An event as intake writes it."""
    return CODEC.write(event)


def frame(*events: Event, lane: str = "lane") -> bytes:
    """Some events in one record of the journal."""
    return write_events(CODEC, lane, [line(event) for event in events])


def ticked(tick: Tick) -> bytes:
    """A tick as a record of the journal."""
    return write_ticks(CODEC, *tick)


def facts_record(*facts: LateFact) -> bytes:
    """Late facts as a record of the journal."""
    return write_facts(CODEC, [_told_fact(fact) for fact in facts])


def _told_fact(fact: LateFact) -> dict[str, Any]:
    source = fact.source or "*"
    since = [[start, dict(known)] for start, known in fact.since]
    if fact.account is not None:
        way = {"source": source, "namespace": fact.where, "since": since}
        return {"account": fact.account, "ways": [way]}
    # A right that no system is named of may be in any.
    systems = ["*", None] if fact.where is None else [fact.where]
    ways = [{"source": source, "system": system, "since": since} for system in systems]
    return {"entitlement": fact.entitlement, "ways": ways}


def joined(one: CaseName, into: CaseName, *, home: int = 0, to: int = 0) -> bytes:
    """What says that two cases are one, as a record of the journal."""
    because = "a record carries the ids of both"
    told = joining.Joined(one[0], one[1], into[1], home, to, because)
    return joining.write_joined(CODEC, told)


def opening(history: History) -> list[bytes]:
    """What a journal begins with: the policy, and who will report."""
    return [
        write_policy(CODEC, history.policy),
        *(write_source(CODEC, source) for source in history.sources),
    ]


def in_order(history: History) -> list[bytes]:
    """The plainest journal of a history: every event, then every tick."""
    return [
        *opening(history),
        *(frame(event) for event in history.events),
        *(ticked(tick) for tick in history.ticks),
        *(facts_record(fact) for fact in history.facts),
    ]


class Rows(dict[str, bytes]):
    """What a host has taken of a machine's changes."""

    def take(self, machine: Machine) -> None:
        """Take what changed."""
        for name, row in machine.changes():
            if row is None:
                self.pop(name, None)
            else:
                self[name] = row

    def hand_to(self, machine: PuttingAway) -> None:
        """Restore a machine just built, which reads what was put away from here."""
        machine.reach(self)
        handed = [each for each in self.items() if not each[0].startswith(machine.put_away)]
        machine.restore(handed)

    def row(self, name: str) -> bytes | None:
        """Give a row; None: there is none."""
        return self.get(name)

    def between(self, first: str, end: str) -> Iterator[tuple[str, bytes]]:
        """Give the rows from `first` on that come before `end`."""
        yield from sorted(each for each in self.items() if first <= each[0] < end)


@dataclass
class Hosted:
    """One judge on a host that keeps checkpoints; what it says is what was committed.

    The judge reads from there what it has put away: at each checkpoint all that is settled leaves
    its memory.
    """

    judge: Judge = field(default_factory=lambda: Judge(0, CODEC))
    said: list[Output] = field(default_factory=list)
    rows: Rows = field(default_factory=Rows)
    _since: list[Record] = field(default_factory=list)
    _position: int = 0

    def __post_init__(self) -> None:
        """Let the judge leave things to the host from the beginning."""
        self.judge.reach(self.rows)

    def feed(self, values: Sequence[bytes]) -> None:
        """Hand the judge the next records, in one call."""
        records = [Record(self._position + n, value) for n, value in enumerate(values)]
        self._position += len(records)
        self._since += records
        self.said += self.judge.feed(records)

    def checkpoint(self) -> None:
        """Write down what changed."""
        self.rows.take(self.judge)
        self._since.clear()

    def take_over(self) -> None:
        """Lose the judge; build its twin from the rows, and replay the rest with outputs off."""
        head = self.judge.head()
        self.judge = Judge(0, CODEC)
        self.rows.hand_to(self.judge)
        self.judge.feed(self._since)
        assert self.judge.head() == head


AT_ONCE = Feeds(1, timedelta(0))
ONE = Layout(journal=1, links=1)


@dataclass
class Joined:
    """A judge and the patterns machine that it feeds, on a host that keeps checkpoints."""

    judge: Judge = field(default_factory=lambda: Judge(0, CODEC, feeds=AT_ONCE))
    patterns: Patterns = field(default_factory=lambda: Patterns(0, ONE, CODEC))
    judged: list[Output] = field(default_factory=list)
    of_entities: list[Output] = field(default_factory=list)
    _rows: tuple[Rows, Rows] = field(default_factory=lambda: (Rows(), Rows()))
    _since: tuple[list[Record], list[Record]] = field(default_factory=lambda: ([], []))

    def __post_init__(self) -> None:
        """Let both leave things to the host from the beginning."""
        for rows, machine in zip(self._rows, (self.judge, self.patterns), strict=True):
            machine.reach(rows)

    def feed(self, values: Sequence[bytes]) -> None:
        """Hand the judge the next records, in one call, and the other what it says for it."""
        records = [Record(n, value) for n, value in enumerate(values)]
        self._since[0].extend(records)
        said = self.judge.feed(records)
        passed = [Record(0, each.value) for each in said if each.log == ENTITIES]
        self._since[1].extend(passed)
        self.judged += [each for each in said if each.log != ENTITIES]
        self.of_entities += self.patterns.feed(passed)

    @property
    def said(self) -> list[Output]:
        """What both said; how the two interleave is the host's."""
        return [*self.judged, *self.of_entities]

    def checkpoint(self) -> None:
        """Write down what changed."""
        for rows, since, machine in zip(
            self._rows, self._since, (self.judge, self.patterns), strict=True
        ):
            rows.take(machine)
            since.clear()

    def take_over(self) -> None:
        """Lose both; build their twins from the rows, and replay the rest with outputs off."""
        heads = self.judge.head(), self.patterns.head()
        self.judge = Judge(0, CODEC, feeds=AT_ONCE)
        self.patterns = Patterns(0, ONE, CODEC)
        for rows, since, machine in zip(
            self._rows, self._since, (self.judge, self.patterns), strict=True
        ):
            rows.hand_to(machine)
            machine.feed(since)
        assert (self.judge.head(), self.patterns.head()) == heads

    def rows(self) -> list[tuple[str, bytes]]:
        """Everything that a host would hold after one more checkpoint."""
        self.checkpoint()
        return [each for rows in self._rows for each in sorted(rows.items())]


def life(said: Iterable[Output]) -> list[Finding]:
    """Every change of every finding, in the order in which it was said."""
    return [read_finding(orjson.loads(each.value)) for each in said if each.log == FINDINGS]


def standing(said: Iterable[Output]) -> dict[str, Finding]:
    """The last change of every finding that has not been withdrawn."""
    last = {finding.finding: finding for finding in life(said)}
    return {name: each for name, each in last.items() if each.change is not Change.WITHDRAWN}


def assert_agrees(hosted: Hosted | Joined, expected: Judgement) -> None:
    """What stands, and what each rule says of each case, is what the reference says."""
    found = standing(hosted.said)
    said = {name: comparable(finding) for name, finding in found.items()}
    for name, finding in found.items():
        # A confirmation has a moment of its own.
        if finding.change is Change.CONFIRMED and name in expected.findings:
            said[name] = replace(said[name], at=expected.findings[name].at)

    wrong = list(_differences(said, expected.findings))
    assert not wrong, "\n".join(wrong)
    for case, told in verdicts(hosted.judge, expected.verdicts).items():
        assert told == expected.verdicts[case], f"{case}: {told} is not {expected.verdicts[case]}"
    _assert_set_aside(hosted, expected)
    if isinstance(hosted, Joined):
        for key, wanted in expected.of_entities.items():
            of_entity = verdicts_of_entity(hosted.patterns, key)
            assert of_entity == wanted, f"{key}: {of_entity} is not {wanted}"


def _assert_set_aside(hosted: Hosted | Joined, expected: Judgement) -> None:
    """What policy sets aside in cases is kept with its reasons, and counted."""
    wanted = {
        (rule, case_key(*name)): tuple(reasons)
        for name, rules in expected.aside.items()
        if not isinstance(name, str)
        for rule, reasons in rules.items()
        if reasons
    }
    told = {(each.rule, each.key): each.reasons for each in hosted.judge.excused()}
    assert told == wanted
    counted = {rule: number for rule, number in hosted.judge.tally.set_aside.items() if number}
    assert counted == Counter(rule for rule, _ in wanted)


def verdicts_of_entity(patterns: Patterns, key: str) -> dict[str, Verdict]:
    """What each rule says of an entity, in one word."""
    return {rule: each.verdict for rule, each in reached_of_entity(patterns, key).items()}


def reached_of_entity(patterns: Patterns, key: str) -> dict[str, Answered]:
    """What each rule says of an entity, and on what grounds."""
    entity = patterns.entity(*read_entity_key(key))
    assert entity is not None, f"{key} was never heard of"
    return {patterns.asked(n): answered for n, answered in entity.answers.items()}


def _differences(said: dict[str, Finding], expected: dict[str, Finding]) -> Iterator[str]:
    """One line for each finding, or field of a finding, in which two sets differ."""
    for name in sorted({*said, *expected}):
        one, two = said.get(name), expected.get(name)
        if one is None or two is None:
            yield f"{name} is {'missing' if one is None else 'too much'}: {two or one}"
            continue
        for field_ in fields(Finding):
            ours, theirs = getattr(one, field_.name), getattr(two, field_.name)
            if ours != theirs:
                yield f"{name} {field_.name}: {ours!r} is said, {theirs!r} is expected"


def verdicts(judge: Judge, names: Iterable[CaseName]) -> dict[CaseName, dict[str, Verdict]]:
    """What each rule says of these cases, in one word."""
    return {
        name: {rule: each.verdict for rule, each in reached_of_case(judge, name).items()}
        for name in names
    }


def reached_of_case(judge: Judge, name: CaseName) -> dict[str, Answered]:
    """What each rule says of a case, and on what grounds."""
    case = judge.case(*name)
    assert case is not None, f"{name} was never heard of"
    return {CATALOG[n].id: answered for n, answered in case.answers.items()}
