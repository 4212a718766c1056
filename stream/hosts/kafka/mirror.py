"""A machine's rows as the state partition has them, on disk: a file that only this process knows.

It is made anew when a partition is taken over, from the compacted topic, and is gone with the
process, whatever ends that. SQLite puts it where SQLITE_TMPDIR or TMPDIR says, and keeps up to
CACHE_KIB of it in memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rules.errors import FoureyesError
from stream.hosts.putting_away import beside

CACHE_KIB = 8_192
PAGE_BYTES = 16_384
PART_ROWS = 500
"""Rows that are written in one go."""
_ROWS = "SELECT name, value FROM rows WHERE name>=? AND name<? ORDER BY name"
_TABLE = "CREATE TABLE rows (name TEXT PRIMARY KEY, value BLOB NOT NULL)"


class MirrorUnavailableError(FoureyesError):
    """The rows of a partition can not be kept or read at present (a full disk, say)."""

    def __init__(self, *, error: sqlite3.Error) -> None:
        super().__init__(
            f"the file for what machines have put away: {error}; expected room for it where"
            f" SQLITE_TMPDIR or TMPDIR says"
        )


class Mirror:
    """The rows of one machine by name. It is used by one thread after the other."""

    def __init__(self) -> None:
        # No name: SQLite makes a file and unlinks it at once.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with _told_as_ours():
            for pragma in (
                f"page_size={PAGE_BYTES}",
                "temp_store=FILE",
                f"cache_size=-{CACHE_KIB}",
                "journal_mode=OFF",
                "synchronous=OFF",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.execute(_TABLE)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def write(self, rows: Mapping[str, bytes | None]) -> None:
        """Take the latest of some rows (None: gone)."""
        kept = [(name, row) for name, row in rows.items() if row is not None]
        gone = [(name,) for name, row in rows.items() if row is None]
        with _told_as_ours():
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?)", kept)
            self._connection.executemany("DELETE FROM rows WHERE name=?", gone)
            self._connection.execute("COMMIT")

    def copying(
        self, rows: Iterable[tuple[str, bytes | None]]
    ) -> Iterator[tuple[str, bytes | None]]:
        """Pass rows on and take them too: when the last has been passed on, all are here."""
        part: dict[str, bytes | None] = {}
        for name, row in rows:
            part[name] = row
            if len(part) >= PART_ROWS:
                self.write(part)
                part = {}
            yield name, row
        self.write(part)

    def row(self, name: str) -> bytes | None:
        """Give a row; None: there is none."""
        with _told_as_ours():
            found = self._connection.execute("SELECT value FROM rows WHERE name=?", (name,))
            return next((bytes(row) for (row,) in found), None)

    def between(self, first: str, end: str) -> Iterator[tuple[str, bytes]]:
        """Give the rows from `first` on that come before `end`, in the order of their names."""
        with _told_as_ours():
            rows = self._connection.execute(_ROWS, (first, end))
            # Not handed over whole: whoever stops half-way may do so after all was closed.
            for name, row in rows:
                yield str(name), bytes(row)

    def without(self, prefixes: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
        """Give every row by name, but for those whose names begin with one of these."""
        for first, end in beside(prefixes):
            yield from self.between(first, end)


@contextmanager
def _told_as_ours() -> Iterator[None]:
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise MirrorUnavailableError(error=error) from error
