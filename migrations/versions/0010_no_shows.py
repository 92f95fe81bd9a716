"""Missed appointments that count and can be objected to, and what the window saw of priority."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0010_no_shows"
down_revision = "0009_replay"
branch_labels = None
depends_on = None

STANDING = sa.text("undone_at IS NULL")
OPEN = sa.text("objected_at IS NOT NULL AND decided_at IS NULL AND undone_at IS NULL")
FALSE_CLAIM = sa.text("priority_verdict IN ('refused', 'lost')")
VERDICTS = "priority_verdict IN ('', 'confirmed', 'refused', 'lost')"


def upgrade() -> None:
    """Create them, and count what was noted as missed before."""
    op.create_table(
        "no_show",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.Column("objection", sa.LargeBinary(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_no_show_institution_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_no_show_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_no_show_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_no_show_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_show")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_no_show_institution_id_id")),
    )
    op.create_index(
        "uq_no_show_standing",
        "no_show",
        ["institution_id", "booking_id"],
        unique=True,
        postgresql_where=STANDING,
        sqlite_where=STANDING,
    )
    op.create_index("ix_no_show_contact", "no_show", ["institution_id", "contact_id", "starts_at"])
    op.create_index("ix_no_show_person", "no_show", ["institution_id", "person_key", "starts_at"])
    op.create_index(
        "ix_no_show_open",
        "no_show",
        ["institution_id", "objected_at"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.execute(
        "INSERT INTO no_show (institution_id, booking_id, post_id, contact_id, person_key, "
        "starts_at, noted_at) "
        "SELECT institution_id, id, post_id, contact_id, person_key, starts_at, ends_at "
        "FROM booking WHERE state = 'no_show'"
    )
    with op.batch_alter_table("booking") as booking:
        booking.add_column(
            sa.Column("priority_verdict", sa.String(length=10), nullable=False, server_default="")
        )
        booking.create_check_constraint(op.f("ck_booking_priority_verdict"), VERDICTS)
    with op.batch_alter_table("booking") as booking:
        booking.alter_column("priority_verdict", server_default=None)
    op.create_index(
        "ix_booking_false_claim",
        "booking",
        ["institution_id", "person_key"],
        postgresql_where=FALSE_CLAIM,
        sqlite_where=FALSE_CLAIM,
    )
    protect_rows(op.get_bind(), ["no_show"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_booking_false_claim", table_name="booking")
    with op.batch_alter_table("booking") as booking:
        booking.drop_constraint(op.f("ck_booking_priority_verdict"), type_="check")
        booking.drop_column("priority_verdict")
    op.drop_table("no_show")
