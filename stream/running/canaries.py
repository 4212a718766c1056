"""The canary beside whatever else a process does: sent in at an interval, awaited at each desk."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta

from stream.canary.case import write_canary
from stream.canary.sealing import KEY_FILE, Seal, kept_seal
from stream.canary.sighting import Sighting
from stream.clock import Clock
from stream.log import logger
from stream.metrics import Metrics
from stream.settings import Settings
from stream.web.receive import StorageUnavailableError

LOG = logger(__name__)

Send = Callable[[bytes], Awaitable[object]]
"""Puts a raw record where intake finds it. Raises StorageUnavailableError."""


def seal_of(settings: Settings) -> Seal | None:
    """What canaries are sealed with here, as far as it is known; None: there are none.

    On Kafka several processes have to know it, so it is a setting; embedded, the data directory
    keeps one that `make_seal` made.
    """
    if not settings.canary_seconds:
        return None
    if settings.canary_secret is not None:
        return Seal(settings.canary_secret.get_secret_value().encode())
    is_kept = not settings.kafka_bootstrap and (settings.data / KEY_FILE).exists()
    return kept_seal(settings.data) if is_kept else None


def make_seal(settings: Settings) -> Seal | None:
    """The same, made where the embedded host has none yet."""
    if settings.canary_seconds and not settings.kafka_bootstrap:
        return seal_of(settings) or kept_seal(settings.data)
    return seal_of(settings)


class Canaries:
    """What this process knows of canaries, in numbers and, where one is missing, in words.

    `names` are the destinations whose desks are of this process. Where nothing has come yet,
    waiting began with it.
    """

    def __init__(
        self, settings: Settings, names: Sequence[str], clock: Clock, metrics: Metrics
    ) -> None:
        self._seal = seal_of(settings)
        self._every = timedelta(seconds=settings.canary_seconds)
        self._patience = self._every + timedelta(seconds=settings.canary_bound_seconds)
        self._clock = clock
        self._metrics = metrics
        self._seen_at = dict.fromkeys(names if self._seal else (), clock.now())
        self._missing: set[str] = set()
        if self._seen_at:
            metrics.canary_awaited(self._patience, self._seen_at)

    def works(self, send: Send) -> list[Coroutine[None, None, None]]:
        """What is to be done all the time; nothing where no desk waits for a canary."""
        return [self._send_on(self._seal, send)] if self._seal and self._seen_at else []

    async def _send_on(self, seal: Seal, send: Send) -> None:
        """Send one now and then, until cancelled; one that can not be stored is not sent."""
        while True:
            now = self._clock.now()
            try:
                await send(write_canary(now, seal))
                self._metrics.canary_sent(now)
            except StorageUnavailableError as error:
                LOG.warning("canary not sent", reason=str(error))
            await asyncio.sleep(self._every.total_seconds())

    def sighted(self, destination: str, sighting: Sighting) -> None:
        """Take that one came through to a destination's desk."""
        if destination in self._seen_at:
            self._seen_at[destination] = sighting.seen_at
            self._metrics.canary_seen(destination, sighting.seen_at, sighting.round_trip)

    def missing(self) -> list[str]:
        """At which desks none has come for too long, a sentence each; the log hears of a change.

        That is until the next one is due, and then its time to come.
        """
        now = self._clock.now()
        late = {name: at for name, at in self._seen_at.items() if now - at > self._patience}
        self._tell(late)
        return [
            f"no canary has come through to {name} since {at:%Y-%m-%d %H:%M:%SZ}"
            for name, at in late.items()
        ]

    def _tell(self, late: dict[str, datetime]) -> None:
        for name in late.keys() - self._missing:
            LOG.error("canary missing", destination=name, since=late[name].isoformat())
        for name in self._missing - late.keys():
            LOG.info("canary came through", destination=name)
        self._missing = {*late}
