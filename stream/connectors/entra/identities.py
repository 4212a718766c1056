"""Whose an account is, as the directory says when a user is added or changed.

Only an employee number says which person it is. It stands among the modified properties, under the
name that the directory gives the attribute.
"""

from typing import Any

import orjson

from stream.connectors.entra.spelling import structured
from stream.connectors.table import Form, Record, computed, needed, text, utc_time

NUMBER = "EmployeeId"
WORDS = frozenset({"Add user", "Update user"})
FAILED = frozenset({"failure", "timeout"})


def _modified(record: Record) -> Record | None:
    """Find what became of the number; None: the record does not tell."""
    user = record["target"].get("User") or {}
    for each in structured(user, "modifiedProperties", list) or ():
        if isinstance(each, dict) and each.get("displayName") == NUMBER:
            return each
    return None


def _tells(record: Record) -> bool:
    """Whether the number changed, and did so."""
    failed = str(record.get("result") or "").lower() in FAILED
    return not failed and _modified(record) is not None


def _person(record: Record) -> str | None:
    """The new number; it is written as a list of one, in JSON, in a text. Empty: it was removed."""
    found: Any = (_modified(record) or {}).get("newValue")
    if isinstance(found, str):
        try:
            found = orjson.loads(found)
        except ValueError:
            return found.strip() or None
    if isinstance(found, list):
        found = found[0] if found else None
    return found.strip() or None if isinstance(found, str) else None


FORM = Form(
    title="Users: whose an account is",
    recognised_by=f"activityDisplayName Add user or Update user, and {NUMBER} among the modified",
    words=WORDS,
    fits=_tells,
    rows={
        "account": needed(text("target.User.id")),
        "person": computed(f"target.User.modifiedProperties[{NUMBER}].newValue", _person),
        "at": needed(utc_time("at", zone_left_out=True), "a time"),
        "name": text("target.User.displayName"),
    },
)
