"""Labels come from closed sets, and so the number of series is known beforehand."""

import re
from datetime import timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from stream.canonical import write
from stream.clock import FixedClock
from stream.metric_labels import (
    OTHER,
    SOURCES_MAX,
    DeliveryResult,
    Kept,
    LabelSets,
    Outcome,
    Reception,
)
from stream.metrics import SERIES_MAX, Metrics
from tests.metrics_page import (
    CONSTANT_LABELS,
    CONTROLS,
    KINDS,
    NOON,
    ROLES,
    a_finding,
    series,
    shown,
    small,
    small_sets,
)

CASES = 40
CASES_OF_A_LARGER_ORGANISATION = 100 * CASES


def test_every_name_says_what_it_is_and_in_which_unit() -> None:
    """Prometheus' conventions: a prefix, `_total` on counters only, and a meaning for each."""
    metrics = small(FixedClock(NOON))
    exercise(metrics, CASES)

    own = [each for each in shown(metrics) if not each.name.startswith("process_")]
    assert [each.name for each in own if not re.fullmatch(r"foureyes_[a-z_]+", each.name)] == []
    assert [each.name for each in own if not each.documentation.endswith(".")] == []
    assert {each.type for each in own} == {"counter", "gauge"}
    for each in own:
        assert all(s.name.endswith("_total") == (each.type == "counter") for s in each.samples)


def test_a_hundred_times_the_people_make_not_one_series_more() -> None:
    """Cases, people and tenants grow; what the SOC's Prometheus has to store does not."""
    few, many = small(FixedClock(NOON)), small(FixedClock(NOON))

    exercise(few, CASES)
    exercise(many, CASES_OF_A_LARGER_ORGANISATION)

    assert series(many) == series(few)


def test_the_largest_configuration_stays_within_the_budget() -> None:
    """Whatever can be shown at once, in the largest set-up that the budget is stated for."""
    controls = [f"control-{number}" for number in range(150)]
    rules = {f"rule-{n}": tuple(controls[n::64]) for n in range(64)}
    sets = LabelSets(
        controls_by_rule=rules,
        refusal_kinds=[f"kind-{n}" for n in range(16)],
        roles=[f"role-{n}" for n in range(7)],
        partitions=12,
        destinations=[f"destination-{n}" for n in range(10)],
    )
    metrics = Metrics(sets, now=FixedClock(NOON).now)
    for number in range(2 * SOURCES_MAX):
        metrics.declare(f"source-{number}", silent_after=timedelta(hours=1))

    say_everything(metrics, sets)

    assert 0.9 * SERIES_MAX < len(series(metrics)) <= SERIES_MAX


@given(st.data())
def test_every_label_value_comes_from_its_closed_set(drawn: st.DataObject) -> None:
    """Whatever the records say, nothing that a stranger wrote becomes a label."""
    sets = small_sets()
    metrics = Metrics(sets, now=FixedClock(NOON).now)
    for source in drawn.draw(st.lists(st.sampled_from(["okta", "entra"]))):
        metrics.declare(source)
    word = st.one_of(st.text(max_size=8), st.sampled_from([*CONTROLS, *ROLES, *KINDS, "okta"]))
    number = st.integers(-2, 9)

    metrics.events(drawn.draw(word), drawn.draw(st.sampled_from(Outcome)))
    metrics.refused(drawn.draw(word), drawn.draw(word))
    metrics.received(drawn.draw(word), drawn.draw(st.sampled_from(Reception)))
    metrics.reported(drawn.draw(word), NOON)
    metrics.heard(drawn.draw(word), NOON)
    metrics.finding(drawn.draw(st.one_of(st.binary(), word.map(a_change))))
    metrics.delivery(drawn.draw(word), drawn.draw(st.sampled_from(DeliveryResult)))
    metrics.canary_awaited(timedelta(0), {drawn.draw(word): NOON})
    metrics.canary_seen(drawn.draw(word), NOON, timedelta(0))
    counts, aside = {drawn.draw(word): {drawn.draw(word): 1}}, {drawn.draw(word): 1}
    metrics.health(drawn.draw(number), counts, aside)
    metrics.lag(drawn.draw(word), drawn.draw(number), records=1, seconds=0.5)
    metrics.position(drawn.draw(word), drawn.draw(number), 7)
    metrics.sizes(drawn.draw(word), drawn.draw(number), {drawn.draw(word): 3})
    metrics.halted(drawn.draw(word), drawn.draw(number), is_halted=True)

    assert strangers(metrics, sets) == set()


