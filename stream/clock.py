"""The one place that asks the machine what time it is."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is.

    - `now` is an aware time in UTC. It may jump when the machine's clock is set.
    - `monotonic` is in seconds, from an arbitrary start; it never goes back. Measure spans with it.
    """

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()


class FixedClock:
    """A clock that stands still until it is moved: for tests, demos and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._seconds = 0.0

    def now(self) -> datetime:
        """The moment it was last moved to."""
        return self._at

    def monotonic(self) -> float:
        """Seconds by which it was advanced."""
        return self._seconds

    def advance(self, span: timedelta) -> None:
        """Let time pass. A negative span sets `now` back, as an operator may; never `monotonic`."""
        self._at += span
        self._seconds += max(0.0, span.total_seconds())
