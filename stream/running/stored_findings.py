"""The embedded host's findings as the desk reads them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rules.machines.contract import FINDINGS, Record
from stream.hosts.store import StorageUnavailableError, Store
from stream.log import logger

LOG = logger(__name__)


class StoredFindings:
    """The findings log as the desk reads it, through a connection of its own."""

    def __init__(self, directory: Path, partitions: int, news: asyncio.Condition) -> None:
        self._store = Store(directory, read_only=True)
        self._partitions = partitions
        self._news = news

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        return self._partitions

    def read(self, partition: int, position: int, limit: int) -> Sequence[Record]:
        """Read committed findings from a position on; none while the storage is away."""
        try:
            return self._store.read(FINDINGS, partition, position, limit)
        except StorageUnavailableError as error:
            LOG.warning("findings unavailable", partition=partition, reason=error.reason)
            return []

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 - the log's own limit
        """Return when there may be something new, or after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()
