"""Bodies that a source sends over HTTP: taken in within limits, answered once they are durable.

Nothing is parsed here. A body whose sender has shown that it may speak for the source is handed
on byte for byte; whether it can be read is intake's question, and intake keeps it either way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from aiohttp import web

from rules.errors import FoureyesError
from stream.clock import Clock
from stream.metric_labels import Reception
from stream.metrics import Metrics
from stream.web.answers import (
    BusyError,
    NotStoredError,
    NotTakenError,
    UnauthenticatedError,
    UnknownSourceError,
)
from stream.web.authenticate import Proof, Sent
from stream.web.body import BodyLimits, check_type, read_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a body was stored, for good."""

    log: str
    partition: int
    offset: int


class StorageUnavailableError(FoureyesError):
    """What would store a body is away or full; whoever sent it keeps it and tries again."""

    def __init__(self, *, storage: str, reason: str) -> None:
        self.storage = storage
        self.reason = reason
        super().__init__(f"{storage}: {reason}")


Accept = Callable[[str, bytes], Awaitable[Receipt]]
"""Makes a body of a source durable.

It returns only once that is so, raises StorageUnavailableError where it can not be, and is
cancelled after `store_seconds_max`: what must not be cut off it has to shield. A body may then be
stored although its sender was told to try again; intake knows a repeat.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveLimits(BodyLimits):
    """What taking in may cost at once, and how long storing may take."""

    in_flight_max: int = 32
    """Bodies being read or stored at the same time."""
    store_seconds_max: float = 30.0
    retry_after_seconds: int = 5
    """When a sender that had to be sent away is asked to come back."""


class Receiver:
    """What answers `POST /in/<source>`.

    `sources` says for each source how its senders prove themselves; None: not at all, which
    `serve` allows on a loopback address only.
    """

    def __init__(
        self,
        accept: Accept,
        *,
        sources: Mapping[str, Proof | None],
        metrics: Metrics,
        clock: Clock,
        limits: ReceiveLimits | None = None,
    ) -> None:
        self._accept = accept
        self._sources = dict(sources)
        self._metrics = metrics
        self._clock = clock
        self._limits = limits or ReceiveLimits()
        self._in_flight = 0

    @property
    def open_sources(self) -> tuple[str, ...]:
        """The sources that anybody who can connect may speak for."""
        return tuple(sorted(name for name, proof in self._sources.items() if proof is None))

    async def answer(self, request: web.Request) -> web.Response:
        """Take one body in and give the receipt, or say why not."""
        source = request.match_info["source"]
        try:
            body = await self._take(source, request)
        except NotTakenError as error:
            self._metrics.received(source, error.reception)
            return error.answer()
        except Exception:
            self._metrics.received(source, Reception.FAILED)
            raise
        self._metrics.received(source, Reception.STORED)
        return body

    async def _take(self, source: str, request: web.Request) -> web.Response:
        if source not in self._sources:
            raise UnknownSourceError(source, known=self._sources)
        proof = self._sources[source]
        if proof is not None:
            _refuse(source, proof, proof.lacks(request.headers))
        check_type(source, request)
        with self._place(source):
            body = await read_body(source, request, self._limits)
            if proof is not None:
                sent = Sent(request.headers, body, self._clock.now())
                _refuse(source, proof, proof.faults(sent))
            receipt = await self._store(source, body)
        told = {"source": source, "bytes": len(body), "stored": asdict(receipt)}
        return web.json_response(told, status=web.HTTPAccepted.status_code)

    async def _store(self, source: str, body: bytes) -> Receipt:
        limits = self._limits
        try:
            async with asyncio.timeout(limits.store_seconds_max):
                return await self._accept(source, body)
        except StorageUnavailableError as error:
            reason = str(error)
        except TimeoutError:
            reason = f"it took longer than {limits.store_seconds_max:g} s"
        raise NotStoredError(source, reason=reason, seconds=limits.retry_after_seconds)

    @contextmanager
    def _place(self, source: str) -> Iterator[None]:
        limits = self._limits
        if self._in_flight >= limits.in_flight_max:
            raise BusyError(
                source, in_flight_max=limits.in_flight_max, seconds=limits.retry_after_seconds
            )
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1


def _refuse(source: str, proof: Proof, reason: str | None) -> None:
    if reason is not None:
        raise UnauthenticatedError(source, reason=reason, challenge=proof.challenge)
