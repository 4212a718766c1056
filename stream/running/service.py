"""What both hosts share at run time: the web side, the desk, the numbers, and an orderly end."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from stream.clock import Clock
from stream.desk.courier import Result
from stream.hosts.embedded import Standing
from stream.log import logger
from stream.metric_labels import DeliveryResult
from stream.metrics import Metrics
from stream.settings import Settings
from stream.web.manners import Manner
from stream.web.receive import Accept, ReceiveLimits, Receiver
from stream.web.server import Served, build_app, serve

LOG = logger(__name__)

_RESULTS = {
    Result.DELIVERED: DeliveryResult.DELIVERED,
    Result.RETRIED: DeliveryResult.UNAVAILABLE,
    Result.REJECTED: DeliveryResult.REFUSED,
}


def stop_asked() -> asyncio.Event:
    """Give the event that SIGTERM and SIGINT set. Call it in the running loop."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked


async def serve_web(  # noqa: PLR0913 - what it serves has names
    settings: Settings,
    *,
    metrics: Metrics,
    clock: Clock,
    readiness: Callable[[], list[str]],
    receive: tuple[Accept, Sequence[str]] | None,
    notices: Callable[[], list[str]] = list,
) -> Served:
    """Listen: numbers and readiness always, bodies of sources where this process takes them in."""
    receiver = None
    if receive is not None:
        accept, sources = receive
        limits = ReceiveLimits(
            body_bytes_max=settings.http_body_bytes_max,
            in_flight_max=settings.http_in_flight_max,
            bodies_per_second_max=settings.http_bodies_per_second_max,
            tolerance=timedelta(seconds=settings.http_age_seconds_max),
        )
        receiver = Receiver(
            accept,
            sources=_manners(settings, sources),
            metrics=metrics,
            clock=clock,
            limits=limits,
        )
    app = build_app(metrics=metrics, readiness=readiness, receiver=receiver, notices=notices)
    return await serve(app, settings.http_host, settings.http_port)


def _manners(settings: Settings, sources: Sequence[str]) -> Mapping[str, Manner | None]:
    found: dict[str, Manner | None] = {}
    for source in sources:
        proven = settings.proof_of(source)
        found[source] = proven.manner(source) if proven else None
    return found


def show_standings(metrics: Metrics, standings: Sequence[Standing]) -> None:
    """Put into numbers where every machine of this process stands."""
    for each in standings:
        metrics.position(each.role, each.partition, each.position)
        metrics.lag(each.role, each.partition, records=each.behind, seconds=each.behind_seconds)
        metrics.halted(each.role, each.partition, is_halted=each.halted is not None)


def count_deliveries(metrics: Metrics) -> Callable[[str, Result], None]:
    """Give the desk something to tell its results to."""
    return lambda destination, result: metrics.delivery(destination, _RESULTS[result])


async def first_of(*tasks: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Wait until somebody asks to stop or a task ends; raise what ended it."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done - {stopping}:
        task.result()


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
