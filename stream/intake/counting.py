"""What the sources tell, counted where policy asks about it: by the hour, and by their numbers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rules.counted import HOUR, Counts, Run, joined
from rules.machines.contract import JOURNAL, Output
from rules.machines.counting import write_counts
from rules.pattern_terms import Flow
from rules.windows import window_of
from stream.canonical import CODEC


class Counting:
    """What was counted of `sources`, those that policy names, since it was last taken out."""

    def __init__(self, flow: Flow) -> None:
        self._steady, self._consecutive = frozenset(flow.steady), frozenset(flow.consecutive)
        self.sources = self._steady | self._consecutive
        self._hours: dict[str, dict[datetime, int]] = {}
        self._numbers: dict[str, list[Run]] = {}

    def count(self, event: Mapping[str, Any]) -> None:
        """Count the event tree of one of the sources."""
        source, at = event["source"], event["occurred_at"]
        if source in self._steady:
            hours = self._hours.setdefault(source, {})
            hour = window_of(at, HOUR)
            hours[hour] = hours.get(hour, 0) + 1
        number = event.get("sequence")
        if number is not None and source in self._consecutive:
            self._numbers.setdefault(source, []).append(Run(number, number, at))

    def take(self) -> Iterator[Output]:
        """Take out what was counted, source by source: the journal's first partition is told."""
        hours, self._hours = self._hours, {}
        numbers, self._numbers = self._numbers, {}
        for source in sorted({*hours, *numbers}):
            runs = joined(numbers[source]) if source in numbers else ()
            counts = Counts(source=source, hours=hours.get(source, {}), numbers=tuple(runs))
            yield Output(JOURNAL, 0, write_counts(CODEC, counts))
