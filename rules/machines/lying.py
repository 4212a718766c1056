"""Where lies what was forwarded on the strength of its ids, and what it was taken out of."""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rules.events import Event
from rules.machines.contract import Codec
from rules.machines.ids import is_unnamed

_UNIT = "\x1f"


class Telling(NamedTuple):
    """What is known again of an event among those of its tenant: one telling of it."""

    source: str
    id: str
    links: tuple[str, ...]


def telling(event: Event) -> Telling:
    """Name an event by what is told of it."""
    return Telling(event.source, event.id, event.links)


class Lies(NamedTuple):
    """An event that was forwarded: what it is known by, the case it lies in, those that it left."""

    key: str
    told: Telling
    ids: tuple[str, ...]
    case: str
    left: tuple[str, ...] = ()


class Lying:
    """Every event that was forwarded on the strength of its ids. Events that name a case do not."""

    __slots__ = ("_by_key", "_carried", "_in_case", "touched")

    def __init__(self) -> None:
        self._by_key: dict[str, Lies] = {}
        self._carried: dict[str, set[str]] = {}
        """id → the keys of what carries it"""
        self._in_case: dict[str, set[str]] = {}
        self.touched: set[str] = set()

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, event: Event) -> Lies | None:
        """Find an event, if it was forwarded before."""
        return self._by_key.get(_key(event.tenant, telling(event)))

    def carrying(self, ids: Iterable[str]) -> list[Lies]:
        """What carries one of these ids, in a fixed order."""
        keys = {key for each in ids for key in self._carried.get(each, ())}
        return [self._by_key[key] for key in sorted(keys)]

    def in_case(self, case: str) -> list[Lies]:
        """What lies in a case, in a fixed order."""
        return [self._by_key[key] for key in sorted(self._in_case.get(case, ()))]

    def is_case(self, case: str) -> bool:
        """Whether anything lies in a case."""
        return case in self._in_case

    def ids(self) -> Iterator[str]:
        """Every id of what lies in a case that nobody named."""
        for case, keys in self._in_case.items():
            if is_unnamed(case):
                for key in keys:
                    yield from self._by_key[key].ids

    def add(self, event: Event, ids: tuple[str, ...], case: str) -> None:
        """Take note of what is forwarded."""
        told = telling(event)
        self._put(Lies(_key(event.tenant, told), told, ids, case))

    def move(self, lies: Lies, case: str, *, left: tuple[str, ...]) -> None:
        """Take note that an event lies in another case by now, and which it has been taken from."""
        self._put(lies._replace(case=case, left=left))

    def _put(self, lies: Lies) -> None:
        key = lies.key
        before = self._by_key.get(key)
        if before is not None:
            self._in_case[before.case].discard(key)
            if not self._in_case[before.case]:
                del self._in_case[before.case]
        self._by_key[key] = lies
        self._in_case.setdefault(lies.case, set()).add(key)
        for each in lies.ids:
            self._carried.setdefault(each, set()).add(key)
        self.touched.add(key)

    def rows(self, codec: Codec) -> Iterator[tuple[str, bytes]]:
        """The rows that changed since they were last asked for."""
        for key in sorted(self.touched):
            yield key, codec.write(self._by_key[key]._asdict())
        self.touched.clear()

    def restore(self, row: bytes) -> None:
        """Take one row that `rows` gave."""
        row_ = json.loads(row)
        source, id_, links = row_["told"]
        told = Telling(source, id_, tuple(links))
        ids, left = tuple(row_["ids"]), tuple(row_.get("left", ()))
        self._put(Lies(row_["key"], told, ids, row_["case"], left))
        self.touched.clear()


def _key(tenant: str | None, told: Telling) -> str:
    return _UNIT.join([tenant or "", told.source, told.id, *told.links])
