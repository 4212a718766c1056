"""The numbers foureyes shows: what each of them says, and when it says nothing."""

from datetime import timedelta

import pytest

from stream.canonical import write
from stream.clock import FixedClock
from stream.metric_labels import OTHER, SOURCES_MAX, Kept, Outcome
from stream.metrics import Metrics
from tests.metrics_page import CONSTANT_LABELS, NOON, a_finding, samples, shown, small, value


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon."""
    return FixedClock(NOON)


@pytest.fixture
def metrics(clock: FixedClock) -> Metrics:
    """Two rules, two roles over four partitions, two sources, one destination."""
    return small(clock)


def test_what_is_in_no_closed_set_is_counted_twice(metrics: Metrics) -> None:
    """Once as `other`, so that sums stay right; once as unlisted, so that somebody notices."""
    metrics.events("a-system-nobody-declared", Outcome.READ, 3)

    assert value(metrics, "foureyes_events_total", source=OTHER, outcome="read") == 3
    assert value(metrics, "foureyes_unlisted_label_values_total", label="source") == 1


def test_sources_beyond_the_limit_share_one_name(clock: FixedClock) -> None:
    """A stranger who invents source names can not fill the SOC's Prometheus."""
    metrics = small(clock)
    for number in range(SOURCES_MAX + 50):
        metrics.declare(f"invented-{number}")
        metrics.events(f"invented-{number}", Outcome.READ)

    names = {s.labels["source"] for s in samples(metrics, "foureyes_events_total")}
    assert len(names) == SOURCES_MAX + 1
    assert value(metrics, "foureyes_events_total", source=OTHER, outcome="read") == 52


def test_a_declared_source_and_every_rule_start_at_zero(metrics: Metrics) -> None:
    """A counter that appears with its first count hides that count from `increase()`."""
    labels = {"rule": "APR-001", "severity": "critical", "change": "opened"}

    assert value(metrics, "foureyes_events_total", source="okta", outcome="refused") == 0
    assert value(metrics, "foureyes_finding_changes_total", **labels) == 0


def test_a_finding_counts_the_same_as_object_and_as_bytes(metrics: Metrics) -> None:
    """The desk reads records, a replay has objects; both are counted by the same three labels."""
    metrics.finding(a_finding(1))
    metrics.finding(write(a_finding(2)))

    labels = {"rule": "APR-001", "severity": "high", "change": "opened"}
    assert value(metrics, "foureyes_finding_changes_total", **labels) == 2


def test_control_health_adds_up_the_latest_of_each_partition(metrics: Metrics) -> None:
    """Two partitions report, one of them again: its earlier numbers are replaced."""
    metrics.health(0, {"APR-001": {"held": 5, "broken": 1}})
    metrics.health(1, {"APR-001": {"held": 10}, "EVD-002": {"cannot_tell": 2}})
    metrics.health(0, {"APR-001": {"held": 6, "broken": 2}, "EVD-002": {"broken": 1}})

    name = "foureyes_rule_decisions"
    assert value(metrics, name, rule="APR-001", verdict="held") == 16
    assert value(metrics, name, rule="APR-001", verdict="broken") == 2
    assert value(metrics, name, rule="APR-001", verdict="open") == 0
    assert value(metrics, name, rule="EVD-002", verdict="cannot_tell") == 2
    assert value(metrics, "foureyes_health_partitions") == 2


def test_what_policy_sets_aside_is_shown_by_rule(metrics: Metrics) -> None:
    """Two partitions report; a rule of which nothing was set aside says so with a zero."""
    metrics.health(0, {"APR-001": {"held": 5}}, {"APR-001": 2})
    metrics.health(1, {"APR-001": {"held": 5}}, {"APR-001": 1})
    both = value(metrics, "foureyes_rule_set_aside", rule="APR-001")
    metrics.health_released(1)

    assert both == 3
    assert value(metrics, "foureyes_rule_set_aside", rule="APR-001") == 2
    assert value(metrics, "foureyes_rule_set_aside", rule="EVD-002") == 0