def exercise(metrics: Metrics, cases: int) -> None:
    """What an organisation with so many cases, one person each, makes a process say."""
    for case in range(cases):
        rule = ("APR-001", "EVD-002")[case % 2]
        metrics.finding(write(a_finding(case, rule=rule, number=case)))
        metrics.events(f"okta-{case}" if case % 20 == 0 else "okta", Outcome.RECORDED)
        metrics.health(case % 4, {rule: {"held": case, "broken": case % 7}})
        metrics.sizes("judge", case % 4, {Kept.OPEN_CASES: case})
        metrics.delivery("alertmanager", DeliveryResult.DELIVERED)


def say_everything(metrics: Metrics, sets: LabelSets) -> None:
    """Set off every series that this configuration has, with a stranger in each label."""
    for source, kind in product(all_of(sets, "source"), all_of(sets, "kind")):
        metrics.refused(source, kind)
        metrics.reported(source, NOON)
        metrics.heard(source, NOON)
    for source, outcome in product(all_of(sets, "source"), Outcome):
        metrics.events(source, outcome)
    for source, answer in product(all_of(sets, "source"), Reception):
        metrics.received(source, answer)
    for destination, result in product(all_of(sets, "destination"), DeliveryResult):
        metrics.delivery(destination, result)
    metrics.canary_awaited(timedelta(minutes=12), dict.fromkeys(all_of(sets, "destination"), NOON))
    metrics.canary_sent(NOON)
    for destination in all_of(sets, "destination"):
        metrics.canary_seen(destination, NOON, timedelta(seconds=1))
    say_everything_of_partitions(metrics, sets)
    say_everything_of_rules(metrics, sets)


def say_everything_of_partitions(metrics: Metrics, sets: LabelSets) -> None:
    """All roles on all partitions, and one more of each."""
    partitions = range(len(sets.values("partition")) + 1)
    for role, partition in product(all_of(sets, "role"), partitions):
        metrics.lag(role, partition, records=1, seconds=1)
        metrics.position(role, partition, 1)
        metrics.halted(role, partition, is_halted=False)
        metrics.sizes(role, partition, dict.fromkeys(all_of(sets, "item"), 1))


def say_everything_of_rules(metrics: Metrics, sets: LabelSets) -> None:
    """All changes and verdicts of all rules, and one more of each."""
    labels = (all_of(sets, "rule"), all_of(sets, "severity"), all_of(sets, "change"))
    for rule, severity, change in product(*labels):
        metrics.finding(write({"rule": rule, "severity": severity, "change": change}))
    verdicts = dict.fromkeys(all_of(sets, "verdict"), 1)
    counts = dict.fromkeys(all_of(sets, "rule"), verdicts)
    metrics.health(0, counts, dict.fromkeys(all_of(sets, "rule"), 1))


def all_of(sets: LabelSets, label: str) -> list[str]:
    """A closed set, and a value that is not in it."""
    return [*sets.values(label), "unheard-of"]


def a_change(rule: str) -> bytes:
    """A recorded change whose labels are all the same word."""
    return write({"rule": rule, "severity": rule, "change": rule})


def strangers(metrics: Metrics, sets: LabelSets) -> set[tuple[str, str]]:
    """Labels and values that are in no closed set."""
    pairs = {pair for _, labels in series(metrics) for pair in labels if pair[0] != "label"}
    return {
        (label, found)
        for label, found in pairs
        if label not in CONSTANT_LABELS and found != OTHER and found not in sets.values(label)
    }
