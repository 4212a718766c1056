"""One row written plainly: its values and what is shown for them, its times, who stands in it."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rules.events import ActorKind
from stream.connectors.table import Record, Term, computed, party, read_by, text, utc_time

APPROVAL, REQUEST, CHANGE, HISTORY = "approval", "request", "change", "history"
REQUEST_TABLES = frozenset({"sc_req_item", "sc_request"})
AUTOMATION = frozenset({"system", "system administrator", "workflow"})
SPELLED = ((r"\bvalue\.(\w+)", r"\1"), (r"\bshown\.(\w+)", r"\1.display_value"))
"""How the places of an opened row are called in the raw one."""

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_NUMBERED = re.compile(r"(.*\S) \d+")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}) (\d{1,2}):(\d{2}):(\d{2})", re.ASCII)


def opened(record: Record) -> Record:
    """Part a row into values and what is shown for them, whichever of the two it was asked for.

    A field is plain, or an object with `value`, `display_value` or both. Fields of another table
    (`approver.user_name`) are written with an underscore.
    """
    value: Record = {}
    shown: Record = {}
    for key, found in record.items():
        field = key.replace(".", "_")
        if type(found) is dict:
            value[field], shown[field] = found.get("value"), found.get("display_value")
        else:
            value[field] = found
    return {"value": value, "shown": shown}


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Take the answer of the Table API apart."""
    rows = document.get("result") if type(document) is dict else None
    if type(rows) is list:
        yield from ((f".result[{number}]", row) for number, row in enumerate(rows))
    elif type(rows) is dict:
        yield ".result", rows
    else:
        yield "", document


def word(record: Record) -> str | None:
    """Tell which table a row is of: by its class where it is told, else by the fields it has."""
    value = record["value"]
    if "fieldname" in value and "documentkey" in value:
        return HISTORY
    if "approver" in value and "state" in value:
        return APPROVAL
    table = str(value.get("sys_class_name"))
    if table == "change_request" or str(value.get("number")).startswith("CHG"):
        return CHANGE
    return REQUEST if table in REQUEST_TABLES or "requested_for" in value else None


def time_of(*fields: str) -> Term:
    """Read the first of these times that is told, in either of the two ways."""

    def read(record: Record) -> datetime | None:
        value: Any = None
        field = next((f for f in fields if (value := record["value"].get(f))), None)
        if field is None:
            return None
        dotted = _DOTTED.fullmatch(value) if type(value) is str else None
        if dotted is not None:
            day, month, year, hour, minute, second = dotted.groups()
            value = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second}"
        at: datetime | None = _ISO[field].read({"value": {field: value}})
        return at

    return computed(", else ".join(fields), read)


_ISO = {
    field: utc_time(f"value.{field}", zone_left_out=True)
    for field in ("sys_updated_on", "sys_created_on", "opened_at", "closed_at")
}


def who(field: str) -> Term:
    """Read who stands in a field, with the number space or kind of name that it stands in."""
    found, shown = text(f"value.{field}", f"shown.{field}"), text(f"shown.{field}")
    is_user_name = field.startswith("sys_") or field == "user"

    def read(record: Record) -> Record | None:
        account = found.read(record)
        if account is None:
            return None
        party = {"account": account}
        if _SYS_ID.fullmatch(account) is None:
            party["namespace"] = _space(account) or ("user_name" if is_user_name else "name")
            if account.lower() in AUTOMATION:
                party["kind"] = ActorKind.SERVICE.value
        name = shown.read(record)
        if name is not None:
            party["name"] = name
        return party

    return read_by(
        read,
        party(
            found,
            kind=computed(f"{field} of automation", _unread, words=("service",)),
            namespace=computed(f"{field}: whether an id, a user name, a name or a number", _unread),
            name=shown,
        ),
    )


def _space(account: str) -> str | None:
    """Tell the number space of an anonymised name: "Opened by 8" and "Resolver 89" are in two."""
    numbered = _NUMBERED.fullmatch(account)
    return None if numbered is None else numbered[1].lower()


def _unread(_: Record) -> None:
    """Stand for a field that is read with its party."""