def test_health_of_rules_nobody_listed_is_not_lost(metrics: Metrics) -> None:
    """Two rules of a newer version of foureyes share a name; their numbers add up under it."""
    metrics.health(0, {"NEW-001": {"held": 5}, "NEW-002": {"held": 7}, "APR-001": {"held": 1}})

    assert value(metrics, "foureyes_rule_decisions", rule=OTHER, verdict="held") == 12
    assert value(metrics, "foureyes_rule_decisions", rule="APR-001", verdict="held") == 1


def test_a_control_gets_the_answers_of_every_rule_that_maps_to_it(metrics: Metrics) -> None:
    """Both rules map to AC-5, only one of them to A.5.3."""
    metrics.health(0, {"APR-001": {"broken": 2}, "EVD-002": {"broken": 3}})

    name = "foureyes_control_answers"
    assert value(metrics, name, control="53 AC-5", verdict="broken") == 5
    assert value(metrics, name, control="ISO A.5.3", verdict="broken") == 2


def test_health_nobody_has_reported_yet_is_not_shown_as_zero(metrics: Metrics) -> None:
    """Not known is not the same as none."""
    assert samples(metrics, "foureyes_rule_decisions") == []
    assert value(metrics, "foureyes_health_partitions") == 0


def test_health_moves_with_its_partition(metrics: Metrics) -> None:
    """After a rebalance another desk shows that partition; the sum over both must not double."""
    metrics.health(0, {"APR-001": {"held": 5}})
    metrics.health(1, {"APR-001": {"held": 7}})

    metrics.health_released(0)

    assert value(metrics, "foureyes_rule_decisions", rule="APR-001", verdict="held") == 7


def test_a_released_partition_leaves_no_number_behind(metrics: Metrics) -> None:
    """A lag that nobody updates any more would stand still for ever."""
    for partition in (0, 1):
        metrics.lag("judge", partition, records=9, seconds=1.5)
        metrics.position("judge", partition, 41)
        metrics.sizes("judge", partition, {Kept.OPEN_CASES: 4, Kept.DEADLINES: 2})
        metrics.halted("judge", partition, is_halted=True)

    metrics.released("judge", 0)

    found = [s.labels for each in shown(metrics) for s in each.samples if "partition" in s.labels]
    assert {labels["partition"] for labels in found} == {"1"}
    assert value(metrics, "foureyes_lag_seconds", role="judge", partition="1") == 1.5
    assert value(metrics, "foureyes_partition_halted", role="judge", partition="1") == 1


def test_a_source_turns_silent_by_itself(metrics: Metrics, clock: FixedClock) -> None:
    """Nobody has to tell: also while intake is down, the number changes on time."""
    metrics.heard("okta", NOON)
    clock.advance(timedelta(hours=1))
    on_time = value(metrics, "foureyes_source_silent", source="okta")
    clock.advance(timedelta(seconds=1))

    assert on_time == 0
    assert value(metrics, "foureyes_source_silent", source="okta") == 1


def test_a_source_that_may_be_quiet_is_never_called_silent(metrics: Metrics) -> None:
    """Policy says nothing about entra's silence, so neither do we."""
    metrics.heard("entra", NOON - timedelta(days=400))

    assert samples(metrics, "foureyes_source_silent") == []


def test_reported_until_is_in_unix_seconds(metrics: Metrics) -> None:
    """So that `time() - …` in Prometheus is the age of what is known."""
    metrics.reported("okta", NOON)

    name = "foureyes_source_reported_until_timestamp_seconds"
    assert value(metrics, name, source="okta") == NOON.timestamp()


def test_the_running_version_is_shown(metrics: Metrics) -> None:
    """Two versions side by side are seen during a roll-out."""
    (build,) = samples(metrics, "foureyes_build_info")

    assert set(build.labels) == CONSTANT_LABELS
    assert build.value == 1
