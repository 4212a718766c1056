"""The clock, and that nobody else looks at one."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stream.clock import Clock, FixedClock, SystemClock

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
STREAM = Path(__file__).parents[1] / "stream"


def test_the_system_clock_tells_utc_and_never_runs_backwards() -> None:
    """Intake stamps what it reads with this; a time without a zone would be refused later on."""
    clock: Clock = SystemClock()
    before = clock.monotonic()

    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() >= before


def test_a_fixed_clock_moves_only_when_it_is_told_to() -> None:
    """An operator may set the wall clock back; spans must still be measured right."""
    clock = FixedClock(NOON)
    clock.advance(timedelta(minutes=5))
    clock.advance(-timedelta(minutes=10))

    assert clock.now() == NOON - timedelta(minutes=5)
    assert clock.monotonic() == 300.0


def test_no_other_module_of_stream_reads_a_clock() -> None:
    """Ruff checks the imports; this also finds a check that somebody silenced."""
    readers = [
        path.name
        for path in sorted(STREAM.rglob("*.py"))
        if re.search(
            r"datetime\.now|utcnow|\btime\.(time|monotonic|perf_counter)", path.read_text()
        )
    ]

    assert readers == ["clock.py"]
