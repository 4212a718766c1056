"""What pages count is counted from indexes alone, and what is offered to choose from skipped to."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let indexes hold all that is counted; add one for each column that is chosen from."""
    op.drop_index("cases_by_end", "cases")
    op.create_index("cases_by_end", "cases", ["last_at"])
    op.create_index("cases_by_verdict", "cases", ["verdict", "last_at"])
    op.drop_index("standings_by_rule", "standings")
    op.create_index("standings_by_rule", "standings", ["rule", "change", "severity", "shadow"])
    op.drop_index("standings_by_workflow", "standings")
    op.create_index("standings_by_workflow", "standings", ["workflow", "at", "entry_id", "change"])
    op.create_index("standings_by_source", "standings", ["source"])
    op.create_index("standings_by_tenant", "standings", ["tenant"])
