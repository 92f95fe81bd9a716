"""Closed times and the bookings that they hit."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0011_closures"
down_revision = "0010_no_shows"
branch_labels = None
depends_on = None

OWNED = ["closure", "closed_booking"]


def upgrade() -> None:
    """Create the tables, then what the database itself refuses."""
    op.create_table(
        "closure",
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('hours', 'post', 'hours_of_post')", name=op.f("ck_closure_kind")
        ),
        sa.CheckConstraint(
            "kind <> 'hours_of_post' OR (post_id IS NOT NULL AND from_at < until_at)",
            name=op.f("ck_closure_stretch"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_closure_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_closure_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_closure_institution_id_id")),
    )
    standing = sa.text("kind = 'hours_of_post' AND lifted_at IS NULL")
    op.create_index(
        "ix_closure_standing",
        "closure",
        ["institution_id", "until_at"],
        unique=False,
        postgresql_where=standing,
        sqlite_where=standing,
    )
    op.create_table(
        "closed_booking",
        sa.Column("closure_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("old_slot_id", sa.Integer(), nullable=False),
        sa.Column("old_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("new_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'moved', 'cancelled', 'left', 'kept')",
            name=op.f("ck_closed_booking_state"),
        ),
        sa.CheckConstraint(
            "answer IN ('', 'open', 'accepted', 'changed', 'declined', 'replaced')",
            name=op.f("ck_closed_booking_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_closed_booking_institution_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "closure_id"],
            ["closure.institution_id", "closure.id"],
            name=op.f("fk_closed_booking_institution_id_closure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "message_id"],
            ["message.institution_id", "message.id"],
            name=op.f("fk_closed_booking_institution_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "old_slot_id"],
            ["slot.institution_id", "slot.id"],
            name=op.f("fk_closed_booking_institution_id_old_slot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_closed_booking_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_booking")),
        sa.UniqueConstraint(
            "institution_id",
            "closure_id",
            "booking_id",
            name=op.f("uq_closed_booking_institution_id_closure_id_booking_id"),
        ),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_closed_booking_institution_id_id")
        ),
    )
    op.create_index("ix_closed_booking_booking", "closed_booking", ["institution_id", "booking_id"])
    for name, condition in (("planned", "state = 'planned'"), ("asked", "answer = 'open'")):
        op.create_index(
            f"uq_closed_booking_{name}",
            "closed_booking",
            ["institution_id", "booking_id"],
            unique=True,
            postgresql_where=sa.text(condition),
            sqlite_where=sa.text(condition),
        )

    protect_rows(op.get_bind(), OWNED)


def downgrade() -> None:
    """Drop the tables, children first."""
    op.drop_table("closed_booking")
    op.drop_table("closure")
