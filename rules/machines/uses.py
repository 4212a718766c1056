"""Ids that count and begin again: in which times such an id meant one thing."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from rules.machines.contract import Codec
from rules.machines.drawers import Drawer
from rules.machines.shelf import Shelf

_UNIT = "\x1f"


class Use(NamedTuple):
    """A time in which an id that is used again meant one thing, and what the id is then called."""

    first: datetime
    last: datetime
    id: str

    def distance(self, at: datetime) -> timedelta:
        """How far a moment is away from it."""
        return max(self.first - at, at - self.last, timedelta(0))


class Uses:
    """Names ids across tenants, and across the times in which they were used.

    An id of a kind that is `reused` is another one when it has not been heard of for
    `reused_after`; what is heard of in between makes one of two.
    """

    __slots__ = ("reused", "reused_after", "uses")

    def __init__(self, shelf: Shelf, codec: Codec) -> None:
        self.reused: frozenset[str] = frozenset()
        self.reused_after = timedelta(0)
        self.uses: Drawer[list[Use]] = Drawer(shelf, "uses/", codec, _read_uses)

    def ids_of(self, tenant: str | None, link: str, at: datetime) -> Sequence[str]:
        """Name the id that a link is; what follows are ids that turn out to be the same one."""
        key = f"{tenant or ''}{_UNIT}{link}"
        if link.partition(":")[0] not in self.reused:
            return (key,)
        uses = self.uses.get(key) or []
        near = [each for each in uses if each.distance(at) <= self.reused_after]
        if not near:
            near = [Use(at, at, f"{key}{_UNIT}{at.isoformat()}" if uses else key)]
        whole = _whole(near, at)
        if [whole] != near or whole not in uses:
            self.uses.put(key, sorted([*(each for each in uses if each not in near), whole]))
        return tuple(dict.fromkeys((whole.id, *(each.id for each in near))))


def _read_uses(told: Iterable[Any]) -> list[Use]:
    return [
        Use(datetime.fromisoformat(first), datetime.fromisoformat(last), id_)
        for first, last, id_ in told
    ]


def _whole(uses: Sequence[Use], at: datetime) -> Use:
    """The time that some uses and a moment are together."""
    first = min(at, *(each.first for each in uses))
    last = max(at, *(each.last for each in uses))
    return Use(first, last, min(each.id for each in uses))
