"""The embedded host's one file: logs, heads and state in SQLite, durable without a server."""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rules.errors import FoureyesError
from rules.machines.contract import Output, Record

FORMAT = 1
FILE = "foureyes.sqlite3"
LOCK = "foureyes.lock"
_SHIFT = 40
"""A record's row id is its log's number and its offset: one B-tree, appended to at its ends."""

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE logs (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, partition INTEGER NOT NULL,
  UNIQUE (name, partition)
);
CREATE TABLE records (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, key BLOB, value BLOB NOT NULL
);
CREATE TABLE heads (
  role TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL, head BLOB NOT NULL,
  PRIMARY KEY (role, partition)
) WITHOUT ROWID;
CREATE TABLE checkpoints (
  role TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL, rules TEXT NOT NULL,
  PRIMARY KEY (role, partition)
) WITHOUT ROWID;
CREATE TABLE state (
  role TEXT NOT NULL, partition INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (role, partition, name)
);
"""


class DataDirectoryError(FoureyesError):
    """The data directory can not be used: in use, damaged, or from a newer version."""

    def __init__(self, *, path: Path, found: str, expected: str) -> None:
        self.path = path
        self.found = found
        self.expected = expected
        super().__init__(f"{path}: {found}; expected {expected}")


class StorageUnavailableError(FoureyesError):
    """Nothing can be written at present (a full disk, say): wait and try again, nothing is lost."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} can not be written: {reason}")


