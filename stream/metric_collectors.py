"""Numbers worked out whenever somebody looks: control health, and which source is silent."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rules.verdict import Verdict
from stream.metric_labels import LabelSets


class Health(Collector):
    """Control health, added up over the partitions whenever somebody looks."""

    def __init__(self, sets: LabelSets) -> None:
        self._sets = sets
        self.by_partition: dict[int, dict[tuple[str, str], int]] = {}
        self.set_aside: dict[int, dict[str, int]] = {}

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "foureyes_rule_decisions", "Decisions a rule applies to.", labels=("rule", "verdict")
        )
        yield GaugeMetricFamily(
            "foureyes_control_answers",
            "Answers of the rules that map to a control; a decision counts once for each of them.",
            labels=("control", "verdict"),
        )
        yield GaugeMetricFamily(
            "foureyes_health_partitions", "Partitions whose decisions are counted here."
        )
        yield GaugeMetricFamily(
            "foureyes_rule_set_aside",
            "Decisions in which policy sets a rule's breach aside.",
            labels=("rule",),
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        decisions, answers, partitions, set_aside = self.describe()
        partitions.add_metric((), len(self.by_partition))
        if self.by_partition:
            counts = self._by_rule()
            for labels, count in counts.items():
                decisions.add_metric(labels, count)
            for labels, count in self._by_control(counts).items():
                answers.add_metric(labels, count)
            for rule, count in self._set_aside_by_rule().items():
                set_aside.add_metric((rule,), count)
        yield from (decisions, answers, partitions, set_aside)

    def _set_aside_by_rule(self) -> dict[str, int]:
        counts = dict.fromkeys(self._sets.controls_by_rule, 0)
        for partition in self.set_aside.values():
            for rule, count in partition.items():
                counts[rule] = counts.get(rule, 0) + count
        return counts

    def _by_rule(self) -> dict[tuple[str, str], int]:
        counts = {(rule, each.value): 0 for rule in self._sets.controls_by_rule for each in Verdict}
        for partition in self.by_partition.values():
            for key, count in partition.items():
                counts[key] = counts.get(key, 0) + count
        return counts

    def _by_control(self, by_rule: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        counts: dict[tuple[str, str], int] = {}
        for (rule, verdict), count in by_rule.items():
            for control in self._sets.controls_by_rule.get(rule, ()):
                counts[control, verdict] = counts.get((control, verdict), 0) + count
        return counts


class Silence(Collector):
    """Which sources are silent, found out whenever somebody looks, also while intake is down."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.after: dict[str, timedelta | None] = {}
        self.heard: dict[str, datetime] = {}

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "foureyes_source_silent",
            "1: unheard for longer than policy allows.",
            labels=("source",),
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        (silent,) = self.describe()
        now = self._now()
        for source, at in self.heard.items():
            after = self.after.get(source)
            if after is not None:
                silent.add_metric((source,), now - at > after)
        yield silent
