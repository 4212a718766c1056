"""One audit record in three spellings, read as one.

Taken are the diagnostic form (Event Hub, storage), Graph's directoryAudit, and the renamed columns
of Microsoft Sentinel and Panther.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

import orjson

from stream.connectors.table import Record, RefusalKind, Unfit

KEYS = (
    "activityDateTime", "activityDisplayName", "additionalDetails", "category", "correlationId",
    "id", "initiatedBy", "loggedByService", "operationName", "properties", "result",
    "resultReason", "targetResources", "time", "timeGenerated",
)  # fmt: skip
SPELLED = (
    (r"^activity$", "activityDisplayName"),
    (r"^at$", "activityDateTime"),
    (r"\bby\.", "initiatedBy."),
    (r"\btarget\.(\w+)", r"targetResources[type=\1]"),
    (r"\bdetail\.(\w+)", r"additionalDetails[key=\1].value"),
)
"""How the places of an opened record are called in the raw one."""

_SPELLED = {key.lower(): key for key in KEYS}


def opened(record: Record) -> Record:
    """Write a record of any of the three spellings in one: Graph's, with places by name.

    `target` holds the first target resource of each type, `detail` the additional details by key,
    `by` whoever began it, `at` when. Raises Unfit.
    """
    outer = _respelled(record)
    inner = _respelled(structured(outer, "properties", dict) or {})
    told = {**outer, **{key: value for key, value in inner.items() if value is not None}}
    told["activity"] = told.get("activityDisplayName") or told.get("operationName")
    told["at"] = told.get("activityDateTime") or told.get("time") or told.get("timeGenerated")
    told["by"] = structured(told, "initiatedBy", dict) or {}
    told["target"] = _by(told, "targetResources", "type")
    told["detail"] = {
        key: detail.get("value") for key, detail in _by(told, "additionalDetails", "key").items()
    }
    return told


def _respelled(record: Record) -> Record:
    """Spell the keys as Graph does (`OperationName`, `operationname` → `operationName`)."""
    return {_SPELLED.get(key.lower(), key): value for key, value in record.items()}


def structured(record: Record, key: str, kind: type) -> Any:
    """Take an object or list, also where it is JSON in a text, as Sentinel exports it."""
    value = record.get(key)
    if type(value) is str and value:
        try:
            value = orjson.loads(value)
        except ValueError as error:
            raise Unfit(value, f"JSON ({error})", RefusalKind.NOT_JSON, field=key) from error
    if value is None or value == "":
        return None
    if type(value) is not kind:
        expected = "an object" if kind is dict else "a list of objects"
        raise Unfit(value, expected, RefusalKind.WRONG_TYPE, field=key)
    return value


def _by(record: Record, key: str, named: str) -> Record:
    """Find the items of a list by a name that they carry; of two of one name, the first."""
    found: Record = {}
    for item in structured(record, key, list) or ():
        if type(item) is not dict:
            raise Unfit(item, "a list of objects", RefusalKind.WRONG_TYPE, field=key)
        kind = item.get(named)
        if type(kind) is str:
            found.setdefault(kind, item)
    return found


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Take an Event Hub batch (`records`) or a Graph page (`value`) apart.

    An event of Event Grid, in its own schema or as a CloudEvent, may hold either, or one record.
    """
    place = ""
    if _is_event_grid(document):
        place, document = ".data", document["data"]
    if type(document) is dict:
        for key in ("records", "value"):
            if type(document.get(key)) is list:
                yield from ((f"{place}.{key}[{n}]", each) for n, each in enumerate(document[key]))
                return
    yield place, document


def _is_event_grid(document: object) -> TypeGuard[Record]:
    """Whether this is an envelope: a record of ours has no `data`."""
    return (
        type(document) is dict
        and type(document.get("data")) is dict
        and ("eventType" in document or "specversion" in document)
    )
