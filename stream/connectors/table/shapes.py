"""Rows as types: what is plainly sound is read and checked by msgspec, in one go."""

from collections.abc import Mapping
from typing import Any, Required, TypedDict

from stream.connectors.table.checks import UNSPEAKABLE, a_list_shape
from stream.connectors.table.rows import Rows, Term

_typed: Any = TypedDict


def an_object(fields: Mapping[str, Any], needed: frozenset[str] = frozenset()) -> Any:
    """Make the type of an object with these fields, the others unheard; `needed` are there."""
    told = {name: Required[shape] if name in needed else shape for name, shape in fields.items()}
    return _typed("Told", told, total=False)


def shapes_within(rows: Rows, parent: str) -> dict[str, Any]:
    """Give the shapes of the rows that lie in one object of theirs and bear its names."""
    shapes = {}
    for ours, term in rows.items():
        for each in (term, term.repeated):
            if each is not None and each.path is not None and each.path[:-1] == (parent,):
                shapes[each.path[-1]] = shape_of(each) if each.path[-1] == ours else UNSPEAKABLE
    return shapes


def shape_of(term: Term) -> Any:
    """Give the type of the values that a term takes as they are.

    But for a part without needs: an empty one has the type, and the table leaves it out.
    """
    if not term.inner:
        return UNSPEAKABLE if term.check is None else term.check.shape
    part = _part(term.inner, term.needs)
    return a_list_shape(part) if term.is_list else part


def _part(rows: Rows, needs: str | None) -> Any:
    fields = {
        ours: shape_of(term) if term.path == (ours,) else UNSPEAKABLE for ours, term in rows.items()
    }
    return an_object(fields, frozenset() if needs is None else frozenset({needs}))
