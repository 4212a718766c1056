"""Where lies what was forwarded on the strength of its ids, and what it was taken out of."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from rules.events import Event
from rules.machines.contract import Codec
from rules.machines.drawers import Drawer, Groups
from rules.machines.shelf import Shelf

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

    __slots__ = ("_carried", "_in_case", "lies")

    def __init__(self, shelf: Shelf, codec: Codec) -> None:
        self.lies: Drawer[Lies] = Drawer(shelf, "lying/", codec, _read_lies)
        self._carried = Groups(shelf, "by/")
        """id → the keys of what carries it"""
        self._in_case = Groups(shelf, "in/")
        """case → the keys of what lies in it"""

    def get(self, event: Event) -> Lies | None:
        """Find an event, if it was forwarded before."""
        return self.lies.get(_key(event.tenant, telling(event)))

    def carrying(self, ids: Iterable[str]) -> list[Lies]:
        """What carries one of these ids, in a fixed order."""
        return self._of({key for each in ids for key in self._carried.members(each)})

    def in_case(self, case: str) -> list[Lies]:
        """What lies in a case, in a fixed order."""
        return self._of(self._in_case.members(case))

    def _of(self, keys: Iterable[str]) -> list[Lies]:
        found = (self.lies.get(key) for key in sorted(keys))
        return [lies for lies in found if lies is not None]

    def is_case(self, case: str) -> bool:
        """Whether anything lies in a case."""
        return bool(self._in_case.members(case))

    def add(self, event: Event, ids: tuple[str, ...], case: str) -> None:
        """Take note of what is forwarded."""
        told = telling(event)
        self._put(Lies(_key(event.tenant, told), told, ids, case))

    def move(self, lies: Lies, case: str, *, left: tuple[str, ...]) -> None:
        """Take note that an event lies in another case by now, and which it has been taken from."""
        self._put(lies._replace(case=case, left=left))

    def _put(self, lies: Lies) -> None:
        before = self.lies.get(lies.key)
        if before is not None:
            self._in_case.discard(before.case, lies.key)
        self.lies.put(lies.key, lies)
        self._place(lies)

    def _place(self, lies: Lies) -> None:
        self._in_case.add(lies.case, lies.key)
        for each in lies.ids:
            self._carried.add(each, lies.key)

    @property
    def groups(self) -> tuple[Groups, ...]:
        """What finds it by id and by case."""
        return self._carried, self._in_case

    def take_stock(self) -> list[Lies]:
        """Put in order what other versions did not, and give it."""
        found = [lies for _, lies in self.lies.every()]
        for lies in found:
            self._place(lies)
        return found


def _read_lies(told: Any) -> Lies:
    # It was an object before it was a list.
    parts = told if isinstance(told, list) else [told.get(name, ()) for name in Lies._fields]
    key, (source, id_, links), ids, case, left = parts
    return Lies(key, Telling(source, id_, tuple(links)), tuple(ids), case, tuple(left))


def _key(tenant: str | None, told: Telling) -> str:
    return _UNIT.join([tenant or "", told.source, told.id, *told.links])
