"""The role `pull`: what is pulled, kept by whichever host there is."""

import asyncio
from collections.abc import Mapping, Sequence

from stream.clock import Clock
from stream.log import logger
from stream.metrics import Metrics
from stream.pulling.configured import pull_all, pulled_sources
from stream.pulling.errors import CannotKeepError
from stream.pulling.puller import Keeper
from stream.running.embedded import EmbeddedRun
from stream.settings import Settings
from stream.web.receive import StorageUnavailableError as CannotStoreError

LOG = logger(__name__)


class EmbeddedKeeper:
    """Keeps rows and cursor in one transaction of the embedded host's store."""

    def __init__(self, running: EmbeddedRun) -> None:
        self._running = running

    async def load(self, name: str) -> str | None:
        """Give the cursor that was kept last. Raises CannotKeepError."""
        try:
            return await self._running.remembered(name)
        except CannotStoreError as error:
            raise CannotKeepError(storage=error.storage, reason=error.reason) from error

    async def keep(self, source: str, bodies: Sequence[bytes], name: str, cursor: str) -> None:
        """Make both durable. Raises CannotKeepError."""
        try:
            await self._running.keep(source, bodies, name, cursor)
        except CannotStoreError as error:
            raise CannotKeepError(storage=error.storage, reason=error.reason) from error


def pull_at_work(
    settings: Settings,
    sources: Mapping[str, str],
    keeper: Keeper,
    *,
    clock: Clock,
    metrics: Metrics,
) -> list[asyncio.Task[None]]:
    """Begin to pull what the settings name; no task where they name nothing."""
    pulled = pulled_sources(settings, sources)
    if not pulled:
        return []
    LOG.info("pulling", sources=" ".join(each.source for each in pulled))
    work = pull_all(settings, pulled, keeper, clock=clock, registry=metrics.registry)
    return [asyncio.create_task(work)]
