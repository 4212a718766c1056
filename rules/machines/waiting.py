"""What waits at a linker for its case, by the ids that it carries and the lane it came in."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from rules.events import Event
from rules.machines.contract import Codec

_A_MOMENT = timedelta(microseconds=1)


class Parked(NamedTuple):
    """An event that waits for its case, as it came: its lane, its ids, its canonical bytes."""

    lane: str
    ids: tuple[str, ...]
    event: Event
    line: bytes


class Waiting:
    """Everything that is parked. A row holds what has the same first id, in order of arrival."""

    __slots__ = ("_by_first", "_carried", "touched")

    def __init__(self) -> None:
        self._by_first: dict[str, list[Parked]] = {}
        self._carried: dict[str, set[str]] = {}
        """any id of what waits → the first ids of what carries it"""
        self.touched: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, self._by_first.values()))

    def add(self, parked: Parked) -> None:
        """Park an event."""
        first = parked.ids[0]
        self._by_first.setdefault(first, []).append(parked)
        for each in parked.ids:
            self._carried.setdefault(each, set()).add(first)
        self.touched.add(first)

    def carrying(self, ids: Iterable[str]) -> list[Parked]:
        """What waits and carries one of these ids, each once, in a fixed order."""
        wanted = set(ids)
        firsts = {first for each in wanted for first in self._carried.get(each, ())}
        return [
            each
            for first in sorted(firsts)
            for each in self._by_first[first]
            if not wanted.isdisjoint(each.ids)
        ]

    def ids(self) -> list[str]:
        """Every id that something that waits carries."""
        return list(self._carried)

    def over(self, lane: str, until: datetime, grace: timedelta) -> list[Parked]:
        """What has waited in a lane for longer than its grace, in a fixed order."""
        return [
            each
            for first in sorted(self._by_first)
            for each in self._by_first[first]
            if each.lane == lane and each.event.occurred_at + grace <= until
        ]

    def oldest(self, lane: str) -> datetime | None:
        """Just before the oldest event of a lane that still waits."""
        times = [
            each.event.occurred_at
            for parked in self._by_first.values()
            for each in parked
            if each.lane == lane
        ]
        return min(times) - _A_MOMENT if times else None

    def remove(self, parked: Parked) -> None:
        """Let an event go."""
        first = parked.ids[0]
        rest = [each for each in self._by_first[first] if each is not parked]
        self.touched.add(first)
        if rest:
            self._by_first[first] = rest
        else:
            del self._by_first[first]
        for id_ in {*parked.ids}.difference(*(each.ids for each in rest)):
            self._carried[id_].discard(first)
            if not self._carried[id_]:
                del self._carried[id_]

    def rows(self, codec: Codec) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        for first in sorted(self.touched):
            # Canonical bytes hold no tab: it stands between them, whatever a lane is called.
            lines = [
                b"\t".join([codec.write([each.lane, each.ids]), each.line])
                for each in self._by_first.get(first, ())
            ]
            yield first, b"\n".join(lines) if lines else None
        self.touched.clear()

    def restore(self, row: bytes, codec: Codec) -> None:
        """Take one row that `rows` gave."""
        for each in row.split(b"\n"):
            told, line = each.split(b"\t", 1)
            lane, ids = json.loads(told)
            self.add(Parked(lane, tuple(ids), codec.read_event(line), line))
        self.touched.clear()
