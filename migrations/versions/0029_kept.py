"""How posts were kept in a month is read by index, however many years lie around it."""

from alembic import op

revision = "0029_kept"
down_revision = "0028_duty_books"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_presence_came": ("presence", ["post_id", "signed_in_at"]),
    "ix_presence_of": ("presence", ["staff_id", "post_id", "signed_in_at"]),
    "ix_absence_left": ("absence", ["left_at"]),
}


def upgrade() -> None:
    """Presences and absences by when they began."""
    for name, (table, columns) in INDEXES.items():
        op.create_index(op.f(name), table, ["institution_id", *columns])


def downgrade() -> None:
    """Find them by reading all."""
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(op.f(name), table_name=table)
