"""The console beside whatever else a process does, or alone over an archive that others write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing

from rules.machines.contract import HEALTH
from stream.clock import Clock
from stream.console.health import Told
from stream.log import logger
from stream.running.service import end, first_of, serve_web, stop_asked
from stream.running.watch import metrics_for
from stream.settings import Settings

LOG = logger(__name__)
RETRY_SECONDS = 5.0
"""How long counts that can not be read are left alone."""


async def run_console(settings: Settings, clock: Clock) -> None:
    """Run the console alone until asked to stop. Raises ArchiveError where there is no archive."""
    stop = stop_asked()
    metrics = metrics_for(clock, (), 1, ())
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(console_at_work(settings, clock, is_ours=True))
        served = await serve_web(
            settings, metrics=metrics, clock=clock, readiness=list, receive=None
        )
        stack.push_async_callback(served.close)
        LOG.info("ready", url=f"http://{served.host}:{served.port}", roles="web")
        await first_of(*tasks, stop=stop)
        LOG.info("stopping")


@asynccontextmanager
async def console_at_work(
    settings: Settings, clock: Clock, *, is_ours: bool
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Let people look for as long as the context lasts, if that is this process' to do."""
    if not is_ours:
        yield []
        return
    # Only who shows pages needs SQL and templates.
    from stream.console.serving import serving  # noqa: PLC0415
    from stream.running.alerting import FollowedAlerting, StoredAlerting  # noqa: PLC0415

    if not settings.kafka_bootstrap:
        with closing(StoredAlerting(settings.data)) as stored:
            async with serving(settings, clock, stored, None):
                yield []
        return
    told, alerting = Told(), FollowedAlerting(settings)
    async with serving(settings, clock, alerting, told):
        tasks = [asyncio.create_task(_follow(settings, told)), *alerting.tasks()]
        try:
            yield tasks
        finally:
            await end(*tasks)


async def _follow(settings: Settings, told: Told) -> None:
    """Keep up with what the machines on Kafka count."""
    follow = (_follow_one(settings, told, each) for each in range(settings.kafka_partitions))
    await asyncio.gather(*follow)


async def _follow_one(settings: Settings, told: Told, partition: int) -> None:
    # Only who reads from Kafka needs its client.
    from stream.hosts.kafka import LogUnavailableError, read_committed  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    client, position = client_of(settings), None
    while True:
        try:
            entries = read_committed(client, HEALTH, partition, start=position, follow=True)
            async for entry in entries:
                position = entry.offset + 1
                if entry.value is not None:
                    told.take(entry.value)
        except LogUnavailableError as error:
            LOG.warning("counts unavailable", partition=partition, reason=str(error))
            await asyncio.sleep(RETRY_SECONDS)
