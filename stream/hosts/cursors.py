"""How far each reader outside has read, in a small file of its own beside the record."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from stream.hosts.data_directory import (
    BUSY_MS,
    CURSORS,
    DataDirectoryError,
    StorageUnavailableError,
    make_private,
    told_as_ours,
)
from stream.log import logger

LOG = logger(__name__)

FILE = CURSORS
EXPECTED = "a sound file of cursors; moved away costs repeats, and no finding"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions (
  name TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (name, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
  name TEXT NOT NULL, row TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name, row)
);
"""


@dataclass(slots=True)
class _Unsaved:
    """What a reader has handed in that is not in the file yet."""

    positions: dict[int, int] = field(default_factory=dict)
    rows: dict[str, bytes | None] = field(default_factory=dict)


class StoredCursors:
    """Positions and rows by reader's name (see `stream.desk.embedded.Cursors`).

    A reader that is killed between its work and `save` does that work again: losing the file
    costs repeats, never a finding. So what can not be saved (a full disk) holds up nobody: it is
    remembered, counts as saved for `load`, and goes with the next `save`. Damage is a
    DataDirectoryError.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._unsaved: defaultdict[str, _Unsaved] = defaultdict(_Unsaved)
        make_private(self._path)
        self._connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False
        )
        try:
            with self._told():
                self._connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=FULL")
                self._connection.executescript(_SCHEMA)
        except BaseException:
            self._connection.close()
            raise

    def load(self, destination: str) -> tuple[dict[int, int], dict[str, bytes]]:
        """A reader's positions by partition, and the rows it keeps with them."""
        unsaved = self._unsaved.get(destination, _Unsaved())
        with self._told():
            positions = self._connection.execute(
                "SELECT partition, position FROM positions WHERE name=?", (destination,)
            )
            known = {**dict(positions.fetchall()), **unsaved.positions}
            rows = self._connection.execute(
                "SELECT row, value FROM kept WHERE name=?", (destination,)
            )
            kept = {**dict(rows.fetchall()), **unsaved.rows}
        return known, {name: value for name, value in kept.items() if value is not None}

    def save(
        self, destination: str, positions: Mapping[int, int], rows: Mapping[str, bytes | None]
    ) -> None:
        """Store what is handed in at once, and with it what could not be stored before."""
        waited = destination in self._unsaved
        unsaved = self._unsaved[destination]
        unsaved.positions.update(positions)
        unsaved.rows.update(rows)
        try:
            self._write(destination, unsaved)
        except StorageUnavailableError as error:
            if not waited:
                LOG.warning("cursor not saved", destination=destination, reason=error.reason)
        else:
            del self._unsaved[destination]

    def close(self) -> None:
        """Store what could not be stored before, if that is possible now; let go of the file."""
        try:
            with suppress(StorageUnavailableError):
                while self._unsaved:
                    self._write(*self._unsaved.popitem())
        finally:
            self._connection.close()

    def _write(self, destination: str, unsaved: _Unsaved) -> None:
        positions = [(destination, *each) for each in unsaved.positions.items()]
        gone = [(destination, row) for row, value in unsaved.rows.items() if value is None]
        kept = [(destination, *each) for each in unsaved.rows.items() if each[1] is not None]
        try:
            with self._told():
                self._connection.execute("BEGIN IMMEDIATE")
                put = self._connection.executemany
                put("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", positions)
                put("DELETE FROM kept WHERE name=? AND row=?", gone)
                put("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", kept)
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                with suppress(sqlite3.DatabaseError):
                    self._connection.execute("ROLLBACK")
            raise

    def _told(self) -> AbstractContextManager[None]:
        return told_as_ours(self._path, expected=EXPECTED)


def read_kept(directory: Path, prefix: str) -> dict[tuple[str, str], bytes]:
    """Rows whose names begin so, by reader and name, while whoever keeps them is at work.

    Raises DataDirectoryError where there is no such file, or a damaged one.
    """
    with closing(KeptRows(directory, prefix)) as kept:
        return kept.read()


class KeptRows:
    """Rows whose names begin so, asked for again and again. For one thread at a time.

    Each question raises DataDirectoryError where there is no such file, or a damaged one.
    """

    def __init__(self, directory: Path, prefix: str) -> None:
        self._path = directory / FILE
        self._prefix = prefix
        self._file: int | None = None
        self._connection: sqlite3.Connection | None = None

    def version(self) -> tuple[int, int]:
        """What is another one once anybody has written to the file, or put another in its place."""
        connection = self._connected()
        with told_as_ours(self._path, expected=EXPECTED):
            return self._file or 0, int(connection.execute("PRAGMA data_version").fetchone()[0])

    def read(self) -> dict[tuple[str, str], bytes]:
        """The rows, by reader and name."""
        connection, prefix = self._connected(), self._prefix
        asked = "SELECT name, row, value FROM kept WHERE substr(row, 1, ?) = ?"
        with told_as_ours(self._path, expected=EXPECTED):
            rows = connection.execute(asked, (len(prefix), prefix)).fetchall()
        return {(name, row): value for name, row, value in rows}

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        try:
            found = self._path.stat().st_ino
        except FileNotFoundError as error:
            raise DataDirectoryError(
                path=self._path.parent, found=f"no {FILE}", expected="one of foureyes run"
            ) from error
        if self._connection is None or found != self._file:
            self.close()
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            with told_as_ours(self._path, expected=EXPECTED):
                opened = sqlite3.connect(uri, uri=True, check_same_thread=False)
                self._connection, self._file = opened, found
                opened.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        return self._connection
