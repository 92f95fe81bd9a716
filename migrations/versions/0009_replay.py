"""How far a replay of real appointments has come."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0009_replay"
down_revision = "0008_calendar_feed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, closed to other institutions."""
    op.create_table(
        "replay",
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("rows_done >= 0 AND looked_at >= 0", name=op.f("ck_replay_positions")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_replay_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_replay_institution_id_id")),
        sa.UniqueConstraint("institution_id", name=op.f("uq_replay_institution_id")),
    )
    protect_rows(op.get_bind(), ["replay"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("replay")
