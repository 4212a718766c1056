"""Findings can be looked for by what their last change says."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, SmallInteger, Text, text

revision = "0003"
down_revision = "0002"

ROWS_AT_ONCE = 500
_COLUMNS = (
    "finding", "entry_id", "case_id", "opened_at", "at", "change", "rule", "severity", "tenant",
    "name", "entity", "source", "workflow", "shadow",
)  # fmt: skip
_LATER = ("entry_id", "case_id", "at", "change", "severity", "source", "workflow", "shadow")


def upgrade() -> None:
    """Add a row for each finding, filled from what the archive holds of it."""
    op.create_table(
        "standings",
        Column("finding", Text, primary_key=True),
        Column("entry_id", BigInteger, nullable=False, comment="the entry with its last word"),
        Column("case_id", BigInteger, nullable=False),
        Column("opened_at", BigInteger, nullable=False, comment="microseconds since 1970"),
        Column("at", BigInteger, nullable=False, comment="of its last change"),
        Column("change", Text, nullable=False),
        Column("rule", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("tenant", Text, nullable=False, comment="empty where it has none"),
        Column("name", Text, nullable=False, comment="of the case, or of the entity"),
        Column("entity", Text, comment="its kind, where it is about no case"),
        Column("source", Text, nullable=False),
        Column("workflow", Text),
        Column("shadow", SmallInteger, nullable=False),
    )
    _fill()
    op.create_index("standings_by_time", "standings", ["at", "entry_id"])
    op.create_index("standings_by_opening", "standings", ["opened_at", "severity"])
    op.create_index("standings_by_rule", "standings", ["rule", "change", "severity"])
    op.create_index("standings_by_workflow", "standings", ["workflow", "at"])
    op.create_index("standings_of_case", "standings", ["case_id"])
    op.drop_index("cases_by_end", "cases")
    op.create_index("cases_by_end", "cases", ["last_at", "verdict"])


def _fill() -> None:
    connection = op.get_bind()
    later = ", ".join(f"{name} = excluded.{name}" for name in _LATER)
    values = ", ".join(f":{name}" for name in _COLUMNS)
    put = text(
        f"INSERT INTO standings ({', '.join(_COLUMNS)}) VALUES ({values})"  # noqa: S608
        f" ON CONFLICT (finding) DO UPDATE SET {later}"
    )
    named = text("INSERT INTO names VALUES (:digest, :case_id) ON CONFLICT DO NOTHING")
    for rows in _pages():
        connection.execute(put, [_row(*row) for row in rows])
        if names := [name for row in rows for name in _names(row[1], row[2])]:
            connection.execute(named, names)


def _pages() -> Iterator[list[Any]]:
    """The changes of findings in the order of their entries, some at a time."""
    wanted = text(
        "SELECT f.entry_id, f.case_id, e.body FROM findings f JOIN entries e ON e.id = f.entry_id"
        " WHERE f.entry_id > :after ORDER BY f.entry_id LIMIT :limit"
    )
    after = -1
    while page := op.get_bind().execute(wanted, {"after": after, "limit": ROWS_AT_ONCE}).all():
        yield [(row[0], row[1], json.loads(bytes(row[2]))) for row in page]
        after = page[-1][0]


def _row(entry: int, case: int, told: dict[str, Any]) -> dict[str, Any]:
    since = datetime.fromisoformat(told["at"]) - datetime(1970, 1, 1, tzinfo=UTC)
    at = since // timedelta(microseconds=1)
    return {
        **{name: told.get(name) for name in _COLUMNS},
        "entry_id": entry,
        "case_id": case,
        "opened_at": at,
        "at": at,
        "tenant": told.get("tenant") or "",
        "name": told["case"],
        "shadow": int(bool(told.get("shadow"))),
    }


def _names(case: int, told: dict[str, Any]) -> Iterator[dict[str, int]]:
    for who in told.get("who", ()):
        parts = re.fullmatch(r"(.+) \((.+)\)", who, re.DOTALL)
        for name in (who, *(parts.groups() if parts else ())):
            digest = sha256(f"who\x1f{name}".encode()).digest()
            yield {"digest": int.from_bytes(digest[:8], "big", signed=True), "case_id": case}
