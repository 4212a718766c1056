"""Intake counts what policy asks about, and says so before it says how far a source has come."""

from rules.counted import Counts, Run
from rules.machines.contract import JOURNAL, Output, Record
from rules.machines.counting import read_counts
from rules.machines.records import read_header
from rules.pattern_terms import Flow
from tests.intake.lanes import SOURCE, body, event, intake, tick
from tests.rules.machines.small_world import NINE, at

ELEVEN, NOON = at(120), at(180)
ASKED = Flow(consecutive=(SOURCE,), steady=(SOURCE,))
NUMBERED = body(
    event("1", sequence=1),
    event("2", sequence=4, TIME="2026-11-02T12:00:00Z"),
    event("3", sequence=2, TIME="2026-11-02T11:30:00Z"),
    event("4"),
)


def counted(outputs: list[Output]) -> list[Counts]:
    """What was said of counts: to one partition only, so that nothing counts twice."""
    said = [each for each in outputs if b'"record":"counted"' in each.value]
    assert {(each.log, each.partition) for each in said} <= {(JOURNAL, 0)}
    return [read_counts(read_header(each.value)) for each in said]


def test_events_are_counted_by_the_hour_and_by_their_numbers() -> None:
    """Numbers that follow each other are one run; an event without one has only its hour."""
    (told,) = counted(intake(flow=ASKED).feed([Record(0, NUMBERED)]))

    assert NINE.hour == 9
    assert told.hours == {ELEVEN: 3, NOON: 1}
    assert told.numbers == (Run(1, 2, ELEVEN), Run(4, 4, NOON))


def test_what_was_said_is_not_said_again() -> None:
    """Each batch says what came with it."""
    lane = intake(flow=ASKED)
    lane.feed([Record(0, NUMBERED)])

    (told,) = counted(lane.feed([Record(1, body(event("5", sequence=3)))]))

    assert told == Counts(source=SOURCE, hours={ELEVEN: 1}, numbers=(Run(3, 3, ELEVEN),))
    assert counted(lane.feed([])) == []


def test_nothing_is_counted_that_policy_does_not_ask_about() -> None:
    """Neither of a source that it does not name, nor what it does not ask of one."""
    others = Flow(consecutive=("iga/other",), steady=("iga/other",))
    (hours,) = counted(intake(flow=Flow(steady=(SOURCE,))).feed([Record(0, NUMBERED)]))
    (numbers,) = counted(intake(flow=Flow(consecutive=(SOURCE,))).feed([Record(0, NUMBERED)]))

    assert counted(intake().feed([Record(0, NUMBERED)])) == []
    assert counted(intake(flow=others).feed([Record(0, NUMBERED)])) == []
    assert (bool(hours.hours), hours.numbers) == (True, ())
    assert (numbers.hours, bool(numbers.numbers)) == ({}, True)


def test_what_was_counted_leaves_before_the_tick_behind_it() -> None:
    """Else a number would be missed that is on its way."""
    told = intake(flow=ASKED).feed([Record(0, body(event("1", sequence=1), tick()))])
    kinds = [read_header(each.value.split(b"\n")[0])["record"] for each in told]

    assert kinds.index("counted") < kinds.index("ticks")
