"""Handovers under two signatures, the lines of their lists, and the PIN that people sign with."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0025_handover"
down_revision = "0024_roster"
branch_labels = None
depends_on = None

TABLES = ("handover", "handover_item")


def upgrade() -> None:
    """Nothing is being handed over yet, and nobody has a PIN."""
    op.create_table(
        "handover",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returns_id", sa.Integer(), nullable=True),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("owed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("giver_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receiver_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(reason = 'emergency') = (ordered_by_id IS NOT NULL)",
            name=op.f("ck_handover_emergency"),
        ),
        sa.CheckConstraint(
            "(reason = 'return') = (returns_id IS NOT NULL)", name=op.f("ck_handover_returns")
        ),
        sa.CheckConstraint(
            "(state IN ('ordered', 'confirmed', 'returned')) = (moved_at IS NOT NULL)",
            name=op.f("ck_handover_moved"),
        ),
        sa.CheckConstraint(
            "reason IN ('shift', 'leave', 'emergency', 'return')", name=op.f("ck_handover_reason")
        ),
        sa.CheckConstraint(
            "receiver_id IS NOT NULL OR state IN ('listing', 'withdrawn')",
            name=op.f("ck_handover_receiver"),
        ),
        sa.CheckConstraint(
            "state <> 'offered' OR giver_signed_at IS NOT NULL", name=op.f("ck_handover_offered")
        ),
        sa.CheckConstraint(
            "state IN ('listing', 'offered', 'refused', 'ordered', 'confirmed', 'returned', 'withdrawn')",
            name=op.f("ck_handover_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'returned') OR (giver_signed_at IS NOT NULL AND receiver_signed_at IS NOT NULL)",
            name=op.f("ck_handover_signed"),
        ),
        sa.CheckConstraint(
            "(ordered_by_id IS NULL) = (owed_until IS NULL)", name=op.f("ck_handover_owed")
        ),
        sa.CheckConstraint("giver_id <> receiver_id", name=op.f("ck_handover_two")),
        sa.CheckConstraint(
            "moved_at IS NULL OR ordered_by_id IS NOT NULL OR moved_at = receiver_signed_at",
            name=op.f("ck_handover_moved_at"),
        ),
        sa.CheckConstraint("ordered_by_id <> giver_id", name=op.f("ck_handover_orderer")),
        sa.ForeignKeyConstraint(
            ["institution_id", "giver_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_handover_institution_id_giver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "made_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_handover_institution_id_made_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "ordered_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_handover_institution_id_ordered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_handover_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "receiver_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_handover_institution_id_receiver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "returns_id"],
            ["handover.institution_id", "handover.id"],
            name=op.f("fk_handover_institution_id_returns_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_handover_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_handover_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "post_id",
            "giver_id",
            "due_at",
            name=op.f("uq_handover_institution_id_post_id_giver_id_due_at"),
        ),
        sa.UniqueConstraint(
            "institution_id", "year", "number", name=op.f("uq_handover_institution_id_year_number")
        ),
    )
    op.create_index(
        "ix_handover_giver",
        "handover",
        ["institution_id", "giver_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('listing', 'offered', 'refused', 'ordered')"),
        sqlite_where=sa.text("state IN ('listing', 'offered', 'refused', 'ordered')"),
    )
    op.create_index("ix_handover_made", "handover", ["institution_id", "made_at"], unique=False)
    op.create_index(
        "ix_handover_receiver",
        "handover",
        ["institution_id", "receiver_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('listing', 'offered', 'refused', 'ordered')"),
        sqlite_where=sa.text("state IN ('listing', 'offered', 'refused', 'ordered')"),
    )
    op.create_index(
        "ix_handover_taken", "handover", ["institution_id", "receiver_id", "moved_at"], unique=False
    )
    op.create_index(
        "uq_handover_open",
        "handover",
        ["institution_id", "post_id", "giver_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('listing', 'offered', 'refused')"),
        sqlite_where=sa.text("state IN ('listing', 'offered', 'refused')"),
    )
    op.create_table(
        "handover_item",
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("is_ready", sa.Boolean(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'appointment' OR booking_id IS NOT NULL",
            name=op.f("ck_handover_item_appointment"),
        ),
        sa.CheckConstraint(
            "kind <> 'matter' OR matter_id IS NOT NULL", name=op.f("ck_handover_item_matter")
        ),
        sa.CheckConstraint(
            "kind IN ('appointment', 'matter', 'done', 'document', 'seal', 'key', 'cash', 'card', 'equipment', 'person', 'instruction', 'other')",
            name=op.f("ck_handover_item_kind"),
        ),
        sa.CheckConstraint(
            "matter_id IS NULL OR booking_id IS NULL", name=op.f("ck_handover_item_one_subject")
        ),
        sa.CheckConstraint(
            "ticked_at IS NULL OR refused_at IS NULL", name=op.f("ck_handover_item_ticked_at")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_handover_item_institution_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "handover_id"],
            ["handover.institution_id", "handover.id"],
            name=op.f("fk_handover_item_institution_id_handover_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_handover_item_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_handover_item_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_item")),
        sa.UniqueConstraint(
            "institution_id",
            "handover_id",
            "booking_id",
            name=op.f("uq_handover_item_institution_id_handover_id_booking_id"),
        ),
        sa.UniqueConstraint(
            "institution_id",
            "handover_id",
            "matter_id",
            name=op.f("uq_handover_item_institution_id_handover_id_matter_id"),
        ),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_handover_item_institution_id_id")
        ),
    )
    op.create_index(
        "ix_handover_item_added", "handover_item", ["institution_id", "added_at"], unique=False
    )
    op.create_index(
        "ix_handover_item_list", "handover_item", ["institution_id", "handover_id"], unique=False
    )
    op.add_column("staff", sa.Column("pin_hash", sa.String(length=200), nullable=True))
    protect_rows(op.get_bind(), list(TABLES))


def downgrade() -> None:
    """Forget what was handed over, and all PINs."""
    op.drop_column("staff", "pin_hash")
    for table in reversed(TABLES):
        op.drop_table(table)
