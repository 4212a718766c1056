"""Cases may be held, and entries may have let go of their bytes."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add who holds a case, and by which entry bytes went."""
    op.add_column("cases", Column("held_id", BigInteger, comment="the entry by which it is held"))
    op.add_column("entries", Column("gone_id", BigInteger, comment="the entry by which bytes went"))
