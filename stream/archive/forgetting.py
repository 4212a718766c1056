"""Takes a person out of one partition of the archive: the entries that a decision names.

Their hashes stay in the tree, their cases stay with what is left of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, or_, select, update

from stream.archive.findings import read_told
from stream.archive.leaves import Kind, case_names, is_entity, name_digest, read_leaf
from stream.archive.rows import put
from stream.archive.schema import CASES, ENTRIES, FINDINGS, NAMES, STANDINGS, entry_id, place_of
from stream.canonical import dumps

FORGETTABLE = frozenset({Kind.EVENT, Kind.FINDING, Kind.REFUSED, Kind.FACTS})
"""What can name somebody of whom it is told. Who decided about foureyes itself stays on record."""
ROWS_AT_ONCE = 400


def forget(connection: Connection, places: Iterable[int], entry: int) -> None:
    """Let entries of the decision's partition go that came before it and that nobody holds."""
    partition, number = place_of(entry)
    touched: set[int] = set()
    every = sorted({entry_id(partition, each) for each in places if each < number})
    for at in range(0, len(every), ROWS_AT_ONCE):
        may_go = _may_go(every[at : at + ROWS_AT_ONCE])
        rows = connection.execute(select(ENTRIES).where(may_go)).all()
        is_forgotten = STANDINGS.c.entry_id.in_([row.id for row in rows])
        connection.execute(delete(STANDINGS).where(is_forgotten))
        for row in rows:
            emptied = update(ENTRIES).where(ENTRIES.c.id == row.id)
            connection.execute(emptied.values(body=_rest(row), gone_id=entry))
        touched |= {row.case_id for row in rows if row.case_id is not None}
    for case in sorted(touched):
        _settle(connection, case)


def _may_go(ids: Sequence[int]) -> ColumnElement[bool]:
    held = select(CASES.c.id).where(CASES.c.held_id.is_not(None))
    is_free = or_(ENTRIES.c.case_id.is_(None), ENTRIES.c.case_id.not_in(held))
    is_there = ENTRIES.c.id.in_(ids) & ENTRIES.c.gone_id.is_(None)
    return is_there & ENTRIES.c.kind.in_(FORGETTABLE) & is_free


def _rest(row: Row[Any]) -> bytes:
    """Keep of an event who reported it: what was offered is counted by source."""
    if row.kind != Kind.EVENT:
        return b""
    return dumps({"source": read_leaf(bytes(row.body)).source})


def _settle(connection: Connection, case: int) -> None:
    """Let a case be found by what is left of it; an entity of which nothing is left goes."""
    wanted = select(ENTRIES.c.body).where(ENTRIES.c.case_id == case, ENTRIES.c.gone_id.is_(None))
    left = [bytes(row.body) for row in connection.execute(wanted)]
    name = connection.execute(select(CASES.c.name).where(CASES.c.id == case)).scalar()
    connection.execute(delete(NAMES).where(NAMES.c.case_id == case))
    if name is None or (not left and is_entity(name)):
        connection.execute(delete(FINDINGS).where(FINDINGS.c.case_id == case))
        connection.execute(delete(STANDINGS).where(STANDINGS.c.case_id == case))
        connection.execute(delete(CASES).where(CASES.c.id == case))
        return
    digests = dict.fromkeys([*case_names(name), *_names(left)])
    put(connection, NAMES, [{"digest": digest, "case_id": case} for digest in digests])


def _names(bodies: Iterable[bytes]) -> Iterator[int]:
    for body in bodies:
        leaf = read_leaf(body)
        if leaf.kind is Kind.EVENT:
            yield from leaf.names()
        elif leaf.kind is Kind.FINDING:
            yield from (name_digest("who", name) for name in read_told(body).names())
