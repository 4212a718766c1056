"""The journal of a deployment as somebody outside reads it: a data directory's, or Kafka's."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from rules.machines.contract import JOURNAL
from stream.clock import SystemClock
from stream.hosts.setting_aside import entries_by_offset
from stream.hosts.store import Store
from stream.log import Log
from stream.running.roles import JUDGE
from stream.settings import Settings
from stream.topics import Topic

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
        """Hand over everything in a partition that is committed by now, in order.

        In the place of a record that the judge was spared stands the decision to set it aside.
        """


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
        instead = entries_by_offset(self._store.decisions(JUDGE, partition))
        position = 0
        while page := self._store.read(JOURNAL, partition, position, PAGE_RECORDS):
            for record in page:
                take(instead.get(record.offset, record.value), partition)
            position = page[-1].offset + 1

    def close(self) -> None:
        """Let go of the directory."""
        self._store.close()


class KafkaJournal:
    """The topic `foureyes.journal`, read by nobody's group."""

    def __init__(self, settings: Settings) -> None:
        """Look at the topic. Raises UnfitTopicsError and BrokersUnavailableError."""
        self._settings = settings
        _run(self._check())

    @property
    def partitions(self) -> Sequence[int]:
        """As many as the settings say and the topic has."""
        return range(self._settings.kafka_partitions)

    def read(self, partition: int, take: Take) -> None:
        """Hand a partition over. Raises LogUnavailableError."""
        _run(self._read(partition, take))

    # Only who reads from Kafka needs its client: it is imported here and not before.

    async def _check(self) -> None:
        from stream.hosts.kafka import UnfitTopicsError, check_topics  # noqa: PLC0415
        from stream.running.deployment import client_of  # noqa: PLC0415

        topic = Topic(name=JOURNAL, partitions=self._settings.kafka_partitions)
        found = await check_topics(client_of(self._settings), [topic])
        fatal = [defect for defect in found if defect.is_fatal]
        if fatal:
            raise UnfitTopicsError(fatal)

    async def _read(self, partition: int, take: Take) -> None:
        from stream.hosts.kafka import decisions_of, read_committed  # noqa: PLC0415
        from stream.running.deployment import client_of  # noqa: PLC0415

        client = client_of(self._settings)
        instead = entries_by_offset(await decisions_of(client, JUDGE, partition))
        async with aclosing(read_committed(client, JOURNAL, partition)) as entries:
            async for entry in entries:
                if entry.value is not None:
                    take(instead.get(entry.offset, entry.value), partition)


def _run(work: Coroutine[None, None, None]) -> None:
    # The client would tell of every attempt to connect, in its own words.
    with Log(SystemClock(), level=logging.CRITICAL):
        asyncio.run(work)