class Store:
    """Logs, heads and state in one SQLite file (WAL, synchronous=FULL), held by one process.

    A write is visible and durable when the `transaction` it was made in has ended; an exception
    inside it leaves nothing behind. Not for use by several threads at once.
    """

    def __init__(self, directory: Path, *, read_only: bool = False) -> None:
        self.path = directory / FILE
        self._lock: IO[str] | None = None
        if read_only:
            if not self.path.exists():
                raise DataDirectoryError(
                    path=directory, found=f"no {FILE}", expected="a data directory of foureyes"
                )
        else:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _hold(directory / LOCK)
        self._read_only = read_only
        self._connection = self._open(read_only=read_only)
        self._numbers = self._known_logs()
        self._ends: dict[int, int] = {}

    def _known_logs(self) -> dict[tuple[str, int], int]:
        rows = self._connection.execute("SELECT number, name, partition FROM logs")
        return {(name, partition): number for number, name, partition in rows}

    def _open(self, *, read_only: bool) -> sqlite3.Connection:
        new = not self.path.exists()
        if new:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        mode = "ro" if read_only else "rw"
        try:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA busy_timeout=5000")
            if not read_only:
                connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
                connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            self._check(connection, create=not read_only)
        except sqlite3.DatabaseError as error:
            raise DataDirectoryError(
                path=self.path, found=f"unreadable ({error})", expected="a database of foureyes"
            ) from error
        return connection

    def _check(self, connection: sqlite3.Connection, *, create: bool) -> None:
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if empty and create:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        known = connection.execute("SELECT value FROM meta WHERE name='format'").fetchone()
        if known is None or known[0] != FORMAT:
            raise DataDirectoryError(
                path=self.path,
                found=f"format {known[0] if known else 'unknown'}",
                expected=f"format {FORMAT}",
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable at once, or nothing. Raises StorageUnavailableError."""
        ends = dict(self._ends)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._ends = ends
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._numbers = self._known_logs()
            if isinstance(error, sqlite3.OperationalError):
                raise StorageUnavailableError(path=self.path, reason=str(error)) from error
            raise

    # --- logs -------------------------------------------------------------------------------

    def _number(self, log: str, partition: int) -> int:
        number = self._numbers.get((log, partition))
        if number is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO logs (name, partition) VALUES (?, ?)", (log, partition)
            )
            number = int(
                self._connection.execute(
                    "SELECT number FROM logs WHERE name=? AND partition=?", (log, partition)
                ).fetchone()[0]
            )
            self._numbers[log, partition] = number
        return number

    def end(self, log: str, partition: int) -> int:
        """The offset that the next record of a log will get."""
        number = self._numbers.get((log, partition))
        if number is None:
            return 0
        end = self._ends.get(number)
        if end is None:
            low, high = number << _SHIFT, (number + 1) << _SHIFT
            last = self._connection.execute(
                "SELECT max(id) FROM records WHERE id >= ? AND id < ?", (low, high)
            ).fetchone()[0]
            end = self._ends[number] = 0 if last is None else last - low + 1
        return end

    def append(self, outputs: Sequence[Output], at_ms: int) -> list[int]:
        """Append to logs, inside a transaction; give each record's offset."""
        rows = []
        offsets = []
        for log, partition, value, key in outputs:
            number = self._number(log, partition)
            end = self.end(log, partition)
            self._ends[number] = end + 1
            offsets.append(end)
            rows.append(((number << _SHIFT) + end, at_ms, key, value))
        self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
        return offsets

    def read(self, log: str, partition: int, position: int, limit: int) -> list[Record]:
        """Read up to `limit` records of a log from `position` on."""
        if self._read_only and (log, partition) not in self._numbers:
            self._numbers = self._known_logs()
        number = self._numbers.get((log, partition))
        if number is None:
            return []
        if not self._read_only and position >= self.end(log, partition):
            return []
        low = number << _SHIFT
        rows = self._connection.execute(
            "SELECT id, value, at_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (low + position, low + (1 << _SHIFT), limit),
        )
        return [Record(id - low, value, at_ms) for id, value, at_ms in rows]  # noqa: A001

    def partitions(self, log: str) -> list[int]:
        """The partitions of a log that hold anything."""
        self._numbers = self._known_logs()
        return sorted(partition for name, partition in self._numbers if name == log)

    # --- heads, checkpoints, state ----------------------------------------------------------

    def head(self, role: str, partition: int) -> tuple[int, bytes] | None:
        """The committed position of a machine and its head there."""
        row = self._connection.execute(
            "SELECT position, head FROM heads WHERE role=? AND partition=?", (role, partition)
        ).fetchone()
        return (int(row[0]), bytes(row[1])) if row else None

    def set_head(self, role: str, partition: int, position: int, head: bytes) -> None:
        """Move a machine's committed position, inside the transaction of its outputs."""
        self._connection.execute(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", (role, partition, position, head)
        )

    def checkpoint(self, role: str, partition: int) -> tuple[int, str]:
        """The position of a machine's last checkpoint and the rules' version that wrote it."""
        row = self._connection.execute(
            "SELECT position, rules FROM checkpoints WHERE role=? AND partition=?",
            (role, partition),
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def write_checkpoint(
        self,
        machine: tuple[str, int],
        position: int,
        rules: str,
        rows: Iterable[tuple[str, bytes | None]],
    ) -> None:
        """Write the rows of a machine's state that changed, inside a transaction."""
        for name, value in rows:
            if value is None:
                self._connection.execute(
                    "DELETE FROM state WHERE role=? AND partition=? AND name=?", (*machine, name)
                )
            else:
                self._connection.execute(
                    "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)", (*machine, name, value)
                )
        self._connection.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)", (*machine, position, rules)
        )

    def state(self, role: str, partition: int) -> Iterator[tuple[str, bytes]]:
        """The rows of a machine's last checkpoint."""
        yield from self._connection.execute(
            "SELECT name, value FROM state WHERE role=? AND partition=?", (role, partition)
        )

    # --- the directory itself ----------------------------------------------------------------

    def remembered(self, name: str) -> str | None:
        """A fact about the whole directory, such as its partition count."""
        row = self._connection.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()
        return str(row[0]) if row else None

    def remember(self, name: str, value: str) -> None:
        """Write such a fact down, inside a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


PAGE_BYTES = 16384
WAL_PAGES = 2000
"""About 32 MB of write-ahead log before it is folded into the file."""
CACHE_KIB = 65536


def _hold(path: Path) -> IO[str]:
    """Take the directory for this process; the kernel lets go when the process ends."""
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise DataDirectoryError(
            path=path.parent,
            found="another process is at work here",
            expected="one process for each data directory",
        ) from None
    path.chmod(0o600)
    return lock
