"""Every number that foureyes shows of itself: what it is called, what it means, how it is cut."""

import platform
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from types import MappingProxyType

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client import disable_created_metrics as leave_out_creation_times

from rules.finding import Change, Finding, Severity
from stream.metric_collectors import Health, Silence
from stream.metric_labels import OTHER, DeliveryResult, LabelSets, Outcome, Reception

SERIES_MAX = 7_900
"""Series that one process shows at most, with 64 rules, 150 controls, 16 kinds of refusal, 100
sources, 10 destinations and 7 roles over 12 partitions (a test counts them)."""


class _Labels(msgspec.Struct, frozen=True):
    """What a recorded change of a finding is counted by; the rest of it is not looked at."""

    rule: str = ""
    severity: str = ""
    change: str = ""


_LABELS = msgspec.json.Decoder(_Labels)
_NONE: Mapping[str, int] = MappingProxyType({})


class Metrics:
    """What happened, counted, in a registry of its own (`registry`).

    A value outside its closed set is counted as `other`, and in
    `foureyes_unlisted_label_values_total`; no method raises for it. What is said of a partition
    stands until it is `released`.
    """

    def __init__(self, sets: LabelSets, *, now: Callable[[], datetime]) -> None:
        # Another series per counter, and of no use: Prometheus knows when it first saw one.
        leave_out_creation_times()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._sets = sets
        self._count_events()
        self._count_findings()
        self._show_partitions()
        self._show_canaries()
        self._show_build()
        self._health = Health(sets)
        self._silence = Silence(now)
        self.registry.register(self._health)
        self.registry.register(self._silence)
        ProcessCollector(registry=self.registry)

    def _count_events(self) -> None:
        count = self._counter
        self._events = count("events", "Raw events by what became of them.", "source", "outcome")
        self._refusals = count("refusals", "Raw events nobody could read.", "source", "kind")
        self._received = count("received_bodies", "Bodies sent over HTTP.", "source", "answer")
        self._unlisted = count("unlisted_label_values", "Label values shown as 'other'.", "label")
        self._held_back = count(
            "ticks_held_back", "Ticks of a source that told of a time still to come.", "source"
        )
        self._reported = self._gauge(
            "source_reported_until_timestamp_seconds", "Up to when a source has reported.", "source"
        )

    def _count_findings(self) -> None:
        self._findings = self._counter(
            "finding_changes", "Changes in the life of findings.", "rule", "severity", "change"
        )
        self._deliveries = self._counter(
            "deliveries", "Attempts to tell a destination something.", "destination", "result"
        )
        # From zero on, so that Prometheus sees the first one as an increase.
        for destination in self._sets.values("destination"):
            for result in DeliveryResult:
                self._deliveries.labels(destination, result)
        for rule in self._sets.controls_by_rule:
            for severity in Severity:
                for change in Change:
                    self._findings.labels(rule, severity, change)

    def _show_partitions(self) -> None:
        self._lag_records = self._of_partition("lag_records", "Records that wait to be fed.")
        self._lag_seconds = self._of_partition("lag_seconds", "Age of the oldest one waiting.")
        self._position = self._of_partition("position_records", "Records that are done with.")
        self._halted = self._of_partition("partition_halted", "1: stopped, and needs a person.")
        self._kept = self._of_partition(
            "state_items", "What a machine keeps, in memory or put away.", "item"
        )
        self._refused_checkpoints = self._gauge(
            "checkpoints_refused", "1: the log was set back or forked, or a key fails."
        )

    def _show_canaries(self) -> None:
        self._canary_sent = self._gauge("canary_sent_timestamp_seconds", "When one was sent last.")
        self._canary_seen = self._gauge(
            "canary_seen_timestamp_seconds",
            "When one came through to a desk last; before the first, since when it is awaited.",
            "destination",
        )
        self._canary_round_trip = self._gauge(
            "canary_round_trip_seconds", "From sending the last one to its desk.", "destination"
        )
        self._canary_patience = self._gauge(
            "canary_patience_seconds", "How long a desk may go without one; 0: none is sent."
        )

    def canary_awaited(self, patience: timedelta, since: Mapping[str, datetime]) -> None:
        """Say how long a canary may take, and since when each destination waits for one."""
        self._canary_patience.set(patience.total_seconds())
        for destination, at in since.items():
            self._canary_seen.labels(self._listed("destination", destination)).set(at.timestamp())

    def canary_sent(self, at: datetime) -> None:
        """Say when a canary was sent."""
        self._canary_sent.set(at.timestamp())

    def canary_seen(self, destination: str, at: datetime, round_trip: timedelta) -> None:
        """Say when a canary came through to a destination's desk, and how long it took."""
        where = self._listed("destination", destination)
        self._canary_seen.labels(where).set(at.timestamp())
        self._canary_round_trip.labels(where).set(round_trip.total_seconds())

    def checkpoints_refused(self, *, is_refused: bool) -> None:
        """Say whether the archive's latest checkpoint was refused: by a key, or as no follower."""
        self._refused_checkpoints.set(is_refused)

    def _show_build(self) -> None:
        build = self._gauge("build_info", "What is running; always 1.", "version", "python")
        build.labels(version("foureyes"), platform.python_version()).set(1)

    def _counter(self, thing: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"foureyes_{thing}_total", meaning, labels, registry=self.registry)

    def _gauge(self, thing: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"foureyes_{thing}", meaning, labels, registry=self.registry)

    def _of_partition(self, thing: str, meaning: str, *labels: str) -> Gauge:
        return self._gauge(thing, meaning, "role", "partition", *labels)

    def declare(self, source: str, *, silent_after: timedelta | None = None) -> None:
        """Give a source series of its own while there is room, and say when it counts as silent."""
        if not self._sets.declare(source):
            self._unlisted.labels("source").inc()
            return
        self._silence.after[source] = silent_after
        for outcome in Outcome:
            self._events.labels(source, outcome)
        self._held_back.labels(source)
        for answer in Reception:
            self._received.labels(source, answer)

    def events(self, source: str, outcome: Outcome, count: int = 1) -> None:
        """Count raw events."""
        self._events.labels(self._listed("source", source), outcome).inc(count)

    def refused(self, source: str, kind: str, count: int = 1) -> None:
        """Count refusals by their kind (`events` counts them among the outcomes)."""
        where = self._listed("source", source)
        self._refusals.labels(where, self._listed("kind", kind)).inc(count)

    def received(self, source: str, answer: Reception) -> None:
        """Count a body that was sent over HTTP."""
        self._received.labels(self._listed("source", source), answer).inc()

    def reported(self, source: str, until: datetime) -> None:
        """Say up to when a source has reported."""
        self._reported.labels(self._listed("source", source)).set(until.timestamp())

    def held_back(self, source: str, count: int) -> None:
        """Count ticks that say no more than our clock allows: the source told of a later time."""
        self._held_back.labels(self._listed("source", source)).inc(count)

    def heard(self, source: str, at: datetime) -> None:
        """Say when a source last sent anything: silence is measured from there."""
        self._silence.heard[self._listed("source", source)] = at

    def finding(self, change: Finding | bytes) -> None:
        """Count one change in the life of a finding: the domain's object or recorded bytes."""
        told = _read(change) if isinstance(change, bytes) else change
        self.findings(told.rule, told.severity, told.change, 1)

    def findings(self, rule: str, severity: str, change: str, count: int) -> None:
        """Count changes in the lives of findings of one kind."""
        self._findings.labels(
            self._listed("rule", rule),
            self._listed("severity", severity),
            self._listed("change", change),
        ).inc(count)

    def delivery(self, destination: str, result: DeliveryResult) -> None:
        """Count an attempt to tell a destination something."""
        self._deliveries.labels(self._listed("destination", destination), result).inc()

    def health(
        self,
        partition: int,
        counts: Mapping[str, Mapping[str, int]],
        set_aside: Mapping[str, int] = _NONE,
    ) -> None:
        """Take a partition's decisions by rule and verdict: absolute numbers, the latest win.

        `set_aside`: in how many of them policy set a breach aside, by rule.
        """
        taken: dict[tuple[str, str], int] = {}
        for rule, verdicts in counts.items():
            for verdict, count in verdicts.items():
                key = self._listed("rule", rule), self._listed("verdict", verdict)
                taken[key] = taken.get(key, 0) + count
        self._health.by_partition[partition] = taken
        aside: dict[str, int] = {}
        for rule, count in set_aside.items():
            name = self._listed("rule", rule)
            aside[name] = aside.get(name, 0) + count
        self._health.set_aside[partition] = aside

    def health_released(self, partition: int) -> None:
        """Leave out the decisions of a partition that another process follows now."""
        self._health.by_partition.pop(partition, None)
        self._health.set_aside.pop(partition, None)

    def lag(self, role: str, partition: int, *, records: int | None, seconds: float) -> None:
        """Say how far a role is behind the end of its log; None: by how many is not known."""
        where = self._where(role, partition)
        if records is not None:
            self._lag_records.labels(*where).set(records)
        self._lag_seconds.labels(*where).set(seconds)

    def position(self, role: str, partition: int, records: int) -> None:
        """Say up to where a role has committed."""
        self._position.labels(*self._where(role, partition)).set(records)

    def sizes(self, role: str, partition: int, items: Mapping[str, int]) -> None:
        """Say what a machine holds; keys are those of `Kept`."""
        where = self._where(role, partition)
        for item, count in items.items():
            self._kept.labels(*where, self._listed("item", item)).set(count)

    def halted(self, role: str, partition: int, *, is_halted: bool) -> None:
        """Say whether a partition has stopped."""
        self._halted.labels(*self._where(role, partition)).set(is_halted)

    def released(self, role: str, partition: int) -> None:
        """Take back what was said of a partition that this process owns no longer."""
        where = dict(zip(("role", "partition"), self._where(role, partition), strict=True))
        for gauge in (
            self._lag_records,
            self._lag_seconds,
            self._position,
            self._halted,
            self._kept,
        ):
            gauge.remove_by_labels(where)

    def _where(self, role: str, partition: int) -> tuple[str, str]:
        return self._listed("role", role), self._listed("partition", str(partition))

    def _listed(self, label: str, value: str) -> str:
        if self._sets.allows(label, value):
            return value
        self._unlisted.labels(label).inc()
        return OTHER


def _read(change: bytes) -> _Labels:
    try:
        return _LABELS.decode(change)
    except msgspec.DecodeError:
        # Whoever reads the log to act on it stops here; counting goes on.
        return _Labels()
