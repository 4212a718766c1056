"""What the systems send during the day: raw events, each with the moment at which it arrives."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from stream.demo.chance import Chance

DAY = datetime(2026, 10, 13, tzinfo=UTC)
"""A Tuesday."""
BEGINS = DAY + timedelta(hours=6)
ENDS = DAY + timedelta(hours=20)

REPEATED_PERCENT = 3
"""So many raw events are sent twice: a sender that got no answer in time tries again."""
REPEATED_WITHIN_MINUTES = 40


class RawEvent(NamedTuple):
    """The bytes as a source sends them, the stream they come on, and when they arrive."""

    arrives_at: datetime
    stream: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a source reports, in seconds; well within the delay its connector declares."""

    least: int
    most: int


def clock(hours: int, minutes: int = 0) -> datetime:
    """Give a time of the day."""
    return DAY + timedelta(hours=hours, minutes=minutes)


class Feed:
    """Gathers raw events while the day is written, and gives them in order of arrival."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._sent: list[RawEvent] = []

    def send(
        self, stream: str, payload: dict[str, Any], told_at: datetime, lateness: Lateness
    ) -> None:
        """Send a payload as late as its source usually is, and now and then once more."""
        body = orjson.dumps(payload)
        arrives_at = told_at + self._chance.seconds(lateness.least, lateness.most)
        self.once(stream, body, arrives_at)
        if self._chance.happens(REPEATED_PERCENT):
            self.once(stream, body, arrives_at + self._chance.minutes(1, REPEATED_WITHIN_MINUTES))

    def once(self, stream: str, body: bytes, arrives_at: datetime) -> None:
        """Send bytes that arrive at a given time."""
        self._sent.append(RawEvent(arrives_at, stream, body))

    def arrivals(self) -> list[RawEvent]:
        """Give what arrives until the day ends, in that order."""
        return sorted(each for each in self._sent if each.arrives_at <= ENDS)


def told(at: datetime) -> str:
    """Write a time as most systems do: UTC, milliseconds, `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
