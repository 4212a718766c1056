"""Up to when sources have reported: by the clock, by their events, by their own word."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import JOURNAL, LINKS
from rules.machines.records import EVERY_SOURCE
from rules.policy import Policy, Progress, SourcePolicy
from stream.clock import FixedClock
from stream.connectors import connector
from stream.intake.intake import Intake
from tests.intake.lanes import LAYOUT, NOON, SOURCE, Heard, body, event, fed, heard, intake, tick

DELAY = connector("native").delay
OTHER = "iga/other"


def said(at: datetime) -> str:
    """A time as a tick has it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def pulsed(reader: Intake, *, caught_up: bool = True) -> dict[str, str]:
    """The ticks of one pulse."""
    return heard(reader.pulse(caught_up=caught_up)).until


def of(**expected: object) -> SourcePolicy:
    """What is expected of our source."""
    return SourcePolicy(name=SOURCE, **expected)  # type: ignore[arg-type]


def restarted(reader: Intake, clock: FixedClock, *sources: SourcePolicy) -> Intake:
    """The next process's intake, with the state that this one left."""
    rows = [(name, row) for name, row in reader.changes() if row is not None]
    successor = intake(clock, sources=sources)
    successor.restore(rows)
    return successor


def test_once_all_is_read_the_clock_less_the_delay_counts() -> None:
    """Every source that was heard, and `*` for those that may still begin to speak."""
    clock = FixedClock(NOON)
    reader = intake(clock)
    fed(reader, body(event()))
    clock.advance(timedelta(hours=2))

    until = said(NOON + timedelta(hours=2) - DELAY)
    assert pulsed(reader) == {EVERY_SOURCE: until, SOURCE: until}


def test_while_records_wait_the_last_one_that_was_read_counts() -> None:
    """Behind by an hour: nothing is called missing that may lie in what still waits."""
    clock = FixedClock(NOON)
    reader = intake(clock)
    read_at = NOON - timedelta(hours=1)
    fed(reader, body(event()), at_ms=int(read_at.timestamp() * 1000))

    assert pulsed(reader, caught_up=False)[SOURCE] == said(read_at - DELAY)
    assert pulsed(reader)[SOURCE] == said(NOON - DELAY)


def test_nothing_is_said_of_records_that_wait_before_one_was_read() -> None:
    """A new process that has read nothing yet does not know how far back the next record is."""
    clock = FixedClock(NOON)
    reader = intake(clock)
    fed(reader, body(event()), at_ms=int(NOON.timestamp() * 1000))
    clock.advance(timedelta(hours=3))
    successor = restarted(reader, clock)

    assert pulsed(successor, caught_up=False) == {}
    assert pulsed(successor)[SOURCE] == said(NOON + timedelta(hours=3) - DELAY)


def test_a_lane_in_which_nobody_has_spoken_says_nothing() -> None:
    """There is no time to move where there is no source; one of several lanes speaks for all."""
    assert pulsed(intake()) == {}
    assert pulsed(intake(lanes=("raw/0", "raw/1"))) == {EVERY_SOURCE: said(NOON - DELAY)}


def test_policy_has_the_last_word_on_the_delay() -> None:
    """An operator who knows the source better than its connector does."""
    reader = intake(sources=[of(delay=timedelta(hours=1))])
    fed(reader, body(event(), {**event("2"), "source": OTHER}))

    assert pulsed(reader) == {
        EVERY_SOURCE: said(NOON - DELAY),
        SOURCE: said(NOON - timedelta(hours=1)),
        OTHER: said(NOON - DELAY),
    }


def test_by_its_events_the_latest_of_the_lane_counts() -> None:
    """A backfill of last year: its own time moves on, not today's."""
    reader = intake(progress=Progress.EVENTS)
    early, late = NOON - timedelta(days=300), NOON - timedelta(days=299)
    fed(reader, body(event("1", TIME=said(late)), event("2", TIME=said(early))))

    assert pulsed(reader) == {EVERY_SOURCE: said(late - DELAY), SOURCE: said(late - DELAY)}


@pytest.mark.parametrize("is_restarted", [False, True])
def test_who_tells_its_own_progress_is_not_guessed_at(is_restarted: bool) -> None:  # noqa: FBT001
    """From its first tick on, for good: also the next process asks no clock for it."""
    clock = FixedClock(NOON)
    reader = intake(clock)
    before = fed(reader, body(event(), tick("2026-11-02T11:30:00Z")))
    if is_restarted:
        reader = restarted(reader, clock)
    clock.advance(timedelta(hours=5))

    assert before.until == {SOURCE: "2026-11-02T11:30:00Z"}
    assert SOURCE not in pulsed(reader)


