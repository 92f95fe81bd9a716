"""Links by which staff have a post's days in their own calendar."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0008_calendar_feed"
down_revision = "0007_kept_in_browsers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, closed to other institutions."""
    op.create_table(
        "calendar_feed",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("seat BETWEEN 1 AND 10", name=op.f("ck_calendar_feed_seat")),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_calendar_feed_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_calendar_feed_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_calendar_feed_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_calendar_feed_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id", "token_hash", name=op.f("uq_calendar_feed_institution_id_token_hash")
        ),
    )
    op.create_index(
        "uq_calendar_feed_staff_seat",
        "calendar_feed",
        ["institution_id", "staff_id", "seat"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    protect_rows(op.get_bind(), ["calendar_feed"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("calendar_feed")
