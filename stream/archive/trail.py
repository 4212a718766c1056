"""The trail as the archive reads it: from a data directory, or from Kafka."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rules.machines.contract import TRAIL, Record
from stream.hosts.store import Store

if TYPE_CHECKING:
    from stream.hosts.kafka import KafkaClient

BATCH_RECORDS = 64
"""Trail records stored in one transaction at most."""
IDLE_SECONDS = 0.5
"""How long a data directory is left alone where it had nothing new."""

Parts = AsyncGenerator[Sequence[Record], None]


class Trail(Protocol):
    """The trail, committed records only, in order.

    `read` gives a partition's records from a position on, some at a time; it ends at what is
    committed by now, or goes on with `follow`, and gives nothing now and then.
    """

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of its partitions."""

    def read(self, partition: int, position: int, *, follow: bool) -> Parts: ...

    def close(self) -> None:
        """Let go of it."""


class StoredTrail:
    """The trail in a data directory; the host that writes it may be running."""

    def __init__(self, directory: Path) -> None:
        """Open it. Raises DataDirectoryError."""
        self._store = Store(directory, read_only=True)

    @property
    def partitions(self) -> Sequence[int]:
        """Those that hold anything by now."""
        return self._store.partitions(TRAIL)

    async def read(self, partition: int, position: int, *, follow: bool) -> Parts:
        """Read on. Raises DataDirectoryError and StorageUnavailableError."""
        while True:
            found = self._store.read(TRAIL, partition, position, BATCH_RECORDS)
            if not found and not follow:
                return
            yield found
            position += len(found)
            if not found:
                await asyncio.sleep(IDLE_SECONDS)

    def close(self) -> None:
        """Let go of the directory."""
        self._store.close()


class KafkaTrail:
    """The topic, read by nobody's group."""

    def __init__(self, client: "KafkaClient", partitions: int) -> None:
        self.partitions: Sequence[int] = range(partitions)
        self._client = client

    async def read(self, partition: int, position: int, *, follow: bool) -> Parts:
        """Read on. Raises LogUnavailableError."""
        # Only who reads from Kafka needs its client: it is imported here and not before.
        from stream.hosts.kafka import committed_parts  # noqa: PLC0415

        parts = committed_parts(
            self._client,
            TRAIL,
            partition,
            start=position,
            records_max=BATCH_RECORDS,
            follow=follow,
        )
        async with aclosing(parts):
            async for part in parts:
                yield [Record(each.offset, each.value, each.at_ms) for each in part if each.value]

    def close(self) -> None:
        """Nothing is held between two reads."""
