"""A line of the findings log, read back into the domain's finding."""

from typing import Any

import msgspec

from rules.errors import UnreadableRecordError
from rules.finding import Finding

# What is empty is left out on the wire, and the domain gives these fields no defaults.
_LEFT_OUT_WHEN_EMPTY: dict[str, Any] = {
    "controls": (),
    "evidence": (),
    "next_step": "",
    "policy": "",
    "source": "",
    "summary": "",
    "tenant": None,
    "title": "",
    "who": (),
}


def read_finding(line: bytes) -> Finding:
    """Read one finding change. Fields that a newer version added are passed over.

    Raises UnreadableRecordError.
    """
    told = _LEFT_OUT_WHEN_EMPTY | read_told(line)
    try:
        return msgspec.convert(told, Finding)
    except (msgspec.ValidationError, ValueError) as error:
        raise _unreadable(line, error) from error


def read_told(line: bytes) -> dict[str, Any]:
    """Read what the log says, as it says it. Raises UnreadableRecordError."""
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError) as error:
        raise _unreadable(line, error) from error


def _unreadable(line: bytes, error: Exception) -> UnreadableRecordError:
    return UnreadableRecordError(
        what="a finding", found=line[:120], expected=f"one canonical finding ({error})"
    )
