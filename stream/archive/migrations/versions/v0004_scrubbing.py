"""What has let go of its bytes may lie about in the database's files until they are scrubbed."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add which entry is the last one whose bytes have not been scrubbed away."""
    what = "the entry whose bytes may lie about in the files"
    op.add_column("logs", Column("unscrubbed_id", BigInteger, comment=what))
