"""Slots, holds, bookings and visits."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0003_appointments"
down_revision = "0002_reference"
branch_labels = None
depends_on = None

OWNED = ["published_day", "slot", "booking", "hold", "visit"]


def upgrade() -> None:
    """Create the tables, then what the database itself refuses."""
    op.create_table(
        "published_day",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed", sa.String(length=3), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_published_day_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_published_day_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_day")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_published_day_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "service_id",
            "local_date",
            name=op.f("uq_published_day_institution_id_service_id_local_date"),
        ),
    )
    op.create_table(
        "slot",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool", sa.String(length=10), nullable=False),
        sa.Column("public_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("pool IN ('public', 'counter', 'priority')", name=op.f("ck_slot_pool")),
        sa.CheckConstraint("booked BETWEEN 0 AND capacity", name=op.f("ck_slot_capacity")),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_slot_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_slot_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_slot_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_slot_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "service_id",
            "starts_at",
            "post_id",
            "pool",
            name=op.f("uq_slot_institution_id_service_id_starts_at_post_id_pool"),
        ),
    )
    op.create_index("ix_slot_day", "slot", ["institution_id", "post_id", "starts_at"], unique=False)
    op.create_index(
        "ix_slot_free",
        "slot",
        ["institution_id", "service_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("booked < capacity AND NOT is_withdrawn"),
        sqlite_where=sa.text("booked < capacity AND is_withdrawn = 0"),
    )
    op.create_table(
        "booking",
        sa.Column("reference", sa.String(length=7), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("contact_seat", sa.Integer(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("is_for_other", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("is_overbooked", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=True),
        sa.Column("bring", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("next_booking_id", sa.Integer(), nullable=True),
        sa.Column("waiver", sa.String(length=400), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'continued' OR next_booking_id IS NOT NULL OR waiver IS NOT NULL",
            name=op.f("ck_booking_w_yy_1"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_booking_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "next_booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_booking_institution_id_next_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_booking_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_booking_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "slot_id"],
            ["slot.institution_id", "slot.id"],
            name=op.f("fk_booking_institution_id_slot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_booking_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_booking_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id", "reference", name=op.f("uq_booking_institution_id_reference")
        ),
    )
    op.create_index(
        "ix_booking_contact", "booking", ["institution_id", "contact_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix_booking_post_day",
        "booking",
        ["institution_id", "post_id", "local_date", "starts_at"],
        unique=False,
    )
    op.create_index("ix_booking_slot", "booking", ["institution_id", "slot_id"], unique=False)
    op.create_index(
        "uq_booking_contact_seat",
        "booking",
        ["institution_id", "contact_id", "contact_seat"],
        unique=True,
        postgresql_where=sa.text("state IN ('booked', 'arrived', 'serving')"),
        sqlite_where=sa.text("state IN ('booked', 'arrived', 'serving')"),
    )
    op.create_index(
        "uq_booking_person_day",
        "booking",
        ["institution_id", "person_key", "service_id", "local_date"],
        unique=True,
        postgresql_where=sa.text("state IN ('booked', 'arrived', 'serving')"),
        sqlite_where=sa.text("state IN ('booked', 'arrived', 'serving')"),
    )
    op.create_table(
        "hold",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=43), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("network_seat", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_hold_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "slot_id"],
            ["slot.institution_id", "slot.id"],
            name=op.f("fk_hold_institution_id_slot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_hold_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("institution_id", "holder", name=op.f("uq_hold_institution_id_holder")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_hold_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "network",
            "network_seat",
            name=op.f("uq_hold_institution_id_network_network_seat"),
        ),
    )
    op.create_index(
        "ix_hold_slot", "hold", ["institution_id", "slot_id", "expires_at"], unique=False
    )
    op.create_table(
        "visit",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("next_booking_id", sa.Integer(), nullable=True),
        sa.Column("waiver", sa.String(length=400), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'continued' OR next_booking_id IS NOT NULL OR waiver IS NOT NULL",
            name=op.f("ck_visit_w_yy_1"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "next_booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_visit_institution_id_next_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_visit_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_visit_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_visit_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_visit_institution_id_id")),
    )
    op.create_index(
        "ix_visit_post_day", "visit", ["institution_id", "post_id", "local_date"], unique=False
    )

    protect_rows(op.get_bind(), OWNED)


def downgrade() -> None:
    """Drop the tables, children first."""
    op.drop_table("visit")
    op.drop_table("hold")
    op.drop_table("booking")
    op.drop_table("slot")
    op.drop_table("published_day")
