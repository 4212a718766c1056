"""One audit record written plainly: properties and references by name, changes as one list."""

import re
from collections.abc import Iterator
from typing import Any

from stream.connectors.table import Record, RefusalKind, Unfit, items_by

ENVELOPES = ("auditEventRecord", "eventRecord", "record")
"""How a record may be wrapped when it is serialised as a root."""
SPELLED = (
    (r"\bprop\.wf_(\w+)", r"property[name=wf.\1].value"),
    (r"\bref\.wf_(\w+)", r"reference[name=wf.\1].value"),
    (r"\bchanges\[[^\]]*\]\.target", "delta[].objectDelta.itemDelta[].value[].targetRef"),
    (r"\bchanges\[[^\]]*\]\.way", "delta[].objectDelta.itemDelta[].modificationType"),
)
"""How the places of an opened record are called in the raw one."""


def opened(record: Record) -> Record:
    """Take a record out of its root, and put its properties and references by name. Raises Unfit.

    Names have dots in them; here they are written with underscores (`prop.wf_caseOid`).
    """
    for root in ENVELOPES:
        if type(record.get(root)) is dict:
            record = record[root]
            break
    told = dict(record)
    told["prop"] = {
        _plain(name): _one(item.get("value")) for name, item in _named(record, "property")
    }
    told["ref"] = {
        _plain(name): _one(item.get("value")) for name, item in _named(record, "reference")
    }
    told["changes"] = _changes(record)
    return told


def _named(record: Record, key: str) -> Iterator[tuple[str, Record]]:
    items = record.get(key)
    if type(items) is dict:
        items = [items]
    yield from items_by({key: items}, key, "name").items()


def _plain(name: str) -> str:
    return name.replace(".", "_")


def _one(value: object) -> object:
    """Take the value of what may be a list of values; of several, the first."""
    if type(value) is list:
        return value[0] if value else None
    return value


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Take a page of a search apart."""
    page = document.get("object") if type(document) is dict else None
    inner = page.get("object") if type(page) is dict else page
    if type(inner) is list:
        yield from ((f".object[{number}]", each) for number, each in enumerate(inner))
    else:
        yield "", document


def local(value: object) -> str:
    """Take the local part of a qualified name, a URI or a word: `c:RoleType` → `RoleType`."""
    found = value if type(value) is str else ""
    return re.split(r"[#/:}]", found)[-1]


def _changes(record: Record) -> list[Record]:
    """List what an operation assigned and took away: which way, and what. Raises Unfit.

    An object that is added brings its assignments with it.
    """
    found: list[Record] = []
    for operation in _list(record.get("delta")):
        delta = _dict(operation.get("objectDelta")) or operation
        if type(operation.get("objectDelta")) is str:
            raise _unread(operation["objectDelta"])
        found += _assigned("add", (_dict(delta.get("objectToAdd")) or {}).get("assignment"))
        for item in _list(delta.get("itemDelta")):
            if local(item.get("path")) == "assignment":
                way = local(item.get("modificationType")).lower()
                found += _assigned(way, item.get("value"))
    return found


def _unread(told: object) -> Unfit:
    """Say why it is not known what was assigned: a delta that was left out says so in words."""
    expected = "a delta, which says what was assigned and taken away"
    return Unfit(told, expected, RefusalKind.WRONG_TYPE, field="delta[].objectDelta")


def _assigned(way: str, values: object) -> list[Record]:
    targets = (_dict(value.get("targetRef")) for value in _list(values))
    return [{"way": way, "target": target} for target in targets if target]


def _list(value: object) -> list[Record]:
    """Take the objects of what may be one object or a list of them."""
    items: list[Any] = value if type(value) is list else [value]
    return [item for item in items if type(item) is dict]


def _dict(value: object) -> Record | None:
    return value if type(value) is dict else None
