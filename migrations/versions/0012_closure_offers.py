"""Who was cancelled by a closure is owed a place, and offered one."""

import sqlalchemy as sa
from alembic import op

revision = "0012_closure_offers"
down_revision = "0011_closures"
branch_labels = None
depends_on = None

OWED = sa.text("state = 'cancelled' AND offered_at IS NULL")


def upgrade() -> None:
    """Note when a place was offered, and find who is owed one."""
    op.add_column(
        "closed_booking", sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_closed_booking_owed",
        "closed_booking",
        ["institution_id", "settled_at"],
        unique=False,
        postgresql_where=OWED,
        sqlite_where=OWED,
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_closed_booking_owed", "closed_booking")
    op.drop_column("closed_booking", "offered_at")
