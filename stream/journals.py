"""The journal of a deployment as somebody outside reads it: a data directory's, or Kafka's."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from rules.machines.contract import JOURNAL
from stream.hosts.store import Store
from stream.settings import Settings

PAGE_RECORDS = 256
"""Records read from a store in one go."""

Take = Callable[[bytes, int], None]
"""Something that wants each record, and the partition that it is from."""


class Journal(Protocol):
    """What is committed of a journal. Reading it changes nothing and hinders nobody."""

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of its partitions."""

    def read(self, partition: int, take: Take) -> None:
        """Hand over everything in a partition that is committed by now, in order."""


class StoredJournal:
    """The journal in a data directory; the host that writes it may be running."""

    def __init__(self, directory: Path) -> None:
        """Open it. Raises DataDirectoryError."""
        self._store = Store(directory, read_only=True)

    @property
    def partitions(self) -> Sequence[int]:
        """Those that hold anything."""
        return self._store.partitions(JOURNAL)

    def read(self, partition: int, take: Take) -> None:
        """Hand a partition over. Raises DataDirectoryError."""
        position = 0
        while page := self._store.read(JOURNAL, partition, position, PAGE_RECORDS):
            for record in page:
                take(record.value, partition)
            position = page[-1].offset + 1

    def close(self) -> None:
        """Let go of the directory."""
        self._store.close()


class KafkaJournal:
    """The topic `foureyes.journal`, read by nobody's group."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def partitions(self) -> Sequence[int]:
        """As many as the settings say that the topic was made with."""
        return range(self._settings.kafka_partitions)

    def read(self, partition: int, take: Take) -> None:
        """Hand a partition over. Raises LogUnavailableError."""
        asyncio.run(self._read(partition, take))

    async def _read(self, partition: int, take: Take) -> None:
        # Only who reads from Kafka needs its client.
        from stream.hosts.kafka import read_committed  # noqa: PLC0415
        from stream.running.deployment import client_of  # noqa: PLC0415

        client = client_of(self._settings)
        async with aclosing(read_committed(client, JOURNAL, partition)) as entries:
            async for entry in entries:
                if entry.value is not None:
                    take(entry.value, partition)

    def close(self) -> None:
        """Nothing is held."""
