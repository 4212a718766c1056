"""The archive kept up beside whatever else a process does, and what is shown of it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from stream.clock import Clock, SystemClock
from stream.log import logger
from stream.metrics import Metrics
from stream.progress import Meter
from stream.running.roles import ARCHIVE
from stream.settings import Settings

LOG = logger(__name__)


def _say(words: str) -> None:
    LOG.info("archive catching up", done=words)


def _show_nothing(_metrics: Metrics, _clock: Clock) -> None:
    """What a process without an archive has to show of it."""


class Archiving(NamedTuple):
    """An archivist at work: its task if there is one, why the archive is not whole, its numbers."""

    tasks: list[asyncio.Task[None]]
    reasons: Callable[[], list[str]]
    show: Callable[[Metrics, Clock], None]


@asynccontextmanager
async def archive_at_work(settings: Settings, *, is_ours: bool) -> AsyncIterator[Archiving]:
    """Keep the archive up for as long as the context lasts, if that is this process' to do.

    At an orderly end it is brought up to what is committed by then.
    """
    if not is_ours:
        yield Archiving([], list, _show_nothing)
        return
    # Only who writes the archive needs SQL, and it takes a third of a second to import.
    from stream.archive.configured import archivist_of  # noqa: PLC0415

    with archivist_of(settings) as archivist:

        def show(metrics: Metrics, clock: Clock) -> None:
            for partition, standing in archivist.standings(clock.now()).items():
                metrics.position(ARCHIVE, partition, standing.position)
                metrics.lag(ARCHIVE, partition, records=None, seconds=standing.behind_seconds)
                metrics.halted(ARCHIVE, partition, is_halted=standing.is_stopped)
            metrics.checkpoints_refused(is_refused=archivist.unsigned is not None)

        task = asyncio.create_task(archivist.run())
        try:
            yield Archiving([task], archivist.reasons, show)
        finally:
            task.cancel()
            await asyncio.wait({task})
        with Meter("archive", sys.stderr, SystemClock(), say=_say) as meter:
            await archivist.catch_up(meter)
