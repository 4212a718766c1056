"""A secret that travels inside a body is no part of the record: it is taken out, visibly."""

from collections.abc import Mapping

import msgspec

TAKEN_OUT = "taken out by foureyes before it was stored"
"""What stands in the record where a secret was."""

Fields = dict[str, msgspec.Raw]
"""A JSON object whose values keep the bytes that were sent."""

_OBJECT = msgspec.json.Decoder(Fields)
_OBJECTS = msgspec.json.Decoder(list[Fields])
_TEXT = msgspec.json.Decoder(str)
_NOTE = msgspec.Raw(msgspec.json.encode(TAKEN_OUT))


def read_fields(body: bytes | msgspec.Raw) -> Fields:
    """Read an object; an empty one where there is none, or one nested out of all measure."""
    try:
        return _OBJECT.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return {}


def read_each(told: bytes | msgspec.Raw) -> list[Fields]:
    """Read a list of objects; an empty one where there is none."""
    try:
        return _OBJECTS.decode(told)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return []


def read_text(told: msgspec.Raw | None) -> str | None:
    """Read a text; None where there is none."""
    try:
        return None if told is None else _TEXT.decode(told)
    except msgspec.DecodeError:
        return None


def without(fields: Mapping[str, msgspec.Raw], name: str) -> Fields:
    """Give the object with a note in place of one field; the others keep their bytes."""
    return {**fields, name: _NOTE} if name in fields else dict(fields)


def written(told: object) -> msgspec.Raw:
    """Write fields, or a list of them."""
    return msgspec.Raw(msgspec.json.encode(told))
