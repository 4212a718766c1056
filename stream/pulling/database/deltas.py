"""A stored delta of midPoint, reduced to what was assigned and taken away.

The column holds the delta as UTF-8 text in the format midPoint is set to (`fullObjectFormat`:
JSON unless somebody has changed it to XML), names with or without their namespaces. It also holds
people's attributes and protected passwords, which nobody here asks for: they end here.
"""

import re
from typing import Any

import orjson

from stream.pulling.database.xml_delta import read_xml
from stream.pulling.limits import DELTA_BYTES_MAX

Node = dict[str, Any]


def reduced(delta: bytes | None) -> Node | str:
    """Leave of a delta its assignments; or say in words why it can not be read.

    The connector refuses a record with such words: what it gave nobody knows.
    """
    if delta is None:
        return f"longer than {DELTA_BYTES_MAX} bytes"
    try:
        told: Any = read_xml(delta) if delta.lstrip()[:1] == b"<" else orjson.loads(delta)
    except ValueError:
        return "neither JSON nor XML"
    inside = _under(told, "objectDelta") if type(told) is dict else None
    delta = inside or told
    return _reduced(delta) if type(delta) is dict else "no object"


def _reduced(delta: Node) -> Node:
    assigned = (item for item in _objects(_under(delta, "itemDelta")) if _is_assignment(item))
    added = _under(delta, "objectToAdd")
    return {
        "changeType": _under(delta, "changeType"),
        "itemDelta": [
            {
                "modificationType": _under(item, "modificationType"),
                "path": "assignment",
                "value": _targets(_under(item, "value")),
            }
            for item in assigned
        ],
        "objectToAdd": {
            "assignment": _targets(_under(added, "assignment") if type(added) is dict else None)
        },
    }


def _is_assignment(item: Node) -> bool:
    return _local(_under(item, "path")) == "assignment"


def _targets(values: object) -> list[Node]:
    """Name what each assignment assigns."""
    found = (_under(value, "targetRef") for value in _objects(values))
    return [{"targetRef": _reference(each)} for each in found if type(each) is dict]


def _reference(told: Node) -> Node:
    name = _under(told, "targetName")
    name = _under(name, "orig") if type(name) is dict else name
    reference = {"oid": _under(told, "oid"), "type": _local(_under(told, "type"))}
    return {**reference, "targetName": name} if type(name) is str else reference


def _under(node: Node, name: str) -> Any:
    """Find a value by its name, whichever namespace the name is written with."""
    if name in node:
        return node[name]
    return next((value for key, value in node.items() if _local(key) == name), None)


def _local(told: object) -> str:
    return re.split(r"[#/:}]", told)[-1] if type(told) is str else ""


def _objects(value: object) -> list[Node]:
    items: list[Any] = value if type(value) is list else [value]
    return [item for item in items if type(item) is dict]
