"""A form: one kind of record, and the table that reads it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stream.connectors.table.compiled import compile_rows
from stream.connectors.table.refusals import RefusalKind, Unfit
from stream.connectors.table.rows import Record, Term, reaching

EVENTS_PER_RECORD_MAX = 1000
"""One record of theirs becomes at most so many events."""

Tree = dict[str, Any]


def always(_: Record) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Form:
    """One kind of record: how it is recognised, and the table that reads it.

    `words` are what the connector's `word` gives of its records (empty: anything), `fits` is what
    else must hold. Several forms may fit one record: each gives events of its own. `each` names
    the lists whose items are one event each: `(("item", "requestedItems"),)` puts every item in
    turn under `item`, beside the record's own fields; a list may lie in an earlier item. An object
    counts as a list of one; a list that is not told, or is empty, gives no event, unless its name
    ends in `?`: then one event without an item. `keeps` is asked of each item.
    """

    title: str
    recognised_by: str
    rows: Mapping[str, Term]
    fits: Callable[[Record], bool] = always
    words: frozenset[str] = frozenset()
    each: tuple[tuple[str, str], ...] = ()
    keeps: Callable[[Record], bool] = always
    read: Callable[[Record], Tree] = field(init=False, repr=False, compare=False)
    lists: "tuple[_List, ...]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the table, once."""
        object.__setattr__(self, "read", compile_rows(self.rows))
        lists = tuple(_list_at(name, place) for name, place in self.each)
        object.__setattr__(self, "lists", lists)

    def readings(self, record: Record) -> list[Tree]:
        """Read an event for each item. Raises Unfit."""
        scopes: list[Scope] = [(record, ())]
        for each in self.lists:
            scopes = _all_items(scopes, each)
        read, keeps = self.read, self.keeps
        trees = []
        for scope, steps in scopes:
            try:
                if keeps is always or keeps(scope):
                    trees.append(read(scope))
            except Unfit as unfit:
                unfit.field = _placed(unfit.field or "", _places(steps))
                raise
        return trees

    def spelled(self, theirs: str) -> str:
        """Print a place of an item as it stands in the record: `item.id` → `items[].id`."""
        places: dict[str, str] = {}
        for name, path in self.each:
            places[name.removesuffix("?")] = f"{_placed(path, places)}[]"
        return re.sub(
            r"(?<![\w.])\w+(?=\.|$|[ ,>])", lambda word: places.get(word[0], word[0]), theirs
        )


class _List(NamedTuple):
    """A list whose items are one event each: what an item is called, and where the list lies."""

    name: str
    place: str
    may_lack: bool
    found_in: Callable[[Record], Any]


def _list_at(name: str, place: str) -> _List:
    """Read what `each` says of one list."""
    found_in = reaching(tuple(place.split(".")))
    return _List(name.removesuffix("?"), place, name[-1] == "?", found_in)


Step = tuple[_List, int | None]
"""Which item of a list; None: an object that counts as a list of one."""
Scope = tuple[Record, tuple[Step, ...]]
"""A record with an item beside its own fields, and which item that is."""


def _all_items(scopes: list[Scope], each: _List) -> list[Scope]:
    """Go one list deeper everywhere. Raises Unfit where that becomes too many events."""
    deeper: list[Scope] = []
    for scope in scopes:
        deeper += _items(scope, each)
        if len(deeper) > EVENTS_PER_RECORD_MAX:
            raise too_many(scope[0])
    return deeper


def _items(scope: Scope, each: _List) -> list[Scope]:
    """Put each item of a list beside the record's own fields."""
    record, steps = scope
    name = each.name
    try:
        found = each.found_in(record)
    except Unfit as unfit:
        unfit.field = _placed(unfit.field or "", _places(steps))
        raise
    if type(found) is dict:
        return [({**record, name: found}, (*steps, (each, None)))]
    items = found or ([None] if each.may_lack else [])
    if type(items) is not list:
        where = _placed(each.place, _places(steps))
        raise Unfit(found, "a list", RefusalKind.WRONG_TYPE, field=where)
    return [({**record, name: item}, (*steps, (each, number))) for number, item in enumerate(items)]


def _places(steps: tuple[Step, ...]) -> dict[str, str]:
    """Tell where in the record each item stands, by what it is called."""
    places: dict[str, str] = {}
    for each, number in steps:
        where = _placed(each.place, places)
        places[each.name] = where if number is None else f"{where}[{number}]"
    return places


def too_many(record: Record) -> Unfit:
    expected = f"a record of at most {EVENTS_PER_RECORD_MAX} events"
    return Unfit(record, expected, RefusalKind.TOO_MANY)


def _placed(field: str, places: dict[str, str]) -> str:
    """Write an item's name as the place where it stands."""
    name, dot, rest = field.partition(".")
    return f"{places.get(name, name)}{dot}{rest}"
