"""What was counted is the same however it was cut, in any order, and said again."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import counted as module
from rules.counted import HOUR, Counted, Counts, Run, joined
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.rules.machines.small_world import NINE, at

NUMBERS = st.lists(st.integers(1, 40), max_size=30)


def runs_of(numbers: list[int]) -> tuple[Run, ...]:
    """Numbers as runs: each was told so many minutes after nine as it is large."""
    return tuple(joined([Run(each, each, at(each)) for each in numbers])) if numbers else ()


@looks(50)
@given(st.lists(NUMBERS, max_size=5))
def test_the_holes_are_the_numbers_that_nobody_told(lots: list[list[int]]) -> None:
    """Between the least and the greatest of all that anybody told, whoever told it first."""
    told = {number for lot in lots for number in lot}
    counted = Counted()
    for lot in lots:
        counted.take(Counts(source="sap", numbers=runs_of(lot)))

    holes = list(counted.holes())

    missing = {n for hole in holes for n in range(hole.first, hole.last + 1)}
    assert missing == set(range(min(told, default=0), max(told, default=0))) - told
    assert [hole.at for hole in holes] == [at(hole.last + 1) for hole in holes]


def test_the_first_time_that_a_number_was_told_counts() -> None:
    """A number that is told again is no later for it."""
    one, two = Run(5, 7, at(2)), Run(5, 9, at(1))

    assert list(joined([one, two])) == [Run(5, 9, at(1))]
    assert list(joined([two, one, Run(3, 4, at(3))])) == [Run(3, 9, at(3))]


def test_hours_are_added_up() -> None:
    """Two lanes of one source each tell of a part of an hour."""
    counted = Counted()
    for number in (3, 4):
        counted.take(Counts(source="sap", hours={NINE: number, NINE + number * HOUR: 1}))

    assert counted.hours == {NINE: 7, NINE + 3 * HOUR: 1, NINE + 4 * HOUR: 1}


def test_what_was_counted_is_written_down_and_read_again() -> None:
    """As a row of the patterns machine has it."""
    counted, again = Counted(), Counted()
    counted.take(Counts(source="sap", hours={NINE: 3}, numbers=runs_of([1, 2, 5])))

    again.recall(json.loads(CODEC.write(counted.told())))

    assert (again.hours, again.runs) == (counted.hours, counted.runs)


def test_no_more_is_kept_than_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest hours and the lowest runs go first."""
    monkeypatch.setattr(module, "HOURS_MAX", 2)
    monkeypatch.setattr(module, "RUNS_MAX", 2)
    counted = Counted()

    hours = {NINE + timedelta(hours=n): n for n in (3, 1, 2)}
    counted.take(Counts(source="sap", hours=hours, numbers=runs_of([1, 3, 5])))

    assert counted.hours == {NINE + 2 * HOUR: 2, NINE + 3 * HOUR: 3}
    assert [run.first for run in counted.runs] == [3, 5]
