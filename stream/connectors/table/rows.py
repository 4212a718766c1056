"""Rows: our field on the left, theirs on the right.

A `Term` is the right side of a row: where the value lies, how it is checked, how it is printed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stream.connectors.table.checks import Check
from stream.connectors.table.refusals import RefusalKind, Unfit

Record = dict[str, Any]
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Term:
    """The right side of a row.

    `theirs` is printed; `read` takes a record to a value, or to None where it tells none. A plain
    term takes one value from one place: it has `path` and `check` as well. `words` are the values
    that it can give, where they are a few. `inner` are the rows of a part (a party, a workflow),
    inside `path` where there is one (`is_list`: in each of a list there); the part is not whole
    without `needs`. `alternatives` are asked in turn. `fixed` is what it always gives. `repeated`
    is a second place that must say the same. `needed` says what is expected where the row must be
    told (None: it may be left out), `field` which place to name then.
    """

    theirs: str
    read: Callable[[Record], Any]
    path: Path | None = None
    check: Check | None = None
    words: Mapping[Any, Any] = field(default_factory=dict)
    inner: Mapping[str, "Term"] = field(default_factory=dict)
    is_list: bool = False
    needs: str | None = None
    alternatives: tuple["Term", ...] = ()
    fixed: str | None = None
    repeated: "Term | None" = None
    needed: str | None = None
    field: str = ""


Rows = Mapping[str, Term]


def plain(place: str, check: Check) -> Term:
    """Make a term that takes one value from one place."""
    path = tuple(place.split("."))
    read = _reading_here(place, check) if len(path) == 1 else _reading(place, path, check)
    return Term(theirs=place, read=read, path=path, check=check, words=check.words or {})


def _reading_here(place: str, check: Check) -> Callable[[Record], Any]:
    """Read a field of the record itself, as most are: a call less than to reach for it."""
    take, chars_max = check.take, check.chars_max

    def read(record: Record) -> Any:
        value = record.get(place)
        # Nearly every value is a text, and sound: no call is needed to say so.
        if value is None or (type(value) is str and 0 < len(value) <= chars_max):
            return value
        return _taken(take, value, place)

    return read


def _reading(place: str, path: Path, check: Check) -> Callable[[Record], Any]:
    """Read a field that lies deeper: of two steps the first is taken without a call."""
    take, found_in, chars_max = check.take, reaching(path), check.chars_max
    key, inner_key = path[0], path[1] if len(path) == 2 else None  # noqa: PLR2004 - two steps

    def read(record: Record) -> Any:
        inside = record.get(key)
        if inside is None:
            return None
        is_near = inner_key is not None and type(inside) is dict
        value = inside.get(inner_key) if is_near else found_in(record)
        if value is None or (type(value) is str and 0 < len(value) <= chars_max):
            return value
        return _taken(take, value, place)

    return read


def _taken(take: Callable[[Any], Any], value: Any, place: str) -> Any:
    try:
        return take(value)
    except Unfit as unfit:
        raise unfit.inside(place) from None


def needed(term: Term, expected: str = "text that is not empty", *, field: str = "") -> Term:
    """Make a term without which the record is refused; `field` is the place to name."""
    return replace(term, needed=expected, field=field or term.theirs)


def reaching(path: Path) -> Callable[[Record], Any]:
    """Make `reach` for one way: most ways have one step, and it is asked for every record."""
    key, *deeper = path
    if not deeper:
        return lambda record: record.get(key)
    if len(deeper) > 1:
        return lambda record: reach(record, path)
    (inner_key,) = deeper

    def found_in(record: Record) -> Any:
        inside = record.get(key)
        if type(inside) is dict:
            return inside.get(inner_key)
        return None if inside is None else reach(record, path)

    return found_in


def reach(record: Record, path: Path) -> Any:
    """Go down to a value; None where the way ends early. Raises Unfit where it is no object."""
    value: Any = record
    for depth, key in enumerate(path):
        if type(value) is not dict:
            raise not_an_object(value, ".".join(path[:depth]))
        value = value.get(key)
        if value is None:
            return None
    return value


def items_by(record: Record, key: str, named: str) -> Record:
    """Find the items of a list by a text that each carries; of two with one text, the first.

    Raises Unfit where there is something else than a list of objects.
    """
    items = record.get(key)
    if items is None:
        return {}
    if type(items) is not list:
        raise Unfit(items, "a list of objects", RefusalKind.WRONG_TYPE, field=key)
    found: Record = {}
    for number, item in enumerate(items):
        if type(item) is not dict:
            raise not_an_object(item, f"{key}[{number}]")
        word = item.get(named)
        if type(word) is str:
            found.setdefault(word, item)
    return found


def not_an_object(found: object, field: str) -> Unfit:
    """Say that there should be an object."""
    return Unfit(found, "an object", RefusalKind.WRONG_TYPE, field=field)


def printed(rows: Rows, under: str = "") -> Iterator[tuple[str, str, Term]]:
    """List (our field, their field, term), parts unfolded: the table as an auditor reads it."""
    for ours, term in rows.items():
        if any(each.inner for each in term.alternatives):
            for number, each in enumerate(term.alternatives):
                for inner_ours, theirs, inner in printed({ours: each}, under):
                    yield inner_ours, f"else {theirs}" if number else theirs, inner
        elif term.inner:
            below = f"{under}{term.theirs}." if term.path is not None else under
            for inner_ours, theirs, inner in printed(term.inner, below):
                yield f"{ours}.{inner_ours}", theirs, inner
        else:
            yield ours, f"{under}{term.theirs}", term
