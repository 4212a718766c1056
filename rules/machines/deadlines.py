"""What is to be asked again, and when: ordered, so that every replay asks in the same order."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from typing import NamedTuple

from rules.events import Action

Reported = Callable[[frozenset[Action]], datetime | None]


class Due(NamedTuple):
    """A question that has become ripe: since when, of which case and rule, awaiting what."""

    at: datetime
    key: str
    rule: int
    awaiting: frozenset[Action]


class Deadlines:
    """Questions by what they await. An entry may be stale; whoever pops it checks.

    A question waits in `_open` until its sources have reported, or until time elsewhere has gone
    on for so long that they count as silent; then it is handed out once as overdue and waits in
    `_silent` for the sources to come back.
    """

    __slots__ = ("_open", "_silent")

    def __init__(self) -> None:
        self._open: dict[frozenset[Action], list[tuple[datetime, str, int]]] = {}
        self._silent: dict[frozenset[Action], list[tuple[datetime, str, int]]] = {}

    def __len__(self) -> int:
        return sum(len(heap) for heaps in (self._open, self._silent) for heap in heaps.values())

    def add(self, due: Due) -> None:
        """Note a question."""
        heappush(self._open.setdefault(due.awaiting, []), due[:3])

    def ripe(self, reported: Reported) -> list[Due]:
        """Take out every question whose sources have reported past it, earliest first."""
        found = []
        for heaps in (self._open, self._silent):
            for awaiting, heap in heaps.items():
                until = reported(awaiting) if heap else None
                while until is not None and heap and heap[0][0] <= until:
                    found.append(Due(*heappop(heap), awaiting))
        return sorted(found, key=_ordered)

    def overdue(self, before: datetime) -> list[Due]:
        """Take note of every question that was due by `before` and is not ripe, once."""
        found = []
        for awaiting, heap in self._open.items():
            while heap and heap[0][0] <= before:
                entry = heappop(heap)
                heappush(self._silent.setdefault(awaiting, []), entry)
                found.append(Due(*entry, awaiting))
        return sorted(found, key=_ordered)

    def wait_again(self) -> None:
        """Take every question as not yet handed out: policy may have become more patient."""
        for awaiting, heap in self._silent.items():
            for entry in heap:
                heappush(self._open.setdefault(awaiting, []), entry)
        self._silent.clear()


def _ordered(due: Due) -> tuple[datetime, str, int, list[Action]]:
    return due.at, due.key, due.rule, sorted(due.awaiting)
