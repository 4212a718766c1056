"""Bodies that a source sends over HTTP: taken in within limits, answered once they are durable.

Nothing is read here but what the vendor's manner needs to know its sender. A body whose sender has
shown that it may speak for the source is handed on byte for byte; whether it can be read is
intake's question, and intake keeps it either way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta

from aiohttp import web

from rules.errors import FoureyesError
from stream.clock import Clock
from stream.metric_labels import Reception
from stream.metrics import Metrics
from stream.web.allowance import Allowance
from stream.web.answers import (
    BusyError,
    NoHandshakeError,
    NotStoredError,
    NotTakenError,
    TooManyError,
    UnauthenticatedError,
    UnknownSourceError,
)
from stream.web.body import BodyLimits, check_type, read_body
from stream.web.deliveries import Deliveries
from stream.web.manners.manner import TOLERANCE, Head, Manner, Reply, Sent


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
    bodies_per_second_max: int = 1_000
    """Of one source; a second's worth may come at once."""
    tolerance: timedelta = TOLERANCE
    """By how much a signed time may differ from our clock, either way."""
    store_seconds_max: float = 30.0
    retry_after_seconds: int = 5
    """When a sender that had to be sent away is asked to come back."""


class Receiver:
    """What answers `/in/<source>`: bodies by POST, and the handshakes that vendors ask for.

    `sources` says for each source in which manner its senders speak; None: in none, they prove
    nothing, which `serve` allows on a loopback address only.
    """

    def __init__(
        self,
        accept: Accept,
        *,
        sources: Mapping[str, Manner | None],
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
        self._allowance = Allowance(clock, self._limits.bodies_per_second_max)
        self._deliveries: Deliveries[Receipt] = Deliveries()

    @property
    def open_sources(self) -> tuple[str, ...]:
        """The sources that anybody who can connect may speak for."""
        return tuple(sorted(name for name, manner in self._sources.items() if manner is None))

    async def answer(self, request: web.Request) -> web.Response:
        """Take one body in and give the receipt, or answer a handshake, or say why not."""
        return await self._counted(request, self._take)

    async def greet(self, request: web.Request) -> web.Response:
        """Answer a handshake without a body (GET, OPTIONS), or say why not."""
        return await self._counted(request, self._greet)

    async def _counted(
        self,
        request: web.Request,
        act: Callable[[str, web.Request], Awaitable[tuple[web.Response, Reception]]],
    ) -> web.Response:
        source = request.match_info["source"]
        try:
            answer, reception = await act(source, request)
        except NotTakenError as error:
            self._metrics.received(source, error.reception)
            return error.answer()
        except Exception:
            self._metrics.received(source, Reception.FAILED)
            raise
        self._metrics.received(source, reception)
        return answer

    async def _greet(self, source: str, request: web.Request) -> tuple[web.Response, Reception]:
        manner, head = self._manner(source), _head(request)
        if manner is not None:
            reply = manner.greeting(head)
            if reply is not None:
                return _said(reply), Reception.GREETED
            _refuse(source, manner, manner.lacks(head))
        raise NoHandshakeError(source, method=request.method)

    async def _take(self, source: str, request: web.Request) -> tuple[web.Response, Reception]:
        manner, head = self._manner(source), _head(request)
        if manner is not None:
            reply = manner.greeting(head)
            if reply is not None:
                return _said(reply), Reception.GREETED
            _refuse(source, manner, manner.lacks(head))
        check_type(source, request)
        with self._place(source):
            body = await read_body(source, request, self._limits)
            sent = Sent(head, body, self._clock.now(), self._limits.tolerance)
            return await self._keep(source, manner, sent)

    async def _keep(
        self, source: str, manner: Manner | None, sent: Sent
    ) -> tuple[web.Response, Reception]:
        """Prove a body, and make it durable unless it is a handshake or known as a repeat."""
        if manner is None:
            self._check_allowance(source)
            receipt = await self._store(source, sent.body)
            return _receipt(source, None, sent, receipt), Reception.STORED
        _refuse(source, manner, manner.faults(sent))
        self._check_allowance(source)
        reply = manner.handshake(sent)
        if reply is not None:
            return _said(reply), Reception.GREETED
        delivery = manner.delivery(sent.head)
        known = self._deliveries.known(source, delivery, sent.body)
        if known is not None:
            return _receipt(source, manner, sent, known, repeat=True), Reception.REPEAT
        receipt = await self._store(source, manner.kept(sent))
        self._deliveries.remember(source, delivery, sent.body, receipt)
        return _receipt(source, manner, sent, receipt), Reception.STORED

    def _manner(self, source: str) -> Manner | None:
        if source not in self._sources:
            raise UnknownSourceError(source, known=self._sources)
        return self._sources[source]

    def _check_allowance(self, source: str) -> None:
        if not self._allowance.takes(source):
            limit = self._limits.bodies_per_second_max
            raise TooManyError(source, per_second_max=limit, seconds=1)

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


def _head(request: web.Request) -> Head:
    return Head(request.method, request.headers, request.query)


def _said(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


def _receipt(
    source: str, manner: Manner | None, sent: Sent, receipt: Receipt, *, repeat: bool = False
) -> web.Response:
    status = web.HTTPAccepted.status_code if manner is None else manner.accepted_status
    if status == web.HTTPNoContent.status_code:
        return web.Response(status=status)
    told = {"source": source, "bytes": len(sent.body), "stored": asdict(receipt)}
    if repeat:
        told["repeat"] = True
    return web.json_response(told, status=status)


def _refuse(source: str, manner: Manner, reason: str | None) -> None:
    if reason is not None:
        raise UnauthenticatedError(source, reason=reason, challenge=manner.challenge)
