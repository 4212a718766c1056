"""Late facts on the embedded host: feeds that somebody replaces are read again, and told."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from stream.clock import Clock
from stream.faults import FaultyInputError
from stream.hosts.store import StorageUnavailableError
from stream.intake.fact_watch import FactWatch
from stream.intake.reaching_back import to_every_partition
from stream.log import logger
from stream.running.embedded import LAYOUT, EmbeddedRun

LOG = logger(__name__)
LOOK_SECONDS = 2.0
"""How often it is looked whether a feed has changed."""


async def keep_learning(running: EmbeddedRun, watch: FactWatch, clock: Clock) -> None:
    """Tell what reaches back: first of what changed while nobody ran, then as it comes."""
    waiting = await _look(watch.begin, clock)
    is_told = False
    while True:
        if waiting or not is_told:
            is_told = await _tell(running, watch, waiting)
            waiting = [] if is_told else waiting
        await asyncio.sleep(LOOK_SECONDS)
        news = await _look(watch.look, clock)
        waiting += news
        is_told = is_told and not news


async def _look(look: Callable[[datetime], list[bytes]], clock: Clock) -> list[bytes]:
    """Read what has changed, in a thread of its own; a feed at fault is told and left alone."""
    try:
        return await asyncio.to_thread(look, clock.now())
    except (FaultyInputError, OSError) as error:
        LOG.warning("facts refused", reason=str(error))
        return []


async def _tell(running: EmbeddedRun, watch: FactWatch, records: Sequence[bytes]) -> bool:
    """Put what reaches back into the record, and keep what was told of; whether that was done."""
    try:
        for value in records:
            await running.enter(to_every_partition(value, LAYOUT.journal))
        await asyncio.to_thread(watch.keep)
    except (StorageUnavailableError, OSError) as error:
        LOG.warning("late facts wait", reason=str(error))
        return False
    if records:
        LOG.info("late facts told", records=len(records))
    return True
