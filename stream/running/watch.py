"""Looks at the machines now and then, and puts what it sees into numbers."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from rules.catalog import CATALOG
from rules.machines.bench import Bench
from rules.machines.contract import Machine
from rules.machines.judge import Judge
from rules.machines.linker import Linker
from rules.machines.patterns import Patterns
from rules.policy import Policy
from stream.canary.case import SOURCE as CANARY
from stream.clock import Clock
from stream.connectors.table import RefusalKind
from stream.intake.intake import Intake
from stream.log import logger
from stream.metric_labels import Kept, LabelSets, Outcome
from stream.metrics import Metrics
from stream.running.roles import JUDGE, LINKER, PATTERNS

LOG = logger(__name__)

Machines = Mapping[tuple[str, int], Machine]

_KEPT = {
    "open_entities": Kept.ENTITIES,
    "open_cases": Kept.OPEN_CASES,
    "settled_cases": Kept.SETTLED_CASES,
    "deadlines": Kept.DEADLINES,
    "parked": Kept.PARKED_EVENTS,
    "links": Kept.KNOWN_IDS,
    "forwarded": Kept.FORWARDED_EVENTS,
}


def metrics_for(
    clock: Clock, roles: Iterable[str], partitions: int, destinations: Iterable[str]
) -> Metrics:
    """Make the metrics of one process: which label values there can be is known here."""
    sets = LabelSets(
        controls_by_rule={rule.id: rule.controls for rule in CATALOG},
        refusal_kinds=list(RefusalKind),
        roles=list(roles),
        partitions=partitions,
        destinations=list(destinations),
    )
    return Metrics(sets, now=clock.now)


class Watch:
    """Turns the machines' own counts into metrics.

    The machines count since ever; a process counts from its start, as Prometheus expects. So what
    a machine had counted when it was first seen is where counting begins.
    """

    def __init__(self, metrics: Metrics, policy: Policy) -> None:
        self._metrics = metrics
        self._policy = policy
        self._seen: dict[tuple[object, ...], int] = {}
        self._begun: set[tuple[str, int]] = set()
        self._declared: set[str] = set()
        self._ahead: dict[tuple[str, int], frozenset[str]] = {}

    def look(self, machines: Machines) -> None:
        """Look at every machine at work."""
        for place, machine in machines.items():
            match machine:
                case Judge():
                    self._look_at_judge(place, machine)
                case Patterns():
                    self._look_at_patterns(place, machine)
                case Intake():
                    self._look_at_intake(place, machine)
                case Linker():
                    self._metrics.sizes(LINKER, place[1], _kept(machine.sizes()))
                case _:
                    pass
            self._begun.add(place)

    def _look_at_judge(self, place: tuple[str, int], judge: Judge) -> None:
        self._metrics.sizes(JUDGE, place[1], _kept(judge.sizes()))
        for source in judge.horizon.declared:
            # First: what is counted of a source that is not declared is counted as some other's.
            self._declare(source)
        for source, count in judge.tally.recorded.items():
            self._events(place, source, Outcome.RECORDED, count)
        for source, count in judge.tally.repeats.items():
            self._events(place, source, Outcome.REPEAT, count)
        self._look_at_health(place, judge)
        for source, declared in judge.horizon.declared.items():
            until = judge.horizon.until(declared.source)
            if until is not None:
                self._metrics.reported(source, until)

    def _look_at_patterns(self, place: tuple[str, int], patterns: Patterns) -> None:
        self._metrics.sizes(PATTERNS, place[1], _kept(patterns.sizes()))
        self._look_at_health(place, patterns)

    def _look_at_health(self, place: tuple[str, int], bench: Bench) -> None:
        counts = {r: {v.value: n for v, n in c.items()} for r, c in bench.tally.rules.items()}
        # Judges and patterns machines have partitions of one trail: there no two are the same.
        self._metrics.health(bench.trail_partition, counts, bench.tally.set_aside)
        for name, count in bench.tally.findings.items():
            rule, severity, change = name.split(" ")
            new = self._new((*place, "finding", name), count, place)
            if new:
                self._metrics.findings(rule, severity, change, new)

    def _look_at_intake(self, place: tuple[str, int], intake: Intake) -> None:
        source = intake.source
        if source == CANARY:
            return
        self._declare(source)
        read = intake.counts["events"] + intake.counts["refused"]
        self._events(place, source, Outcome.READ, read)
        self._events(place, source, Outcome.REFUSED, intake.counts["refused"])
        for kind, count in intake.refusals.items():
            new = self._new((*place, "refusal", kind), count, place)
            if new:
                self._metrics.refused(source, kind, new)
        for heard, at in intake.progress.heard():
            self._metrics.heard(heard, at)
        for ahead, count in intake.progress.held_back.items():
            self._declare(ahead)
            self._metrics.held_back(ahead, self._new((*place, "ahead", ahead), count, place))
        self._tell_ahead(place, intake.progress.ahead)

    def _tell_ahead(self, place: tuple[str, int], ahead: Mapping[str, timedelta]) -> None:
        """Say once of a source that its clock is ahead of ours, and once that it no longer is."""
        before = self._ahead.get(place, frozenset())
        self._ahead[place] = frozenset(ahead)
        for source in sorted(ahead.keys() - before):
            seconds = round(ahead[source].total_seconds())
            LOG.warning("source is ahead of our clock", source=source, ahead_seconds=seconds)
        for source in sorted(before - ahead.keys()):
            LOG.info("source is no longer ahead of our clock", source=source)

    def _declare(self, source: str) -> None:
        if source not in self._declared:
            self._declared.add(source)
            self._metrics.declare(source, silent_after=self._policy.source(source).silent_after)

    def _events(self, place: tuple[str, int], source: str, outcome: Outcome, count: int) -> None:
        new = self._new((*place, source, outcome), count, place)
        if new:
            self._metrics.events(source, outcome, new)

    def _new(self, what: tuple[object, ...], count: int, place: tuple[str, int]) -> int:
        """How much a count has grown since the last look; nothing at a machine's first look."""
        before = self._seen.get(what, 0 if place in self._begun else count)
        self._seen[what] = count
        return max(0, count - before)


def _kept(sizes: Mapping[str, int]) -> dict[str, int]:
    return {_KEPT[name].value: count for name, count in sizes.items() if name in _KEPT}