@given(st.integers(-600, 600), st.sampled_from([Progress.TOLD, Progress.EVENTS]))
def test_a_source_whose_clock_is_ahead_is_believed_up_to_the_present(
    seconds: int, progress: Progress
) -> None:
    """And the skew that policy allows: by its word or its events' times, nothing is due early."""
    skew, ahead = Policy().approvals.clock_skew, NOON + timedelta(seconds=seconds)
    reader = intake(sources=[of(progress=progress, delay=timedelta(0))])
    told = event(TIME=said(ahead)) if progress is Progress.EVENTS else tick(said(ahead))
    heard_of = fed(reader, body(event(TIME=said(NOON - timedelta(days=1))), told)).until
    until = heard_of or pulsed(reader)

    assert until[SOURCE] == said(min(ahead, NOON + skew))
    is_ahead = ahead > NOON + skew
    assert reader.progress.held_back == ({SOURCE: 1} if is_ahead else {})
    assert reader.progress.ahead == ({SOURCE: ahead - NOON} if is_ahead else {})


def test_a_file_tells_of_a_time_of_its_own() -> None:
    """No clock of ours is asked about it: a file read twice says the same twice."""
    ahead = said(NOON + timedelta(days=400))

    assert fed(intake(progress=Progress.EVENTS), body(event(), tick(ahead))).until == {
        SOURCE: ahead
    }


def test_policy_may_ask_for_the_sources_own_word() -> None:
    """Until it comes, nothing is said for this source."""
    reader = intake(sources=[of(progress=Progress.TOLD)])
    declared = fed(reader, body(event())).declared

    assert SOURCE not in pulsed(reader)
    assert {each["told"] for each in declared} == {True}


def test_a_source_that_falls_silent_stops_the_clock_for_itself() -> None:
    """Unheard for longer than policy allows: it has reported up to then, and no further."""
    clock = FixedClock(NOON)
    reader = intake(clock, sources=[of(silent_after=timedelta(hours=1))])
    fed(reader, body(event(), {**event("2"), "source": OTHER}))
    clock.advance(timedelta(hours=8))
    silent = pulsed(reader)
    fed(reader, body(event("3")))

    assert silent[SOURCE] == said(NOON + timedelta(hours=1))
    assert silent[OTHER] == said(NOON + timedelta(hours=8) - DELAY)
    assert pulsed(reader)[SOURCE] == said(NOON + timedelta(hours=8) - DELAY)


def test_who_was_heard_before_a_restart_is_still_known() -> None:
    """A source that is quiet since: its time goes on, so that what it never brought is missed."""
    clock = FixedClock(NOON)
    reader = intake(clock)
    fed(reader, body(event()))
    pulsed(reader)
    clock.advance(timedelta(hours=8))

    assert pulsed(restarted(reader, clock))[SOURCE] == said(NOON + timedelta(hours=8) - DELAY)


def test_who_was_silent_before_a_restart_is_silent_after_it() -> None:
    """A restart is no sign of life."""
    clock = FixedClock(NOON)
    expected = of(silent_after=timedelta(hours=1))
    reader = intake(clock, sources=[expected])
    fed(reader, body(event()))
    clock.advance(timedelta(hours=8))
    successor = restarted(reader, clock, expected)

    assert pulsed(successor)[SOURCE] == said(NOON + timedelta(hours=1))


def test_ticks_go_wherever_the_sources_events_may_be() -> None:
    """Every partition of the journal, and of the links log where events may lack a case."""
    reader = intake()
    fed(reader, body(event()))
    places = [(log, partition) for log, partition, _ in heard(reader.pulse(caught_up=True)).ticks]

    assert sorted(places) == sorted(
        [(JOURNAL, n) for n in range(LAYOUT.journal)] + [(LINKS, n) for n in range(LAYOUT.links)]
    )


def test_what_a_source_carries_is_declared_when_it_is_first_heard() -> None:
    """Once in every partition of the journal, before its first event; again when it tells more."""
    reader = intake(lanes=("raw/0", "raw/1"))
    first = fed(reader, body(event("1"), event("2")))
    more = fed(reader, body({**event("3"), "type": "iga.denied"}))
    again = fed(reader, body(event("4"), {**event("5"), "type": "iga.denied"}))

    assert [(each["partition"], each["carries"]) for each in first.declared] == [
        (number, ["approved"]) for number in range(LAYOUT.journal)
    ]
    assert first.declared[0]["connector"] == "native"
    assert first.declared[0]["heard_in"] == ["raw/0"]
    assert set(first.declared[0]["lanes"]) == {
        lane + way for lane in ("raw/0", "raw/1") for way in ("", *THROUGH)
    }
    assert {tuple(each["carries"]) for each in more.declared} == {("approved", "denied")}
    assert again.declared == []


THROUGH = tuple(f">{LINKS}/{partition}" for partition in range(LAYOUT.links))


def test_a_restarted_intake_declares_nothing_twice() -> None:
    """What was declared is part of its state, with what it has counted."""
    clock = FixedClock(NOON)
    reader = intake(clock)
    fed(reader, body(event(), tick(source=OTHER), 17))
    successor = restarted(reader, clock)
    again: Heard = fed(successor, body(event("2"), tick("2026-11-02T11:40:00Z", OTHER)))

    assert again.declared == []
    assert successor.counts == {"events": 2, "ticks": 2, "refused": 1}
    assert successor.head() == b"2:1:2"
