"""How pulling goes, in numbers: answers, rows, waits, and how old the last good poll is."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from stream.pulling.answers import Meaning

Place = tuple[str, str]
"""A source and one of its feeds."""


class PullNumbers:
    """Counts for the feeds that are pulled; their names and the answers' are closed sets."""

    def __init__(self, registry: CollectorRegistry, places: Iterable[Place]) -> None:
        by = ("source", "feed")
        self._answers = Counter(
            "foureyes_pull_answers", "Pages asked for.", (*by, "answer"), registry=registry
        )
        self._rows = Counter(
            "foureyes_pull_rows", "Rows that were pulled.", (*by, "kind"), registry=registry
        )
        self._waited = Counter(
            "foureyes_pull_waited_seconds", "Waits a source asked for.", by, registry=registry
        )
        self._good = Gauge(
            "foureyes_pull_last_good_timestamp_seconds",
            "When a feed last gave an answer that could be read.",
            by,
            registry=registry,
        )
        self._mark = Gauge(
            "foureyes_pull_mark_timestamp_seconds",
            "The latest time a feed has told, by its own clock.",
            by,
            registry=registry,
        )
        for place in places:
            for meaning in Meaning:
                self._answers.labels(*place, meaning)
            for kind in ("new", "repeat"):
                self._rows.labels(*place, kind)
            self._waited.labels(*place)
            # Never, so far: whoever watches its age is told of a feed that never answered as well.
            self._good.labels(*place)

    def answered(self, place: Place, meaning: Meaning) -> None:
        """Count an answer, or that there was none."""
        self._answers.labels(*place, meaning).inc()

    def took(self, place: Place, *, new: int, repeats: int) -> None:
        """Count the rows of a page."""
        self._rows.labels(*place, "new").inc(new)
        self._rows.labels(*place, "repeat").inc(repeats)

    def waits(self, place: Place, seconds: float) -> None:
        """Count a wait that a source asked for."""
        self._waited.labels(*place).inc(seconds)

    def good(self, place: Place, at: datetime, mark: datetime) -> None:
        """Note a good poll, and how far the feed has told."""
        self._good.labels(*place).set(at.timestamp())
        self._mark.labels(*place).set(mark.timestamp())
