"""The embedded host's one file: logs, heads and state in SQLite, durable without a server."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from rules.errors import FoureyesError
from rules.machines.contract import Output, Record
from stream.hosts.data_directory import (
    FILE,
    FORMAT,
    LOCK,
    DataDirectoryError,
    StorageUnavailableError,
    hold,
    open_record,
    told_as_ours,
)
from stream.hosts.putting_away import beside
from stream.hosts.setting_aside import Decision

__all__ = [
    "FILE",
    "FORMAT",
    "LOCK",
    "DataDirectoryError",
    "Head",
    "LogGapError",
    "StorageUnavailableError",
    "Store",
]

_SHIFT = 40
"""A record's row id is its log's number and its offset: one B-tree, appended to at its ends."""
_YOUNGER = "SELECT id FROM records WHERE id >= ? AND id < ? AND at_ms >= ? ORDER BY id LIMIT 1"
_EMPTY = "UPDATE records SET value=x'' WHERE id >= ? AND id < ?"
_TAKEN_AT = "SELECT at_ms FROM records WHERE id=?"
_ROW = "SELECT value FROM state WHERE role=? AND partition=? AND name=?"
_ROWS = (
    "SELECT name, value FROM state WHERE role=? AND partition=? AND name>=? AND name<?"
    " ORDER BY name"
)
_FACT = "SELECT value FROM meta WHERE name=?"


class Head(NamedTuple):
    """Up to where a machine is done, its own head there, and the rules by which it came there."""

    position: int
    head: bytes
    rules: str


class LogGapError(FoureyesError):
    """A log lacks records that were committed: somebody else has been at the file."""

    def __init__(self, *, path: Path, log: str, partition: int, offset: int) -> None:
        self.path = path
        self.log = log
        self.partition = partition
        self.offset = offset
        super().__init__(f"{path}: {log} {partition} lacks record {offset}; expected every record")


class Store:
    """Logs, heads and state in one SQLite file (WAL, synchronous=FULL), held by one process.

    A write is visible and durable when the `transaction` it was made in has ended; an exception
    inside it leaves nothing behind. Not for use by several threads at once. Whatever is asked of
    it may raise StorageUnavailableError (wait) or DataDirectoryError (damage).
    """

    def __init__(
        self, directory: Path, *, read_only: bool = False, overwrites: bool = False
    ) -> None:
        """Open it; `overwrites` is whether bytes that go are written over in the file."""
        self.path = directory / FILE
        self._read_only = read_only
        self._ends: dict[int, int] = {}
        with ExitStack() as held:
            if not read_only:
                held.enter_context(hold(directory))
            self._connection = held.enter_context(
                closing(open_record(self.path, read_only=read_only))
            )
            if overwrites:
                self._connection.execute("PRAGMA secure_delete=ON")
            self._numbers = self._known_logs()
            self._held = held.pop_all()

    def _known_logs(self) -> dict[tuple[str, int], int]:
        rows = self._ask("SELECT number, name, partition FROM logs")
        return {(name, partition): number for number, name, partition in rows}

    def _ask(self, question: str, *parameters: object) -> list[tuple[Any, ...]]:
        with told_as_ours(self.path):
            return self._connection.execute(question, parameters).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._held.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable at once, or nothing."""
        with self._undone_on_error("ROLLBACK"), told_as_ours(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")

    @contextmanager
    def part(self) -> Iterator[None]:
        """Make a part of a transaction that is undone by itself if something is raised in it."""
        with self._undone_on_error("ROLLBACK TO part"), told_as_ours(self.path):
            self._connection.execute("SAVEPOINT part")
            yield
            self._connection.execute("RELEASE part")

    @contextmanager
    def _undone_on_error(self, undo: str) -> Iterator[None]:
        ends, numbers = dict(self._ends), dict(self._numbers)
        try:
            yield
        except BaseException:
            self._ends, self._numbers = ends, numbers
            # SQLite may have undone everything already. Where it can not undo, the next
            # transaction can not begin, and says why.
            if self._connection.in_transaction:
                with suppress(sqlite3.DatabaseError):
                    self._connection.execute(undo)
            raise

    # --- logs -------------------------------------------------------------------------------

    def _number(self, log: str, partition: int) -> int:
        number = self._numbers.get((log, partition))
        if number is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO logs (name, partition) VALUES (?, ?)", (log, partition)
            )
            ((number,),) = self._ask(
                "SELECT number FROM logs WHERE name=? AND partition=?", log, partition
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
            ((last,),) = self._ask(
                "SELECT max(id) FROM records WHERE id >= ? AND id < ?", low, high
            )
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
        """Read up to `limit` records of a log from `position` on. Raises LogGapError."""
        if self._read_only and (log, partition) not in self._numbers:
            self._numbers = self._known_logs()
        number = self._numbers.get((log, partition))
        if number is None:
            return []
        if not self._read_only and position >= self.end(log, partition):
            return []
        low = number << _SHIFT
        rows = self._ask(
            "SELECT id, value, at_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            low + position,
            low + (1 << _SHIFT),
            limit,
        )
        found = [Record(id - low, value, at_ms) for id, value, at_ms in rows]  # noqa: A001
        if found and found[-1].offset != position + len(found) - 1:
            missing = next(n for n, each in enumerate(found, position) if each.offset != n)
            raise LogGapError(path=self.path, log=log, partition=partition, offset=missing)
        return found

    def empty(self, log: str, partition: int, *, begin: int, below: int, before_ms: int) -> int:
        """Let go of the bytes of records from `begin` on that were taken before a time.

        Up to the first that was not, and below an offset; gives where it stopped, from where the
        next time has to begin. The records stay, without anything in them, so that offsets go on.
        Nothing of the bytes is left in the file, nor in its write-ahead log unless somebody reads
        at the moment.
        """
        number = self._numbers.get((log, partition))
        if number is None or begin >= below:
            return begin
        low = number << _SHIFT
        kept = self._ask(_YOUNGER, low + begin, low + below, before_ms)
        end = next((at - low for (at,) in kept), below)
        if end > begin:
            with self.transaction():
                self._connection.execute(_EMPTY, (low + begin, low + end))
            self._ask("PRAGMA wal_checkpoint(TRUNCATE)")
        return end

    def taken_at(self, log: str, partition: int, offset: int) -> int | None:
        """When a log took a record (ms since 1970); None: it has no such record."""
        row_id = (self._numbers.get((log, partition), 0) << _SHIFT) + offset
        return next((at for (at,) in self._ask(_TAKEN_AT, row_id)), None)

    def partitions(self, log: str) -> list[int]:
        """The partitions of a log that hold anything."""
        self._numbers = self._known_logs()
        return sorted(partition for name, partition in self._numbers if name == log)

    # --- heads, checkpoints, state ----------------------------------------------------------

    def head(self, role: str, partition: int) -> Head | None:
        """The committed position of a machine and its head there."""
        rows = self._ask(
            "SELECT position, head, rules FROM heads WHERE role=? AND partition=?", role, partition
        )
        return next((Head(int(at), bytes(head), str(rules)) for at, head, rules in rows), None)

    def set_head(self, machine: tuple[str, int], head: Head) -> None:
        """Move a machine's committed position, inside the transaction of its outputs."""
        self._connection.execute(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", (*machine, *head)
        )

    def checkpoint(self, role: str, partition: int) -> tuple[int, str]:
        """The position of a machine's last checkpoint and the rules' version that wrote it."""
        rows = self._ask(
            "SELECT position, rules FROM checkpoints WHERE role=? AND partition=?", role, partition
        )
        return next(((int(position), str(rules)) for position, rules in rows), (0, ""))

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

    def state(
        self, role: str, partition: int, without: Sequence[str] = ()
    ) -> Iterator[tuple[str, bytes]]:
        """The rows of a machine's last checkpoint, read as they are asked for.

        Those whose names begin with one of `without` are left out, and not even looked at.
        """
        for first, end in beside(without):
            yield from self.rows_between((role, partition), first, end)

    def rows_between(
        self, machine: tuple[str, int], first: str, end: str
    ) -> Iterator[tuple[str, bytes]]:
        """The rows of a machine's state from one name on and before another, by name."""
        with told_as_ours(self.path):
            yield from self._connection.execute(_ROWS, (*machine, first, end))

    def row(self, machine: tuple[str, int], name: str) -> bytes | None:
        """One row of a machine's state."""
        return next((bytes(row) for (row,) in self._ask(_ROW, *machine, name)), None)

    # --- what two people have decided ---------------------------------------------------------

    def decisions(self, role: str, partition: int) -> list[Decision]:
        """What was decided about records of a machine's log."""
        rows = self._ask(
            "SELECT record, digest, entry, is_applied FROM set_aside WHERE role=? AND partition=?",
            role,
            partition,
        )
        return [
            Decision(offset=at, digest=digest, entry=bytes(entry), is_applied=bool(is_applied))
            for at, digest, entry, is_applied in rows
        ]

    def decide(self, machine: tuple[str, int], decision: Decision) -> None:
        """Write down a decision, or that it was carried out, inside a transaction."""
        self._connection.execute(
            "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?, ?)",
            (*machine, decision.offset, decision.digest, decision.entry, decision.is_applied),
        )

    # --- the directory itself ----------------------------------------------------------------

    def remembered(self, name: str) -> str | None:
        """A fact about the whole directory, such as its partition count."""
        return next((str(row[0]) for row in self._ask(_FACT, name)), None)

    def remember(self, name: str, value: str) -> None:
        """Write such a fact down, inside a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
