"""The settled cases of a machine: rows that are put away, and the few of which more is known."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush

from rules.machines.cases import settled_at
from rules.machines.shelf import Shelf

SETTLED = "settled/"
OWED = "owed/"
"""A settled case to which a silent source still owes an answer."""
LEAVING = "leaving/"
"""When a settled row goes for good, where they are not kept for ever, and whose it is."""
PUT_AWAY = (SETTLED, LEAVING)
"""What is not handed to a machine that takes over: it asks for it when it needs it."""
_UNIT = "\x1f"


class Settled:
    """Which cases are settled, and their rows.

    In memory are the keys of those that are owed an answer, and what has settled since the host
    last took the changes. `keeps` says for how long a row is kept; None: for ever.
    """

    __slots__ = ("_expiring", "_keeps", "_shelf", "count", "owed")

    def __init__(self, shelf: Shelf, keeps: timedelta | None = None) -> None:
        self._shelf = shelf
        self._keeps = keeps
        self._expiring: list[tuple[datetime, str]] = []
        """When each row may go that the host has not taken yet."""
        self.owed: set[str] = set()
        self.count = 0

    def get(self, key: str) -> bytes | None:
        """Give the row of a settled case; None: it is not settled."""
        return self._shelf.get(self._name(key))

    def put(self, key: str, row: bytes, at: datetime, *, is_owed: bool) -> None:
        """Put a case away that has settled."""
        if is_owed:
            self.owed.add(key)
        self._shelf.put(self._name(key), row)
        self.count += 1
        if self._keeps is not None:
            heappush(self._expiring, (at + self._keeps, key))
            self._shelf.put(_leaving(at + self._keeps, key), b"")

    def take_out(self, key: str, at: datetime) -> None:
        """Let go of a row that settled at `at`: the case is open again, or is no more."""
        self._shelf.drop(self._name(key))
        self.owed.discard(key)
        self.count -= 1
        if self._keeps is not None:
            self._shelf.drop(_leaving(at + self._keeps, key))

    def forget(self, now: datetime) -> None:
        """Let go for good of every row that has been kept for long enough at `now`."""
        keeps = self._keeps or timedelta(0)
        due = [_read_leaving(name) for name in self._shelf.far(LEAVING, _moment(now))]
        while self._expiring and self._expiring[0][0] <= now:
            due.append(heappop(self._expiring))
        for at, key in due:
            row = self.get(key)
            # One that was opened again meanwhile may have settled again since.
            if row is not None and settled_at(row) + keeps == at:
                self.take_out(key, at - keeps)

    def every(self) -> Iterator[tuple[str, bytes]]:
        """Every settled case's key and row. Nothing may settle or open meanwhile."""
        for prefix in (SETTLED, OWED):
            for name, row in self._shelf.under(prefix):
                yield name.removeprefix(prefix), row

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        yield from self._shelf.rows()
        if self._shelf.is_lent:
            self._expiring.clear()

    def restore(self, name: str, row: bytes) -> None:
        """Take one row that `rows` gave."""
        self._shelf.restore(name, row)
        if name.startswith(OWED):
            self.owed.add(name.removeprefix(OWED))
        elif name.startswith(LEAVING) and not self._shelf.is_lent:
            heappush(self._expiring, _read_leaving(name))

    def take_stock(self, count: int | None) -> None:
        """Take how many there are; None: whoever wrote the rows told neither that, nor who goes."""
        if count is not None:
            self.count = count
            return
        self.count = 0
        leaving = []
        for key, row in self.every():
            self.count += 1
            if self._keeps is not None:
                leaving.append((settled_at(row) + self._keeps, key))
        for at, key in leaving:
            heappush(self._expiring, (at, key))
            self._shelf.put(_leaving(at, key), b"")

    def _name(self, key: str) -> str:
        return (OWED if key in self.owed else SETTLED) + key


def _leaving(at: datetime, key: str) -> str:
    return f"{LEAVING}{_moment(at)}{_UNIT}{key}"


def _read_leaving(name: str) -> tuple[datetime, str]:
    at, key = name.removeprefix(LEAVING).split(_UNIT, 1)
    return datetime.fromisoformat(at), key


def _moment(at: datetime) -> str:
    """A moment as a text: what is earlier comes first."""
    return at.isoformat(timespec="microseconds")
