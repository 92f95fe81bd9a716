"""What browsers hold is ended and hidden here: staff sessions by name, where forms led enciphered."""

import sqlalchemy as sa
from alembic import op

revision = "0007_kept_in_browsers"
down_revision = "0006_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who is signed in meanwhile signs in once more; forms being sent are sent anew."""
    op.add_column("known_device", sa.Column("session", sa.String(length=32), nullable=True))
    op.execute("DELETE FROM idempotency_key")
    op.drop_column("idempotency_key", "location")
    op.add_column("idempotency_key", sa.Column("location", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take both back."""
    op.execute("DELETE FROM idempotency_key")
    with op.batch_alter_table("idempotency_key") as table:
        table.drop_column("location")
        table.add_column(sa.Column("location", sa.Text(), nullable=False))
    op.drop_column("known_device", "session")
