"""A real server on a free loopback port, with a shelf behind it in place of a journal."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from stream.clock import FixedClock
from stream.metric_labels import LabelSets
from stream.metrics import Metrics
from stream.web.manners import Manner
from stream.web.manners.bearer import Bearer
from stream.web.receive import Receipt, ReceiveLimits, Receiver
from stream.web.server import Patience, build_app, serve

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
TOKEN = "correct-horse-battery-staple"  # noqa: S105 - opens nothing but a test
WITH_TOKEN = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}


class Shelf:
    """Stores bodies, one after the other, unless it is told to fail or to wait."""

    def __init__(self) -> None:
        self.stored: list[tuple[str, bytes]] = []
        self.failure: Exception | None = None
        self.opened = asyncio.Event()
        self.opened.set()
        self.waiting = 0

    async def accept(self, source: str, body: bytes) -> Receipt:
        """Put a body on the shelf, as soon as it is open."""
        self.waiting += 1
        try:
            await self.opened.wait()
        finally:
            self.waiting -= 1
        if self.failure is not None:
            raise self.failure
        self.stored.append((source, body))
        return Receipt(log="iga.raw", partition=0, offset=len(self.stored) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server and what stands behind it."""

    port: int
    shelf: Shelf
    metrics: Metrics
    clock: FixedClock

    def counted(self, source: str, answer: str) -> float:
        """How many bodies of a source were answered like this."""
        labels = {"source": source, "answer": answer}
        return self.metrics.registry.get_sample_value("foureyes_received_bodies_total", labels) or 0


def always_ready() -> list[str]:
    """Nothing stands in the way."""
    return []


def some_sources() -> dict[str, Manner | None]:
    """One source with a token, one that anybody on this machine may speak for."""
    return {"iga/acme": Bearer.made("iga/acme", [TOKEN]), "local": None}


@asynccontextmanager
async def serving(
    sources: Mapping[str, Manner | None] | None = None,
    *,
    limits: ReceiveLimits | None = None,
    patience: Patience | None = None,
    readiness: Callable[[], list[str]] = always_ready,
) -> AsyncIterator[Serving]:
    """Run a server for the length of a test."""
    sources = some_sources() if sources is None else sources
    clock = FixedClock(NOON)
    sets = LabelSets(controls_by_rule={}, refusal_kinds=(), roles=(), partitions=1)
    metrics = Metrics(sets, now=clock.now)
    for source in sources:
        metrics.declare(source)
    shelf = Shelf()
    receiver = Receiver(shelf.accept, sources=sources, metrics=metrics, clock=clock, limits=limits)
    app = build_app(metrics=metrics, readiness=readiness, receiver=receiver)
    server = await serve(app, patience=patience or Patience(linger_seconds_max=0.2))
    try:
        yield Serving(port=server.port, shelf=shelf, metrics=metrics, clock=clock)
    finally:
        shelf.opened.set()
        await server.close()
