"""The tables that an archive begins with."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None

# Written out, and not taken from `schema`, which goes on changing.
_ID = BigInteger().with_variant(Integer, "sqlite")


def _key(name: str, kind: object = BigInteger, *more: object) -> Column[int]:
    return Column(name, kind, *more, primary_key=True, autoincrement=False)  # type: ignore[arg-type]


def upgrade() -> None:
    """Make them."""
    _make_ledger()
    _make_cases()
    op.create_table(
        "checkpoints",
        _key("partition", Integer),
        _key("size"),
        Column("note", Text, nullable=False),
    )


def _make_ledger() -> None:
    op.create_table(
        "logs",
        _key("partition", Integer),
        Column("position", BigInteger, nullable=False, comment="offset of the next trail record"),
        Column("size", BigInteger, nullable=False),
        Column("roots", LargeBinary, nullable=False, comment="the frontier's roots, largest first"),
    )
    op.create_table(
        "entries",
        _key("id", _ID),
        Column("kind", SmallInteger, nullable=False),
        Column("case_id", BigInteger),
        Column("body", LargeBinary, nullable=False),
    )
    op.create_index("entries_of_case", "entries", ["case_id", "id"])
    op.create_table(
        "tiles",
        _key("partition", Integer),
        _key("level", SmallInteger),
        _key("number"),
        Column("hashes", LargeBinary, nullable=False),
    )
    op.create_table(
        "headers",
        _key("kind", SmallInteger),
        _key("entry_id"),
        Column("version", Text, comment="of a policy, or of the rules"),
    )


def _make_cases() -> None:
    op.create_table(
        "cases",
        _key("id", _ID),
        Column("tenant", Text, nullable=False, comment="empty where the case has none"),
        Column("name", Text, nullable=False),
        Column("first_at", BigInteger, comment="microseconds since 1970, of the first event"),
        Column("last_at", BigInteger),
        Column("closed_id", BigInteger, comment="its last closing, if nothing came after it"),
        Column("verdict", Text, comment="as of that closing"),
        UniqueConstraint("tenant", "name"),
    )
    op.create_index("cases_by_end", "cases", ["last_at"])
    op.create_table("names", _key("digest"), _key("case_id"))
    op.create_table(
        "findings",
        _key("entry_id", _ID, ForeignKey("entries.id")),
        Column("finding", Text, nullable=False),
        Column("number", Integer, nullable=False),
        Column("change", Text, nullable=False),
        Column("case_id", BigInteger, nullable=False),
        Column("rule", Text, nullable=False),
        Column("rule_version", Integer, nullable=False),
        Column("severity", Text, nullable=False),
        Column("policy", Text, nullable=False),
    )
    op.create_index("findings_by_name", "findings", ["finding", "number"])
