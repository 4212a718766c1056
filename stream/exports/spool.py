"""The entries of an export by case, on disk: a file of any size is checked in the same memory."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from stream.exports.entries import Entry
from stream.exports.gone import Departed

BATCH_ENTRIES = 1_000
CASE_ENTRIES_MAX = 50_000
CASE_BYTES_MAX = 64 << 20
_TABLES = """
CREATE TABLE entries (log INTEGER, number INTEGER, key TEXT, sort TEXT, size INTEGER, body BLOB);
CREATE TABLE cases (
    place INTEGER PRIMARY KEY, log INTEGER, key TEXT, count INTEGER, size INTEGER
);
CREATE TABLE gone (log INTEGER, number INTEGER, count INTEGER, decided INTEGER);
CREATE TABLE reports (log INTEGER, number INTEGER, body BLOB, PRIMARY KEY (log, number));
"""
_FILL_CASES = """
INSERT INTO cases (log, key, count, size)
    SELECT log, key, count(*), sum(size) FROM entries GROUP BY log, key ORDER BY log, min(number);
"""
_TOO_LARGE = "SELECT key FROM cases WHERE log = ? AND NOT (count <= ? AND size <= ?) ORDER BY place"
# The order is that in which the indexes are walked: nothing is sorted, case by case in one query.
_BY_CASE = """
SELECT cases.key, entries.number, entries.sort, entries.body
    FROM cases CROSS JOIN entries INDEXED BY by_case
        ON entries.log = cases.log AND entries.key = cases.key
    WHERE cases.log = ? AND cases.count <= ? AND cases.size <= ?
    ORDER BY cases.place, entries.number
"""
_KEY = "\x1f"


class Spool:
    """Takes entries log by log, in order; gives them back case by case."""

    def __init__(self) -> None:
        # Without a name: a file that only this connection sees, gone when it is closed.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; {_TABLES} BEGIN;")
        self._waiting: list[tuple[int, int, str, str, int, bytes]] = []

    def put(self, log: int, entry: Entry) -> None:
        """Keep an entry about a case."""
        tenant, case = entry.about or ("", "")
        key = f"{tenant}{_KEY}{case}"
        row = (log, entry.number, key, entry.sort, len(entry.body), entry.body)
        self._waiting.append(row)
        if len(self._waiting) >= BATCH_ENTRIES:
            self._flush()

    def put_report(self, log: int, entry: Entry) -> None:
        """Keep an entry that says how far everybody had come."""
        self._db.execute("INSERT INTO reports VALUES (?, ?, ?)", (log, entry.number, entry.body))

    def put_gone(self, log: int, departed: Departed) -> None:
        """Keep what is said to have let go of its bytes."""
        self._db.execute("INSERT INTO gone VALUES (?, ?, ?, ?)", (log, *departed))

    def gone(self, log: int) -> Iterator[Departed]:
        """What is said to have, in order."""
        told = "SELECT number, count, decided FROM gone WHERE log = ? ORDER BY rowid"
        return (Departed(*row) for row in self._db.execute(told, (log,)))

    def count_gone(self, log: int) -> Counter[int]:
        """How many entries are said to have gone by each decision."""
        told = "SELECT decided, sum(count) FROM gone WHERE log = ? GROUP BY decided"
        return Counter(dict(self._db.execute(told, (log,))))

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def seal(self) -> None:
        """Everything is in."""
        self._flush()
        self._db.execute("CREATE INDEX by_case ON entries (log, key, number, size)")
        self._db.execute(_FILL_CASES)

    def last_report(self, log: int, before: int) -> int | None:
        """The number of the last report before an entry."""
        found = self._db.execute(
            "SELECT max(number) FROM reports WHERE log = ? AND number < ?", (log, before)
        ).fetchone()
        return None if found[0] is None else int(found[0])

    def report(self, log: int, number: int) -> bytes:
        """The bytes of a report."""
        told = "SELECT body FROM reports WHERE log = ? AND number = ?"
        return bytes(self._db.execute(told, (log, number)).fetchone()[0])

    def cases(self, log: int) -> Iterator[list[Entry] | str]:
        """Each case's entries, in the order of first entries; a case that is too large by name."""
        limits = (log, CASE_ENTRIES_MAX, CASE_BYTES_MAX)
        for (key,) in self._db.execute(_TOO_LARGE, limits):
            yield key.partition(_KEY)[2]
        for key, rows in groupby(self._db.execute(_BY_CASE, limits), itemgetter(0)):
            tenant, _, case = key.partition(_KEY)
            about = tenant, case
            yield [Entry(number, sort, about, body) for _, number, sort, body in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
