"""Rows of midPoint's audit put together as its audit records are written elsewhere (audit-3.xsd).

So one connector reads both: words in camel case, references and properties as lists by name.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from stream.pulling.database.deltas import reduced
from stream.pulling.database.midpoint import Fetched

Record = dict[str, Any]


def records(page: Fetched) -> list[Record]:
    """Put the records of a page together, in its order; what a record does not tell is left out."""
    return [
        _told(
            _plain(event)
            | {
                "reference": _references(page.references.get((event.id, event.timestamp), ())),
                "delta": [
                    {"objectDelta": reduced(each)}
                    for each in page.deltas.get((event.id, event.timestamp), ())
                ],
            }
        )
        for event in page.events
    ]


def _plain(event: Row[Any]) -> Record:
    return {
        "repoId": event.id,
        "timestamp": event.timestamp.astimezone(UTC).isoformat(),
        "eventIdentifier": event.eventidentifier,
        "eventType": camel(event.eventtype),
        "eventStage": camel(event.eventstage),
        "requestIdentifier": event.requestidentifier,
        "initiatorRef": _reference(event.initiatoroid, event.initiatortype, event.initiatorname),
        "attorneyRef": _reference(event.attorneyoid, None, event.attorneyname),
        "targetRef": _reference(event.targetoid, event.targettype, event.targetname),
        "channel": event.channel,
        "outcome": _lower(event.outcome),
        "result": event.result,
        "property": [
            {"name": name, "value": value}
            for name, value in sorted((event.properties or {}).items())
        ],
    }


def _references(rows: Sequence[Row[Any]]) -> list[Record]:
    """Put the references of one name together."""
    found: dict[str, list[Record]] = {}
    for row in rows:
        value = _reference(row.targetoid, row.targettype, row.targetnameorig)
        if row.name is not None and value is not None:
            found.setdefault(row.name, []).append(value)
    return [{"name": name, "value": values} for name, values in sorted(found.items())]


def _reference(oid: UUID | None, kind: str | None, name: str | None) -> Record | None:
    told = {"oid": None if oid is None else str(oid), "type": type_of(kind), "targetName": name}
    return _told(told) if oid is not None or name is not None else None


def _told(record: Record) -> Record:
    return {key: value for key, value in record.items() if value not in (None, [])}


def _lower(word: str | None) -> str | None:
    return None if word is None else word.lower()


def camel(word: str | None) -> str | None:
    """Write a word of the database as midPoint's schema does: `WORK_ITEM` → `workItem`."""
    if word is None:
        return None
    first, *more = word.lower().split("_")
    return first + "".join(each.capitalize() for each in more)


def type_of(word: str | None) -> str | None:
    """Write a kind of object as midPoint's schema does: `ORG` → `OrgType`."""
    if word is None:
        return None
    return "".join(each.capitalize() for each in word.split("_")) + "Type"
