"""A delivery: one change of one finding on its way to one destination, under an id of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from rules.errors import FoureyesError
from rules.finding import Change, Finding

ID_HEX_DIGITS = 32


class Kind(StrEnum):
    """What a delivery asks of whoever hears it: ring, stand down, or take note."""

    FIRING = "firing"
    RESOLVED = "resolved"
    EVENT = "event"


KIND_OF = {
    Change.OPENED: Kind.FIRING,
    Change.UPDATED: Kind.FIRING,
    Change.WITHDRAWN: Kind.RESOLVED,
    Change.CONFIRMED: Kind.EVENT,
}
"""Confirmed is news without a bell: nothing has changed except that nothing will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is to be told to one destination.

    `id` follows from finding, number and destination alone, so whoever receives it may drop a
    repeat. `line` is the finding exactly as the log has it. `before` is what this destination was
    last told about the same finding, where that is still known. `also` are others of its group
    that are told with it, to a destination that tells groups.
    """

    id: str
    destination: str
    kind: Kind
    finding: Finding
    line: bytes
    before: Finding | None = None
    also: tuple["Delivery", ...] = ()


class Destination(Protocol):
    """Where deliveries go.

    - `deliver` returns when all of them have arrived, and raises `DestinationUnavailableError`
      (try again) or `DeliveryRefusedError` (never will) when any has not. After either it may be
      handed the same deliveries again, some of which may have arrived.
    - it is handed deliveries in the order of the log, at most `batch_max` at a time; `now` is the
      desk's clock.
    - `tells_groups` is whether one delivery may tell all that rings of a group (`Delivery.also`).
    - `resend` is how often an alert that still stands must be told again; None: once is enough.
    - `close` lets go of connections and files.
    """

    @property
    def name(self) -> str: ...

    @property
    def batch_max(self) -> int: ...

    @property
    def tells_groups(self) -> bool: ...

    @property
    def resend(self) -> timedelta | None: ...

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None: ...

    async def close(self) -> None: ...


class DestinationUnavailableError(FoureyesError):
    """A destination can not take deliveries now; whoever delivers tries again.

    `retry_after` is how long the destination asked to be left alone, if it did. The reason never
    carries an address, a credential or what the destination answered.
    """

    def __init__(
        self, *, destination: str, reason: str, retry_after: timedelta | None = None
    ) -> None:
        self.destination = destination
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(f"{destination} can not take deliveries now: {reason}")


class DeliveryRefusedError(FoureyesError):
    """A destination will never take a delivery; whoever delivers records that and goes on.

    The reason never carries an address, a credential or what the destination answered.
    """

    def __init__(self, *, destination: str, reason: str) -> None:
        self.destination = destination
        self.reason = reason
        super().__init__(f"{destination} refused a delivery for good: {reason}")


class InvalidDestinationError(FoureyesError, ValueError):
    """A destination is set up in a way that can never work; `found` never holds a secret."""

    def __init__(self, *, destination: str, what: str, found: str, expected: str) -> None:
        self.destination = destination
        self.what = what
        self.found = found
        self.expected = expected
        super().__init__(f"{destination}: {what} is {found}; expected {expected}")


def delivery_id(destination: str, finding: str, number: int) -> str:
    """Name a delivery: the same however often it is tried, and without a full stop in it."""
    text = "\x1f".join((destination, finding, str(number)))
    return f"msg_{hashlib.sha256(text.encode()).hexdigest()[:ID_HEX_DIGITS]}"
