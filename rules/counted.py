"""What a source told, by the hour and by its own numbers: where it is less than it should be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

HOUR = timedelta(hours=1)
HOURS_MAX = 24 * 120
"""Hours kept of one source: two windows, and what they are compared with."""
RUNS_MAX = 1_000
"""Runs of numbers kept of one source: above that the oldest hole is no longer known."""


class Run(NamedTuple):
    """Numbers without a hole, from `first` to `last`; `at` is the time of the first one's event."""

    first: int
    last: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one reader of a source's records counted since it last said so.

    `hours`: events by the hour in which they occurred. `numbers`: the numbers that they bore, as
    runs in order.
    """

    source: str
    hours: Mapping[datetime, int] = field(default_factory=dict)
    numbers: tuple[Run, ...] = ()


class Counted:
    """Everything that was counted of one source, by whoever reads it and in any order."""

    __slots__ = ("hours", "runs")

    def __init__(self) -> None:
        self.hours: dict[datetime, int] = {}
        self.runs: list[Run] = []

    def take(self, counts: Counts) -> None:
        """Add what was counted; numbers that are told again change nothing."""
        for hour, number in counts.hours.items():
            self.hours[hour] = self.hours.get(hour, 0) + number
        if counts.numbers:
            self.runs = list(joined([*self.runs, *counts.numbers]))[-RUNS_MAX:]
        if len(self.hours) > HOURS_MAX:
            self.hours = dict(sorted(self.hours.items())[-HOURS_MAX:])

    def holes(self) -> Iterator[Run]:
        """Give the numbers that nobody told, as runs; `at`: when the one after them was told."""
        for before, after in zip(self.runs, self.runs[1:], strict=False):
            yield Run(before.last + 1, after.first - 1, after.at)

    def told(self) -> dict[str, Any]:
        """What was counted, as a plain tree."""
        hours = {hour.isoformat(): number for hour, number in sorted(self.hours.items())}
        return {"hours": hours, "numbers": [list(run) for run in self.runs]}

    def recall(self, told: Mapping[str, Any]) -> None:
        """Take what `told` gave, written down and read again."""
        counts = read_counted("", told)
        self.hours, self.runs = dict(counts.hours), list(counts.numbers)


def joined(runs: list[Run]) -> Iterator[Run]:
    """Join runs that overlap or follow each other, in any order."""
    runs = sorted(runs)
    now = runs[0]
    for run in runs[1:]:
        if run.first <= now.last + 1:
            at = min(now.at, run.at) if run.first == now.first else now.at
            now = Run(now.first, max(now.last, run.last), at)
        else:
            yield now
            now = run
    yield now


def read_counted(source: str, told: Mapping[str, Any]) -> Counts:
    """Read counts from a plain tree, its times as text."""
    return Counts(
        source=source,
        hours={datetime.fromisoformat(hour): n for hour, n in told["hours"].items()},
        numbers=tuple(
            Run(first, last, datetime.fromisoformat(at)) for first, last, at in told["numbers"]
        ),
    )
