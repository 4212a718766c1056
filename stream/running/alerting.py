"""What the console knows of alerts, and where what is said on it goes: as with the verbs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from stream.console.alerting import Alerted, UnsaidError
from stream.desk.decisions import ROW, Decision
from stream.desk.notes import Note, Notes
from stream.hosts.cursors import KeptRows
from stream.hosts.data_directory import DataDirectoryError, StorageUnavailableError
from stream.log import logger
from stream.running.alerts import desk_logs, in_order, row_of
from stream.running.notes import append, follow, leave, stored_notes
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.hosts.kafka import KafkaClient

LOG = logger(__name__)
HEARD_SECONDS_MAX = 10.0
"""How long a note that is with the brokers may take to be read again."""
RETRY_SECONDS = 5.0
"""How long a topic that can not be read is left alone."""
LOOK_SECONDS = 15.0
"""How often it is looked whether there is another desk."""


class StoredAlerting:
    """Alerts of the embedded host: asked of its data directory, which may be written meanwhile.

    Decisions are read again only when a desk has saved something since.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rows = KeptRows(directory, ROW)
        self._known: tuple[tuple[int, int], list[Decision]] | None = None
        self._lock = Lock()

    def told(self) -> Alerted | None:
        """Look into the files."""
        try:
            with self._lock:
                decisions = self._decisions()
            return Alerted(decisions, stored_notes(self._directory))
        except (DataDirectoryError, StorageUnavailableError) as error:
            LOG.warning("alerts unavailable", reason=str(error))
            return None

    def _decisions(self) -> list[Decision]:
        version = self._rows.version()
        if self._known is None or self._known[0] != version:
            rows = [(row, value) for (_, row), value in self._rows.read().items()]
            self._known = version, in_order([rows])
        return self._known[1]

    def close(self) -> None:
        """Let go of the files."""
        self._rows.close()

    async def say(self, note: Note) -> None:
        """Leave a note for the foureyes of that directory, which takes it in within a second."""
        try:
            await asyncio.to_thread(leave, self._directory, note)
        except (DataDirectoryError, OSError) as error:
            raise UnsaidError(reason=str(error)) from error


class FollowedAlerting:
    """Alerts on Kafka: the topics of the desks' tables and the control lane, heard as they grow.

    In memory are all notes, and the ring of decisions of each partition of each desk.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._notes = Notes()
        self._waited: dict[str, asyncio.Event] = {}
        self._rings: dict[tuple[str, int], dict[str, bytes]] = {}
        self._version = 0
        """Counts what has been heard."""
        self._told: tuple[int, Alerted] | None = None

    def told(self) -> Alerted | None:
        """Tell what has been heard."""
        version, before = self._version, self._told
        if before is not None and before[0] == version:
            return before[1]
        rows = [list(ring.items()) for ring in list(self._rings.values())]
        told = Alerted(in_order(rows), self._notes.joined_by(()))
        self._told = version, told
        return told

    async def say(self, note: Note) -> None:
        """Append a note, and wait until it is heard in its order among the others."""
        from stream.hosts.kafka import LogUnavailableError  # noqa: PLC0415 - only Kafka's client

        heard = self._waited[note.id] = asyncio.Event()
        try:
            await append(self._settings, note)
            async with asyncio.timeout(HEARD_SECONDS_MAX):
                await heard.wait()
        except (LogUnavailableError, TimeoutError) as error:
            raise UnsaidError(reason=str(error) or "it was not heard in time") from error
        finally:
            del self._waited[note.id]

    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """Begin to listen, until these are cancelled."""
        listening = [follow(self._settings, self._take), self._find_desks()]
        return [asyncio.create_task(each) for each in listening]

    def _take(self, note: Note) -> None:
        self._notes.take(note)
        self._version += 1
        if note.id in self._waited:
            self._waited[note.id].set()

    async def _find_desks(self) -> None:
        """Listen to every desk that the brokers know of, also to one that is new."""
        # Only who reads from Kafka needs its client: it is imported here and not before.
        from stream.hosts.kafka import BrokersUnavailableError  # noqa: PLC0415
        from stream.running.deployment import client_of  # noqa: PLC0415

        client = client_of(self._settings)
        async with asyncio.TaskGroup() as following:
            while True:
                try:
                    found = await desk_logs(client)
                except BrokersUnavailableError as error:
                    LOG.warning("desks unavailable", reason=str(error))
                    found = []
                for each in found:
                    if each not in self._rings:
                        self._rings[each] = {}
                        following.create_task(self._follow(client, *each))
                await asyncio.sleep(LOOK_SECONDS)

    async def _follow(self, client: "KafkaClient", topic: str, partition: int) -> None:
        from stream.hosts.kafka import LogUnavailableError, read_committed  # noqa: PLC0415

        ring, position = self._rings[topic, partition], None
        while True:
            try:
                entries = read_committed(client, topic, partition, start=position, follow=True)
                async for entry in entries:
                    position = entry.offset + 1
                    row = row_of(entry.key)
                    if row.startswith(ROW) and entry.value is not None:
                        ring[row] = entry.value
                        self._version += 1
            except LogUnavailableError as error:
                LOG.warning("decisions unavailable", partition=partition, reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)
