"""Entries of the archive as an export and a page look at them, those that are gone among them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from rules.ledger.bundle import gap_hashes
from rules.ledger.proofs import Node
from stream.archive.reader import Archive, Stored
from stream.exports.entries import GONE, CaseName, Entry, read_entry
from stream.exports.gone import Gone, gone_entry, gone_of, write_gap


def entries_of_case(
    archive: Archive, case: int, stored: Sequence[Stored], node: Node
) -> list[Entry]:
    """A case's entries in order. `node` gives the hashes of its log's subtrees."""
    present = {each.number: read_entry(each.number, each.body) for each in stored if not each.gone}
    if len(present) == len(stored):
        return [*present.values()]
    (row,) = archive.cases([case])
    about = row.tenant or "", row.name
    return [present.get(each.number) or departed(each, node, about) for each in stored]


def departed(stored: Stored, node: Node, about: CaseName | None = None) -> Entry:
    """An entry of which there is its hash; `about`: its case, where that is told."""
    tenant, case = about or ("", None)
    gone = Gone(
        by=-1 if stored.gone is None else stored.gone,
        sort=stored.kind.name.lower(),
        case=case,
        tenant=tenant or None,
        source=orjson.loads(stored.body)["source"] if case and stored.body else None,
    )
    return gone_entry(stored.number, write_gap(1, [node(0, stored.number)], gone), gone)


def has_event(entries: Sequence[Entry]) -> bool:
    """Whether something happened in a case, be it forgotten."""
    sorts = (gone_of(each).sort if each.sort == GONE else each.sort for each in entries)
    return "event" in sorts


class Line(NamedTuple):
    """What tells some entries of a log: the first one's number, how many, the line itself."""

    number: int
    entries: int
    text: bytes


def departed_lines(
    stored: Iterable[Stored], node: Node, known: Mapping[int, Entry], sizes: Iterable[int]
) -> Iterator[Line]:
    """Tell all of a log that is gone, in rows that went by one decision; `known` by themselves.

    No row passes over one of `sizes`.
    """
    cuts = {*sizes}
    begin = end = by = -1
    for each in stored:
        is_known = each.number in known
        if is_known or (each.number, each.gone) != (end, by) or end in cuts:
            yield from _row(begin, end, by, node)
            begin, by = each.number, -1 if each.gone is None else each.gone
        end = each.number + 1
        if is_known:
            yield Line(each.number, 1, known[each.number].body)
            begin = end
    yield from _row(begin, end, by, node)


def _row(begin: int, end: int, by: int, node: Node) -> Iterator[Line]:
    if begin < end:
        hashes = gap_hashes(begin, end, node)
        yield Line(begin, end - begin, write_gap(end - begin, hashes, Gone(by=by)))
