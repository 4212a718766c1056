"""Carrying deliveries to one destination, in order, for as long as it takes."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rules.errors import FoureyesError
from stream.clock import Clock
from stream.desk.delivery import (
    Delivery,
    DeliveryRefusedError,
    Destination,
    DestinationUnavailableError,
)
from stream.log import logger

LOG = logger(__name__)


class Result(StrEnum):
    """What became of an attempt; a closed set, fit for a metric's label."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    REJECTED = "rejected"


OnResult = Callable[[str, Result], None]
"""Told the destination and the result: once for each change that arrived or was refused, and for
each failed attempt once for each delivery in it. Reminders that arrive are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited before the next attempt. There is no last attempt: nothing is lost."""

    first_seconds: float = 0.5
    """The pause after the first failure, before jitter; each further one is twice as long."""
    longest_seconds: float = 60.0
    """No pause that we choose ourselves is longer."""
    retry_after_seconds_max: float = 3600.0
    """A destination that asks to be left alone is left alone no longer than this."""
    look_up_seconds: float = 1.0
    """While waiting, how often is asked whether the delivery is still ours to make."""


class NoLongerOursError(FoureyesError):
    """A delivery was given up before it arrived: somebody else makes it now."""

    def __init__(self, *, destination: str, deliveries: Sequence[Delivery]) -> None:
        self.destination = destination
        self.deliveries = tuple(deliveries)
        super().__init__(f"{len(deliveries)} deliveries to {destination} are no longer ours")


def pause_seconds(delivery: str, attempt: int, patience: Patience) -> float:
    """How long to wait after the failed attempt number `attempt` (from 1).

    Twice as long each time, up to the longest, and between half and all of that by the delivery's
    id: so that what failed together does not come back together, and the same again each time.
    """
    # A float overflows beyond 2**1023; by 2**32 every sensible patience is at its longest.
    whole = min(patience.first_seconds * 2.0 ** min(attempt - 1, 32), patience.longest_seconds)
    digest = hashlib.sha256(f"{delivery}\x1f{attempt}".encode()).digest()
    return whole * (0.5 + int.from_bytes(digest[:4]) / 2**33)


class Courier:
    """Carries deliveries to one destination.

    - `carry` returns once each delivery has arrived or was refused for good, and gives the
      refused; a destination that is down is tried for as long as `ours` says yes, else
      `NoLongerOursError` is raised.
    - a refused delivery is written to the log with its finding and passed over, so that it does
      not stand in the way of the others for ever. Of a refused batch each is tried alone.
    - `remind` tries once, since the next round comes anyway; it also gives the refused. It leaves
      out what no longer `stands` by the time its turn comes.
    - the two may run at the same time: one attempt waits for the other, so that a reminder never
      overtakes the news that an alert is over.
    """

    def __init__(
        self,
        destination: Destination,
        clock: Clock,
        *,
        patience: Patience | None = None,
        on_result: OnResult = lambda _destination, _result: None,
    ) -> None:
        self.destination = destination
        self._clock = clock
        self._patience = patience or Patience()
        self._on_result = on_result
        self._turn = asyncio.Lock()

    async def carry(
        self, deliveries: Sequence[Delivery], ours: Callable[[], bool] = lambda: True
    ) -> list[Delivery]:
        """Bring all of them there, in order."""
        refused = []
        for batch in _batches(deliveries, self.destination.batch_max):
            refused += await self._persist(batch, ours)
        return refused

    async def remind(
        self, deliveries: Sequence[Delivery], stands: Callable[[Delivery], bool]
    ) -> list[Delivery]:
        """Tell again what still stands; give up at the first sign that the destination is down."""
        refused: list[Delivery] = []
        for batch in _batches(deliveries, self.destination.batch_max):
            try:
                async with self._turn:
                    refused += await self._offer([each for each in batch if stands(each)])
            except DestinationUnavailableError as error:
                self._count(Result.RETRIED, len(batch))
                LOG.warning(
                    "reminder failed", destination=self.destination.name, reason=error.reason
                )
                break
        return refused

    async def _persist(self, batch: Sequence[Delivery], ours: Callable[[], bool]) -> list[Delivery]:
        attempt = 0
        while ours():
            try:
                async with self._turn:
                    refused = await self._offer(batch)
            except DestinationUnavailableError as error:
                attempt += 1
                await self._wait(batch, attempt, error, ours)
            else:
                self._count(Result.DELIVERED, len(batch) - len(refused))
                return refused
        raise NoLongerOursError(destination=self.destination.name, deliveries=batch)

    async def _offer(self, batch: Sequence[Delivery]) -> list[Delivery]:
        """Try once; where the whole is refused, find out which of them is meant."""
        if not batch:
            return []
        try:
            await self.destination.deliver(batch, self._clock.now())
        except DeliveryRefusedError as error:
            if len(batch) == 1:
                self._reject(batch[0], error)
                return list(batch)
            refused = []
            for one in batch:
                refused += await self._offer([one])
            return refused
        return []

    async def _wait(
        self,
        batch: Sequence[Delivery],
        attempt: int,
        error: DestinationUnavailableError,
        ours: Callable[[], bool],
    ) -> None:
        pause = self._pause(batch[0].id, attempt, error.retry_after)
        self._count(Result.RETRIED, len(batch))
        LOG.warning(
            "delivery failed",
            destination=self.destination.name,
            reason=error.reason,
            attempt=attempt,
            again_in_seconds=round(pause, 3),
            waiting=len(batch),
        )
        while pause > 0 and ours():
            step = min(pause, self._patience.look_up_seconds)
            await asyncio.sleep(step)
            pause -= step

    def _pause(self, delivery: str, attempt: int, retry_after: timedelta | None) -> float:
        pause = pause_seconds(delivery, attempt, self._patience)
        if retry_after is None:
            return pause
        asked = min(retry_after.total_seconds(), self._patience.retry_after_seconds_max)
        return max(pause, asked)

    def _reject(self, delivery: Delivery, error: DeliveryRefusedError) -> None:
        self._count(Result.REJECTED, 1)
        LOG.error(
            "delivery rejected",
            destination=self.destination.name,
            delivery=delivery.id,
            finding=delivery.finding.finding,
            number=delivery.finding.number,
            change=delivery.finding.change.value,
            reason=error.reason,
        )

    def _count(self, result: Result, times: int) -> None:
        for _ in range(times):
            self._on_result(self.destination.name, result)


def _batches(deliveries: Sequence[Delivery], size: int) -> Iterator[Sequence[Delivery]]:
    for start in range(0, len(deliveries), size):
        yield deliveries[start : start + size]
