"""One data directory: who holds it, the format of its file, and all that can be wrong with it."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rules.errors import FoureyesError

FORMAT = 3
FILE = "foureyes.sqlite3"
LOCK = "foureyes.lock"
CURSORS = "cursors.sqlite3"
A_RECORD = "a sound database of foureyes"
BUSY_MS = 5000
"""How long another reader's or writer's short lock is waited for."""
PAGE_BYTES = 16384
WAL_PAGES = 2000
"""About 32 MB of write-ahead log before it is folded into the file."""
CACHE_KIB = 65536

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
  rules TEXT NOT NULL, PRIMARY KEY (role, partition)
) WITHOUT ROWID;
CREATE TABLE checkpoints (
  role TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL, rules TEXT NOT NULL,
  PRIMARY KEY (role, partition)
) WITHOUT ROWID;
CREATE TABLE state (
  role TEXT NOT NULL, partition INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (role, partition, name)
);
CREATE TABLE set_aside (
  role TEXT NOT NULL, partition INTEGER NOT NULL, record INTEGER NOT NULL, digest TEXT NOT NULL,
  entry BLOB NOT NULL, is_applied INTEGER NOT NULL, PRIMARY KEY (role, partition, record)
) WITHOUT ROWID;
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


_WAIT = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_INTERRUPT,
)
"""What may be over in a while; whatever else SQLite says of a file is damage."""


@contextmanager
def told_as_ours(path: Path, *, expected: str = A_RECORD) -> Iterator[None]:
    """Let what SQLite raises out as StorageUnavailableError or DataDirectoryError.

    Our own misuse of it (sqlite3.ProgrammingError, InterfaceError) stays what it is.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.NotSupportedError):
        raise
    except UnicodeDecodeError as error:
        # SQLite quotes what it can not make sense of, and Python can not decode the quotation.
        found = "unreadable (bytes where text belongs)"
        raise DataDirectoryError(path=path, found=found, expected=expected) from error
    except sqlite3.DatabaseError as error:
        # The low byte is the kind; the rest says more than we ask.
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _WAIT:
            raise StorageUnavailableError(path=path, reason=str(error)) from error
        found = f"unreadable ({error})"
        raise DataDirectoryError(path=path, found=found, expected=expected) from error


def hold(directory: Path) -> IO[bytes]:
    """Make the directory if need be and take it for this process.

    The kernel lets go when the process ends. Raises DataDirectoryError.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.fdopen(os.open(directory / LOCK, os.O_CREAT | os.O_RDWR, 0o600), "r+b")
    except OSError as error:
        raise unusable(directory, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise DataDirectoryError(
            path=directory,
            found="another process is at work here",
            expected="one process for each data directory",
        ) from None
    except OSError as error:
        lock.close()
        raise unusable(directory, error) from error
    return lock


def open_record(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the record, and begin it where there is none yet.

    Raises DataDirectoryError, and StorageUnavailableError where there is no room to begin.
    """
    if not path.exists():
        if read_only:
            raise DataDirectoryError(
                path=path.parent, found=f"no {FILE}", expected="a data directory of foureyes"
            )
        make_private(path)
    mode = "ro" if read_only else "rw"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with told_as_ours(path):
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path, read_only=read_only)
        except BaseException:
            connection.close()
            raise
    return connection


def make_private(path: Path) -> None:
    """Make an empty file that only this user may read. Raises DataDirectoryError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise unusable(path, error) from error


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    if not read_only:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    if not tables and not read_only:
        _begin(connection, path)
    known = connection.execute("SELECT value FROM meta WHERE name='format'").fetchone()
    if known is None or known[0] != FORMAT:
        found = f"format {known[0] if known else 'unknown'}"
        raise DataDirectoryError(path=path, found=found, expected=f"format {FORMAT}")


def _begin(connection: sqlite3.Connection, path: Path) -> None:
    """Begin a record, unless the directory has had one: an emptied file is not a fresh one."""
    if path.with_name(CURSORS).exists():
        raise DataDirectoryError(
            path=path,
            found=f"an empty record beside {CURSORS}, which belongs to another one",
            expected="the record as it was, or an empty directory",
        )
    # In one transaction: whoever is killed here leaves no tables, or all of them and their version.
    connection.execute("BEGIN IMMEDIATE")
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
    connection.execute("COMMIT")


def unusable(path: Path, error: OSError) -> DataDirectoryError:
    """What is to be raised where the system refuses us a directory or a file in it."""
    return DataDirectoryError(
        path=path,
        found=error.strerror or str(error),
        expected="a directory that this user may write",
    )
