"""What handovers say of a matter or an appointment is found by index, for a copy and for erasing."""

from alembic import op

revision = "0031_handover_lines"
down_revision = "0030_roster_closures"
branch_labels = None
depends_on = None

TABLE = "handover_item"
INDEXES = {
    "ix_handover_item_matter": "matter_id",
    "ix_handover_item_booking": "booking_id",
}


def upgrade() -> None:
    """Lines by what they are about."""
    for name, column in INDEXES.items():
        op.create_index(op.f(name), TABLE, ["institution_id", column])


def downgrade() -> None:
    """Find them by reading all."""
    for name in INDEXES:
        op.drop_index(op.f(name), table_name=TABLE)
