"""Notes about alerts on their way into the record, and read back from it while foureyes works."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol

from rules.machines.contract import Output
from stream.desk.notes import Note, Notes, fold, is_note, read_note, write_note
from stream.hosts.data_directory import FILE, DataDirectoryError
from stream.hosts.store import StorageUnavailableError, Store
from stream.intake.control import SOURCE
from stream.log import logger
from stream.settings import Settings
from stream.topics import raw_topic

LOG = logger(__name__)
KEY = b"policy"
"""All of the control lane is in one partition, in order."""
INBOX = "notes"
"""Where, in the data directory, notes lie until foureyes takes them in."""
NOTES_AT_ONCE = 500
AGAIN_SECONDS = 5.0
"""How long a log that can not be read is left alone."""


class Entering(Protocol):
    """Whoever can put records of our own into the record."""

    async def enter(self, outputs: Sequence[Output]) -> None: ...


def write(settings: Settings, note: Note) -> None:
    """Put a note where it becomes part of the record: durable when this returns.

    Embedded, a running foureyes takes it in within a second, another at its next start. Raises
    LogUnavailableError, and DataDirectoryError where there is no record.
    """
    if settings.kafka_bootstrap:
        asyncio.run(append(settings, note))
    else:
        leave(settings.data, note)


def leave(directory: Path, note: Note) -> None:
    """Put a note where the foureyes of a data directory takes it in. Raises DataDirectoryError."""
    if not (directory / FILE).exists():
        raise _no_record(directory)
    inbox = directory / INBOX
    inbox.mkdir(mode=0o700, exist_ok=True)
    # In the order of their times; the one that is written last counts last.
    name = f"{note.at:%Y%m%dT%H%M%S%f}-{note.id}"
    _write_whole(inbox / name, write_note(note))


async def append(settings: Settings, note: Note) -> None:
    """Put a note into the control lane on Kafka. Raises LogUnavailableError."""
    # Only who writes to Kafka needs its client: it is imported here and not before.
    from stream.hosts.kafka import RawLog  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    async with RawLog(client_of(settings)) as raw:
        await raw.append(SOURCE, write_note(note), KEY)


def notes_of(settings: Settings) -> Notes:
    """All notes, those included that wait to be taken in. Raises as `write` does."""
    if settings.kafka_bootstrap:
        return fold(asyncio.run(_on_kafka(settings)))
    return stored_notes(settings.data)


def stored_notes(directory: Path) -> Notes:
    """All notes of a data directory, while foureyes may be taking them in. Raises as `write`."""
    if not (directory / FILE).exists():
        raise _no_record(directory)
    # First what waits: what is taken in meanwhile is heard twice, which changes nothing.
    waiting = list(_waiting(directory))
    with closing(StoredNotes(Store(directory, read_only=True))) as stored:
        return fold([*stored.read(), *waiting])


def recalled(settings: Settings) -> Notes:
    """All notes by now, before a finding is told: else what is silenced would ring at each start.

    Where they can not be read, none: whoever goes on hearing them hears the old ones first.
    """
    from stream.hosts.kafka import LogUnavailableError  # noqa: PLC0415

    try:
        return notes_of(settings)
    except LogUnavailableError as error:
        LOG.warning("notes unavailable", reason=str(error))
        return Notes()


async def take_in(running: Entering, directory: Path) -> None:
    """Put the notes that wait into the record. Raises StorageUnavailableError.

    Whoever dies between that and removing them enters them again: the same note changes nothing.
    """
    paths = _inbox(directory)[:NOTES_AT_ONCE]
    if not paths:
        return
    outputs = [Output(raw_topic(SOURCE), 0, path.read_bytes()) for path in paths]
    await running.enter(outputs)
    for path in paths:
        path.unlink()
    LOG.info("notes taken in", count=len(paths))


class StoredNotes:
    """The notes of the embedded host's record, read on from where it was read to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._position = 0
        self._notes = Notes()

    def read(self) -> Iterator[Note]:
        """Those that are new. Raises StorageUnavailableError."""
        while records := self._store.read(raw_topic(SOURCE), 0, self._position, NOTES_AT_ONCE):
            self._position = records[-1].offset + 1
            yield from (read_note(each.value) for each in records if is_note(each.value))

    def now(self) -> Notes:
        """All of them; what can not be read now is read later."""
        try:
            for note in self.read():
                self._notes.take(note)
        except StorageUnavailableError as error:
            LOG.warning("notes unavailable", reason=error.reason)
        return self._notes

    def close(self) -> None:
        """Let go of the record."""
        self._store.close()


async def follow(settings: Settings, take: Callable[[Note], None]) -> None:
    """Hear each note on Kafka, the old ones first, until cancelled.

    A log that can not be read is read on from the same place a little later.
    """
    async with asyncio.TaskGroup() as all_of_them:
        for partition in range(settings.kafka_raw_partitions):
            all_of_them.create_task(_follow(settings, partition, take))


async def _follow(settings: Settings, partition: int, take: Callable[[Note], None]) -> None:
    # Only who reads from Kafka needs its client: it is imported here and not before.
    from stream.hosts.kafka import LogUnavailableError, read_committed  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    client, topic, start = client_of(settings), raw_topic(SOURCE), None
    while True:
        try:
            async for entry in read_committed(client, topic, partition, start=start, follow=True):
                if entry.value is not None and is_note(entry.value):
                    take(read_note(entry.value))
                start = entry.offset + 1
        except LogUnavailableError as error:
            LOG.warning("notes unavailable", reason=str(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def _on_kafka(settings: Settings) -> list[Note]:
    from stream.hosts.kafka import read_committed  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    client, found = client_of(settings), list[Note]()
    for partition in range(settings.kafka_raw_partitions):
        told = [each.value async for each in read_committed(client, raw_topic(SOURCE), partition)]
        found += [read_note(value) for value in told if value is not None and is_note(value)]
    return found


def _inbox(directory: Path) -> list[Path]:
    inbox = directory / INBOX
    if not inbox.is_dir():
        return []
    return sorted(path for path in inbox.iterdir() if not path.name.startswith("."))


def _waiting(directory: Path) -> Iterator[Note]:
    for path in _inbox(directory):
        # One that is gone by now is in the record.
        with suppress(FileNotFoundError):
            yield read_note(path.read_bytes())


def _no_record(directory: Path) -> DataDirectoryError:
    return DataDirectoryError(
        path=directory, found=f"no {FILE}", expected="a data directory of foureyes"
    )


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, and stays."""
    draft = path.with_name(f".{path.name}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
