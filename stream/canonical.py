"""Canonical bytes, written once: the journal's event, the ledger's leaf, the trail's entry.

Sorted keys, no floats, ASCII keys, no blanks, UTC times with `Z`; what is absent is left out.
Equal to RFC 8785 for everything we write (a property test compares).
"""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import orjson

from rules.errors import UnreadableRecordError
from rules.events import Event
from rules.machines.contract import Codec
from rules.policy import Policy

_EVENT = msgspec.json.Decoder(Event)
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
_EMPTY: tuple[object, ...] = (None, (), [], {})


def read_event(line: bytes) -> Event:
    """Decode canonical bytes into the domain's event. Raises UnreadableRecordError."""
    try:
        return _EVENT.decode(line)
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableRecordError(
            what="a recorded event", found=bytes(line[:120]), expected=f"an event ({error})"
        ) from error


def read_policy(document: bytes) -> Policy:
    """Decode a recorded policy. Raises UnreadableRecordError."""
    try:
        return msgspec.json.decode(document, type=Policy)
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableRecordError(
            what="a recorded policy", found=document[:120], expected=f"a policy ({error})"
        ) from error


def write(value: object) -> bytes:
    """Canonical bytes of a plain tree, of a dataclass, or of a tree with dataclasses in it."""
    return orjson.dumps(plain(value), option=_OPTIONS)


def dumps(tree: dict[str, Any]) -> bytes:
    """Canonical bytes of a tree that is already plain and without empty values: the hot path."""
    return orjson.dumps(tree, option=_OPTIONS)


def plain(value: Any) -> Any:  # noqa: ANN401 - a JSON tree has no narrower type
    """Turn dataclasses into mappings without their empty fields, sets into sorted lists."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        return {name: item for name, item in found.items() if item not in _EMPTY}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, timedelta):
        return msgspec.to_builtins(value)
    return value


CODEC = Codec(read_event=read_event, read_policy=read_policy, write=write)
"""What machines are given to read and write with."""
