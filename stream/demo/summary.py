"""The end of the day in numbers: what was read, decided, found and kept, so that sums add up."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rules.catalog import CATALOG
from rules.finding import Severity
from rules.machines.bench import Bench
from rules.machines.contract import Machine
from rules.machines.judge import Judge
from rules.machines.linker import Linker
from rules.verdict import Verdict, reach
from stream.demo.chronicle import Chronicle
from stream.intake.intake import Intake


class Ledger(NamedTuple):
    """Where a partition's ledger stands."""

    partition: int
    size: int
    root: str


class Aside(NamedTuple):
    """An answer that policy set aside, and why."""

    case: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the day came to. `read` counts events, and documents that could not be read."""

    read: int
    recorded: int
    refused: int
    repeats: int
    waiting: int
    decisions: Mapping[Verdict, int]
    rules: Mapping[str, Mapping[Verdict, int]]
    severities: Mapping[Severity, int]
    withdrawn: int
    aside: tuple[Aside, ...]
    ledgers: tuple[Ledger, ...]

    def parts(self) -> dict[str, int]:
        """What became of everything that was read; together they are `read`."""
        parts = {"recorded": self.recorded, "refused": self.refused, "repeats": self.repeats}
        if self.waiting:
            parts["waiting for their case"] = self.waiting
        return parts

    def plain(self) -> dict[str, Any]:
        """The numbers as a plain tree, for programs."""
        return {
            "read": {"total": self.read, **self.parts()},
            "decisions": {
                "total": sum(self.decisions.values()),
                **{each.value: self.decisions[each] for each in Verdict},
            },
            "findings": {
                "standing": sum(self.severities.values()),
                **{each.value: self.severities[each] for each in reversed(Severity)},
                "withdrawn": self.withdrawn,
            },
            "rules": {
                rule: {"total": sum(counts.values()), **{v.value: counts[v] for v in Verdict}}
                for rule, counts in self.rules.items()
            },
            "set_aside": [each._asdict() for each in self.aside],
            "ledgers": [each._asdict() for each in self.ledgers],
        }


def sum_up(machines: Iterable[Machine], chronicle: Chronicle) -> Summary:
    """Count what the machines of a host have done."""
    machines = list(machines)
    intakes = [each for each in machines if isinstance(each, Intake)]
    judges = [each for each in machines if isinstance(each, Judge)]
    benches = [each for each in machines if isinstance(each, Bench)]
    refused = sum(each.counts["refused"] for each in intakes)
    standing = [each.severity for each in chronicle.standing()]
    return Summary(
        read=sum(each.counts["events"] for each in intakes) + refused,
        recorded=sum(sum(each.tally.recorded.values()) for each in judges),
        refused=refused,
        repeats=sum(sum(each.tally.repeats.values()) for each in judges),
        waiting=sum(each.sizes()["parked"] for each in machines if isinstance(each, Linker)),
        decisions=decisions_of(judges),
        rules=_rules(benches),
        severities={each: standing.count(each) for each in Severity},
        withdrawn=chronicle.withdrawn(),
        aside=tuple(sorted(each for judge in judges for each in _aside(judge))),
        ledgers=tuple(
            Ledger(each.partition, each.ledger.size, each.ledger.root().hex()) for each in judges
        ),
    )


def decisions_of(judges: Iterable[Judge]) -> dict[Verdict, int]:
    """Count decisions by verdict, over all partitions."""
    counts = dict.fromkeys(Verdict, 0)
    for judge in judges:
        for verdict, count in judge.tally.decisions.items():
            counts[verdict] += count
    return counts


def _rules(benches: Iterable[Bench]) -> dict[str, dict[Verdict, int]]:
    """Count answers by rule: of cases by the judges, of entities by the patterns machines."""
    counts = {rule.id: dict.fromkeys(Verdict, 0) for rule in CATALOG}
    for bench in benches:
        for rule, verdicts in bench.tally.rules.items():
            for verdict, count in verdicts.items():
                counts[rule][verdict] += count
    return counts


def _aside(judge: Judge) -> Iterator[Aside]:
    """Find what policy set aside: a judge does not keep the reason, so it is asked for again."""
    for row in judge.cases():
        header = json.loads(row.split(b"\n", 1)[0])
        case = judge.case(header["tenant"], header["case"])
        if case is None:
            continue
        file = judge.file(case)
        for number in case.answers:
            rule = CATALOG[number]
            for reason in reach(rule, file).set_aside:
                yield Aside(case.case, rule.id, reason)
