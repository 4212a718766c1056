"""Mappings and groups that are put away: used as if they were in memory, and kept on a shelf."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from rules.machines.contract import Codec
from rules.machines.shelf import Shelf, compact

REMEMBERED_MAX = 4_000
"""What each drawer has looked up lately and still has at hand, found or not."""
_APART = "\x1e"

V = TypeVar("V")


class Drawer(Generic[V]):
    """Values by key, each a row under a prefix. What is taken out must not be changed.

    `count` says how many there are.
    """

    __slots__ = ("_codec", "_prefix", "_read", "_remembered", "_shelf", "count")

    def __init__(self, shelf: Shelf, prefix: str, codec: Codec, read: Callable[[Any], V]) -> None:
        self._shelf = shelf
        self._prefix = prefix
        self._codec = codec
        self._read = read
        self._remembered: dict[str, V | None] = {}
        self.count = 0

    def get(self, key: str) -> V | None:
        """Give a value; None: there is none."""
        if not self.count:
            return None
        if key in self._remembered:
            return self._remembered[key]
        row = self._shelf.get(self._prefix + key)
        return self._remember(key, None if row is None else self._read(json.loads(row)))

    def put(self, key: str, value: V) -> None:
        """Put a value in, in place of the one that was there."""
        if self.get(key) is None:
            self.count += 1
        self._remember(key, value)
        self._shelf.put(self._prefix + key, compact(self._codec.write(value)))

    def every(self) -> list[tuple[str, V]]:
        """All that is in it, taken out at once."""
        return [
            (name.removeprefix(self._prefix), self._read(json.loads(row)))
            for name, row in self._shelf.under(self._prefix)
        ]

    def _remember(self, key: str, value: V | None) -> V | None:
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[key] = value
        return value


class Groups:
    """Members by group, each a row that says nothing but its name."""

    __slots__ = ("_near", "_prefix", "_shelf")

    def __init__(self, shelf: Shelf, prefix: str) -> None:
        self._shelf = shelf
        self._prefix = prefix
        self._near: dict[str, dict[str, bool]] = {}
        """What the host does not have: a group → a member → whether it is there."""

    def add(self, group: str, member: str) -> None:
        """Put a member into a group."""
        self._near.setdefault(group, {})[member] = True
        self._shelf.put(self._name(group, member), b"")

    def discard(self, group: str, member: str) -> None:
        """Take a member out of a group."""
        self._near.setdefault(group, {})[member] = False
        self._shelf.drop(self._name(group, member))

    def members(self, group: str) -> list[str]:
        """Everything in a group, in order."""
        near = self._near.get(group, {})
        found = {member for member, is_there in near.items() if is_there}
        found.update(member for member in self._far(group) if member not in near)
        return sorted(found)

    def _far(self, group: str) -> Iterator[str]:
        prefix = self._name(group, "")
        for name in self._shelf.far(prefix):
            yield name.removeprefix(prefix)

    def _name(self, group: str, member: str) -> str:
        return f"{self._prefix}{group}{_APART}{member}"

    def taken(self) -> None:
        """Take note that the host has all of it."""
        if self._shelf.is_lent:
            self._near.clear()

    def restore(self, name: str) -> None:
        """Take the name of one row, if it is of these."""
        if name.startswith(self._prefix):
            group, member = name.removeprefix(self._prefix).split(_APART, 1)
            self._near.setdefault(group, {})[member] = True
