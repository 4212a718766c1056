"""What a machine has put away: rows that leave its memory and are read back when they are needed.

A row that a machine puts on its shelf is one of its `changes`. As soon as its host has taken these,
the row is the host's alone; whoever asks for it is given it from there. Where no host is in reach
(a replay, a test) everything stays at hand. Either way the answers are the same.
"""

from collections.abc import Iterator
from typing import Protocol


class Reach(Protocol):
    """The rows that a host holds of one machine: those of all the `changes` that it has taken."""

    def row(self, name: str) -> bytes | None:
        """Give a row; None: there is none."""

    def between(self, first: str, end: str) -> Iterator[tuple[str, bytes]]:
        """Give the rows from `first` on that come before `end`, in the order of their names."""


class Shelf:
    """Rows by name, of which only those that the host has not taken yet are in memory."""

    __slots__ = ("_at_hand", "_changed", "_reach")

    def __init__(self) -> None:
        self._at_hand: dict[str, bytes | None] = {}
        """What the host does not have, or all there is where no host is in reach; None: gone."""
        self._changed: set[str] = set()
        self._reach: Reach | None = None

    def __len__(self) -> int:
        return len(self._at_hand)

    def lean_on(self, reach: Reach) -> None:
        """Find what is not at hand there."""
        self._reach = reach

    @property
    def is_lent(self) -> bool:
        """Whether a host keeps what is put away."""
        return self._reach is not None

    def get(self, name: str) -> bytes | None:
        """Give a row; None: there is none."""
        if name in self._at_hand:
            return self._at_hand[name]
        return None if self._reach is None else self._reach.row(name)

    def put(self, name: str, row: bytes) -> None:
        """Put a row away, in place of the one of that name."""
        self._at_hand[name] = row
        self._changed.add(name)

    def drop(self, name: str) -> None:
        """Let go of a row for good."""
        self._at_hand[name] = None
        self._changed.add(name)

    def restore(self, name: str, row: bytes) -> None:
        """Take a row that `rows` gave."""
        if self._reach is None:
            self._at_hand[name] = row

    def under(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Every row whose name begins so, each once. Nothing may be put or dropped meanwhile."""
        if self._reach is not None:
            for name, row in self._reach.between(prefix, after(prefix)):
                if name not in self._at_hand:
                    yield name, row
        for name, held in self._at_hand.items():
            if held is not None and name.startswith(prefix):
                yield name, held

    def far(self, prefix: str, last: str = "") -> Iterator[str]:
        """The names that the host has under a prefix, up to those that begin with it and `last`."""
        if self._reach is not None:
            for name, _ in self._reach.between(prefix, after(prefix + last)):
                yield name

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        for name in sorted(self._changed):
            yield name, self._at_hand[name]
        self._changed.clear()
        if self._reach is not None:
            self._at_hand.clear()


def after(prefix: str) -> str:
    """The first name that comes after all that begin so."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def compact(row: bytes) -> bytes:
    """Give the same bytes in no more memory than they need, for what is kept for a while.

    What writes JSON fast writes it into a large piece of memory, and hands over all of it.
    """
    return bytes(memoryview(row))
