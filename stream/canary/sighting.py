"""A canary that came through to a desk: recognised in the findings, and kept as a row."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from rules.canary import is_canary
from rules.finding import Change, Finding
from stream.canary.case import SAW

ROW = "canary"
"""The row of a desk that holds its latest sighting."""


class Sighting(NamedTuple):
    """When a canary was sent, and when all that a desk was told before it had been delivered."""

    sent_at: datetime
    seen_at: datetime

    @property
    def round_trip(self) -> timedelta:
        """How long it took; nothing where the clocks of two machines disagree."""
        return max(self.seen_at - self.sent_at, timedelta(0))

    def written(self) -> bytes:
        """The sighting as a row."""
        return f"{self.sent_at.isoformat()} {self.seen_at.isoformat()}".encode()


OnSighting = Callable[[str, Sighting], None]
"""Told the destination whose desk it came through to, and the sighting."""


def read_sighting(row: bytes) -> Sighting:
    """Read such a row. Raises ValueError."""
    sent_at, seen_at = row.decode().split(" ")
    return Sighting(datetime.fromisoformat(sent_at), datetime.fromisoformat(seen_at))


class Lookout:
    """The latest sighting of one desk, as a row that changes with it."""

    def __init__(self) -> None:
        self.sighting: Sighting | None = None
        self._is_new = False

    def see(self, sent_at: datetime | None, now: datetime) -> None:
        """Take the canary that came last, if it is another one."""
        if sent_at is not None and (self.sighting is None or self.sighting.sent_at < sent_at):
            self.sighting, self._is_new = Sighting(sent_at, now), True

    def changes(self) -> Iterator[tuple[str, bytes]]:
        """The row, if it has changed since this was last asked."""
        if self.sighting is not None and self._is_new:
            yield ROW, self.sighting.written()
        self._is_new = False

    def restore(self, row: bytes) -> None:
        """Take the row of an earlier desk. Raises ValueError."""
        self.sighting = read_sighting(row)


def sent_of(finding: Finding) -> datetime | None:
    """When the canary was sent whose alert this is; None: this is no such alert."""
    is_alert = finding.rule == SAW and finding.change is Change.OPENED
    return finding.at if is_canary(finding.tenant) and is_alert else None
