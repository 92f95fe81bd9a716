"""Indexes by which matters are found among very many."""

import sqlalchemy as sa
from alembic import op

revision = "0020_finding"
down_revision = "0019_assistance"
branch_labels = None
depends_on = None

LIVE = sa.text("ended_at IS NULL")
SEEN = (
    "first_asked",
    "first_received",
    "holder_staff",
    "holder_post",
    "opened_by",
    "reported_to",
    "unit",
)


def upgrade() -> None:
    """Create them."""
    for name in SEEN:
        op.create_index(
            f"ix_matter_seen_{name}",
            "matter",
            ["institution_id", f"{name}_id", "ended_at", "due_at", "id"],
        )
    op.create_index(
        "ix_matter_due",
        "matter",
        ["institution_id", "due_at", "id"],
        postgresql_where=LIVE,
        sqlite_where=LIVE,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_matter_due", "matter")
    for name in SEEN:
        op.drop_index(f"ix_matter_seen_{name}", "matter")
