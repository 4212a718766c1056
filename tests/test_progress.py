"""How far long work is: bars for people who look on, a line now and then for a file."""

import io
from datetime import UTC, datetime, timedelta

from stream.clock import FixedClock
from stream.progress import LINE_SECONDS, Meter, Together, counted
from stream.running.restoring import Takeovers

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Terminal(io.StringIO):
    """What looks like a terminal to whoever asks."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def told_to(out: io.StringIO, seconds: float) -> str:
    """What is written of work that takes so long between two of its steps."""
    clock = FixedClock(NOW)
    with Meter("verify", out, clock) as meter:
        meter.expect("entries", 5_000)
        meter.told("entries", 1_000)
        clock.advance(timedelta(seconds=seconds))
        meter.told("entries", 1_500)
        meter.told("cases", 2)
    return out.getvalue()


def test_a_file_gets_a_line_now_and_then() -> None:
    """What is done and what is still to come, in words."""
    assert told_to(io.StringIO(), LINE_SECONDS) == "verify: 2,500 of 5,000 entries\n"


def test_work_that_is_soon_done_says_nothing() -> None:
    """Nobody waits for it."""
    assert told_to(io.StringIO(), 1.0) == ""
    assert told_to(Terminal(), 0.0) == ""


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    """It is drawn, and the line that it stood in is cleared in the end."""
    written = told_to(Terminal(), 1.0)

    assert "2,500 entries" in written
    assert written.endswith("\x1b[2K")


def test_lines_can_go_where_everything_else_is_told() -> None:
    """Beside others that write to the same terminal no bar is drawn."""
    clock, said = FixedClock(NOW), list[str]()
    with Meter("restoring", Terminal(), clock, say=said.append, draws=False) as meter:
        clock.advance(timedelta(seconds=LINE_SECONDS))
        rows = list(counted(range(1_234), meter, "rows of judge 0"))

    assert rows == list(range(1_234))
    assert said == ["500 rows of judge 0"]


def test_each_that_is_counted_is_told() -> None:
    """Also those at the end that are fewer than are told together."""
    clock, said = FixedClock(NOW), list[str]()
    meter = Meter("restoring", io.StringIO(), clock, say=said.append)
    for _ in counted(range(501), meter, "rows"):
        clock.advance(timedelta(seconds=LINE_SECONDS))

    assert said == ["500 rows", "501 rows"]


def test_works_one_after_the_other_are_told_as_one() -> None:
    """What each expects is added to what those before it did."""
    clock, said = FixedClock(NOW), list[str]()
    together = Together(Meter("restoring", io.StringIO(), clock, say=said.append))
    for count in (3, 4):
        together.expect("records replayed", count)
        clock.advance(timedelta(seconds=LINE_SECONDS))
        together.told("records replayed", count)

    assert said == ["3 of 3 records replayed", "7 of 7 records replayed"]


def test_what_a_worker_takes_over_at_its_start_is_drawn_as_one_until_it_is_at_work() -> None:
    """Two partitions at a time: one bar for each step; once they are at work, nothing is drawn."""
    out, clock = Terminal(), FixedClock(NOW)
    takeovers = Takeovers(clock, out)
    one, other = takeovers.steps(), takeovers.steps()
    for each in (one, other):
        each.expect("records", 1_000)
        clock.advance(timedelta(seconds=1))
        each.told("records", 400)
    drawn = out.getvalue()
    takeovers.look(is_ready=False)
    takeovers.look(is_ready=True)
    left = out.getvalue()
    later = takeovers.steps()
    later.expect("records", 10)
    clock.advance(timedelta(seconds=1))
    later.told("records", 5)

    assert "800 records" in drawn
    assert "\x1b[2K" in left.removeprefix(drawn)
    assert out.getvalue() == left
