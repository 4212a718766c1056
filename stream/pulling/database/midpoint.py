"""midPoint's native audit in SQL: which rows, in which order, and where the next page begins.

Names are those of its `postgres-audit.sql`; PostgreSQL folds them to lower case. An id is unique
only together with its time, since the tables are partitioned by time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    case,
    column,
    false,
    func,
    literal_column,
    select,
    table,
    tuple_,
)

from stream.pulling.cursor import Ask
from stream.pulling.errors import UnreadableCursorError
from stream.pulling.limits import DELTA_BYTES_MAX, PAGE_DELTA_BYTES_MAX

Key = tuple[int, datetime]
"""A record: its id and its time."""

EVENT = table(
    "ma_audit_event",
    *map(
        column,
        (
            "id", "timestamp", "eventidentifier", "eventtype", "eventstage", "requestidentifier",
            "initiatoroid", "initiatortype", "initiatorname", "attorneyoid", "attorneyname",
            "targetoid", "targettype", "targetname", "channel", "outcome", "result", "properties",
        ),
    ),
)  # fmt: skip
REFERENCE = table(
    "ma_audit_ref",
    *map(
        column,
        ("recordid", "timestamp", "name", "targetoid", "targettype", "targetnameorig"),
    ),
)
DELTA = table("ma_audit_delta", *map(column, ("recordid", "timestamp", "checksum", "delta")))
_OPERATIONS = frozenset({"ADD_OBJECT", "MODIFY_OBJECT", "DELETE_OBJECT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page: its records, what belongs to each, and where the next page begins (None: the end).

    A delta is None where it is longer than `DELTA_BYTES_MAX`.
    """

    events: Sequence[Row[Any]]
    references: Mapping[Key, Sequence[Row[Any]]] = field(default_factory=dict)
    deltas: Mapping[Key, Sequence[bytes | None]] = field(default_factory=dict)
    link: str | None = None


def fetched(connection: Connection, ask: Ask, rows: int) -> Fetched:
    """Read a page, oldest first. Raises UnreadableCursorError.

    A page is cut short where its deltas would take more than `PAGE_DELTA_BYTES_MAX`.
    """
    asked = connection.execute(_events(ask, rows)).all()
    events = _bounded(asked, _sizes(connection, asked))
    is_end = len(asked) < rows and len(events) == len(asked)
    return Fetched(
        events=events,
        references=_by_record(connection, _belonging(REFERENCE, events)),
        deltas=_deltas(connection, events),
        link=None if is_end else _after(events[-1]),
    )


def tried(connection: Connection) -> None:
    """Ask for every column that is read, and for no row."""
    for each in (EVENT, REFERENCE, DELTA):
        connection.execute(select(each).where(false()))


def _events(ask: Ask, rows: int) -> Select[Any]:
    at, number = EVENT.c.timestamp, EVENT.c.id
    wanted = select(EVENT).order_by(at, number).limit(rows)
    if ask.link is None:
        return wanted.where(at >= ask.since)
    since, last = _read(ask.link)
    # The first condition alone is one that an index and the partitions serve.
    return wanted.where(at >= since, tuple_(at, number) > tuple_(since, last))


def _after(event: Row[Any]) -> str:
    return f"{event.timestamp.isoformat()} {event.id}"


def _read(link: str) -> tuple[datetime, int]:
    at, _, number = link.rpartition(" ")
    try:
        return datetime.fromisoformat(at), int(number)
    except ValueError:
        raise UnreadableCursorError(reason="its page is none of an audit table") from None


def _key(row: Row[Any]) -> Key:
    return (row.id if "id" in row._fields else row.recordid), row.timestamp


def _belonging(what: Any, events: Sequence[Row[Any]], *more: Any) -> Select[Any] | None:
    """Ask for the rows of these records."""
    if not events:
        return None
    times = what.c.timestamp.between(events[0].timestamp, events[-1].timestamp)
    wanted = select(*(more or what.c)).where(
        times, what.c.recordid.in_([event.id for event in events])
    )
    order = what.c.checksum if what is DELTA else what.c.targetoid
    return wanted.order_by(what.c.recordid, what.c.timestamp, order)


def _by_record(
    connection: Connection, wanted: Select[Any] | None
) -> Mapping[Key, Sequence[Row[Any]]]:
    found: defaultdict[Key, list[Row[Any]]] = defaultdict(list)
    for row in () if wanted is None else connection.execute(wanted):
        found[_key(row)].append(row)
    return found


def _executed(events: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Leave the records whose deltas say who was given what."""
    return [
        event
        for event in events
        if event.eventstage == "EXECUTION" and event.eventtype in _OPERATIONS
    ]


def _sizes(connection: Connection, events: Sequence[Row[Any]]) -> Mapping[Key, int]:
    size = func.octet_length(DELTA.c.delta).label("bytes")
    some = _belonging(DELTA, _executed(events), DELTA.c.recordid, DELTA.c.timestamp, size)
    found = _by_record(connection, some)
    return {
        key: sum(row.bytes for row in rows if (row.bytes or 0) <= DELTA_BYTES_MAX and row.bytes)
        for key, rows in found.items()
    }


def _bounded(events: Sequence[Row[Any]], sizes: Mapping[Key, int]) -> Sequence[Row[Any]]:
    """Cut a page before its deltas are too much; one record is always left."""
    total = 0
    for number, event in enumerate(events):
        total += sizes.get(_key(event), 0)
        if number and total > PAGE_DELTA_BYTES_MAX:
            return events[:number]
    return events


def _deltas(
    connection: Connection, events: Sequence[Row[Any]]
) -> Mapping[Key, Sequence[bytes | None]]:
    size = func.octet_length(DELTA.c.delta)
    told = case((size <= DELTA_BYTES_MAX, DELTA.c.delta), else_=literal_column("NULL"))
    some = _belonging(
        DELTA, _executed(events), DELTA.c.recordid, DELTA.c.timestamp, told.label("told"), size
    )
    if some is not None:
        # A delta that is not there at all (NULL) says nothing of what was assigned.
        some = some.where(DELTA.c.delta.is_not(None))
    found = _by_record(connection, some)
    return {key: [row.told for row in rows] for key, rows in found.items()}
