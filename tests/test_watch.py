"""What is watched of the machines becomes numbers and lines that somebody acts upon."""

import io
import logging
from datetime import timedelta

import orjson

from rules.policy import Policy
from stream.clock import FixedClock, SystemClock
from stream.log import Log
from stream.running.watch import Watch, metrics_for
from tests.intake.lanes import NOON, SOURCE, body, event, fed, intake, tick


def test_a_source_whose_clock_is_ahead_is_counted_and_told_once() -> None:
    """Each tick that was held back counts; the log says by how much, and when it is over."""
    clock, stream = FixedClock(NOON), io.StringIO()
    reader = intake(clock)
    metrics = metrics_for(clock, ["intake"], 1, [])
    watch = Watch(metrics, Policy())
    with Log(SystemClock(), stream=stream, level=logging.INFO):
        for minutes in (0, 30, 31):
            fed(reader, body(event(), tick((NOON + timedelta(minutes=minutes)).isoformat())))
            watch.look({("intake", 0): reader})
        clock.advance(timedelta(hours=1))
        fed(reader, body(tick((NOON + timedelta(minutes=32)).isoformat())))
        watch.look({("intake", 0): reader})
    counted = metrics.registry.get_sample_value(
        "foureyes_ticks_held_back_total", {"source": SOURCE}
    )
    lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]

    assert counted == 2.0
    assert [(line["event"], line.get("ahead_seconds")) for line in lines] == [
        ("source is ahead of our clock", 1800),
        ("source is no longer ahead of our clock", None),
    ]
