"""The archive's tables, as they are now; `migrations` says how they came to be.

An entry's id is its partition and its number in that partition's ledger; a case's id is that of
its first entry. So ids follow from the trail, whoever writes them and wherever.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from rules.errors import FoureyesError

REVISION = "0005"
"""The migration that leads to these tables."""
NUMBER_BITS = 40
"""Entries of one partition: 2^40 of them are a thousand billion."""
METADATA = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps a table in the order of an INTEGER key, and of no other."""

LOGS = Table(
    "logs",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False, comment="offset of the next trail record"),
    Column("size", BigInteger, nullable=False),
    Column("roots", LargeBinary, nullable=False, comment="the frontier's roots, largest first"),
    Column("unscrubbed_id", BigInteger, comment="the entry whose bytes may lie about in the files"),
)
ENTRIES = Table(
    "entries",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("case_id", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Column("gone_id", BigInteger, comment="the entry by which bytes went"),
    Index("entries_of_case", "case_id", "id"),
)
TILES = Table(
    "tiles",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
CASES = Table(
    "cases",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False, comment="empty where the case has none"),
    Column("name", Text, nullable=False),
    Column("first_at", BigInteger, comment="microseconds since 1970, of the first event"),
    Column("last_at", BigInteger),
    Column("closed_id", BigInteger, comment="its last closing, if nothing came after it"),
    Column("verdict", Text, comment="as of that closing"),
    Column("held_id", BigInteger, comment="the entry by which it is held"),
    UniqueConstraint("tenant", "name"),
    Index("cases_by_end", "last_at"),
    Index("cases_by_verdict", "verdict", "last_at"),
)
NAMES = Table(
    "names",
    METADATA,
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
)
FINDINGS = Table(
    "findings",
    METADATA,
    Column("entry_id", _ID, ForeignKey("entries.id"), primary_key=True, autoincrement=False),
    Column("finding", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("change", Text, nullable=False),
    Column("case_id", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("severity", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Index("findings_by_name", "finding", "number"),
)
STANDINGS = Table(
    "standings",
    METADATA,
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
    Index("standings_by_time", "at", "entry_id"),
    Index("standings_by_opening", "opened_at", "severity"),
    Index("standings_by_rule", "rule", "change", "severity", "shadow"),
    Index("standings_by_workflow", "workflow", "at", "entry_id", "change"),
    Index("standings_by_source", "source"),
    Index("standings_by_tenant", "tenant"),
    Index("standings_of_case", "case_id"),
)
"""One row a finding, as its last change has it: what people look for is looked for here."""
HEADERS = Table(
    "headers",
    METADATA,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Text, comment="of a policy, or of the rules"),
)
CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)


class ArchiveError(FoureyesError):
    """The archive can not be used or gone on with: where, what is wrong, what was expected."""

    def __init__(self, *, where: str, found: object, expected: str) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        super().__init__(f"{where}: {found}; expected {expected}")


def entry_id(partition: int, number: int) -> int:
    """The id of an entry."""
    return (partition << NUMBER_BITS) + number


def place_of(entry: int) -> tuple[int, int]:
    """The partition and the number of an entry."""
    return entry >> NUMBER_BITS, entry & ((1 << NUMBER_BITS) - 1)
