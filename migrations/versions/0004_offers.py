"""The waiting list, and places kept for a named person."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0004_offers"
down_revision = "0003_appointments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, then what the database itself refuses."""
    op.create_table(
        "waiting",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("contact_seat", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("is_for_other", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'booked', 'left', 'over')",
            name=op.f("ck_waiting_state"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_waiting_days")),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_waiting_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_waiting_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_waiting_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_waiting_institution_id_id")),
    )
    op.create_index("ix_waiting_contact", "waiting", ["institution_id", "contact_id"], unique=False)
    op.create_index(
        "ix_waiting_order",
        "waiting",
        ["institution_id", "service_id", "state", "id"],
        unique=False,
    )
    op.create_index(
        "ix_waiting_last_day", "waiting", ["institution_id", "state", "last_day"], unique=False
    )
    op.create_index(
        "uq_waiting_contact_seat",
        "waiting",
        ["institution_id", "contact_id", "contact_seat"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
        sqlite_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "uq_waiting_person",
        "waiting",
        ["institution_id", "person_key", "service_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
        sqlite_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_table(
        "offer",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("waiting_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_booking_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'taken') = (taken_booking_id IS NOT NULL)", name=op.f("ck_offer_taken")
        ),
        sa.CheckConstraint("kind IN ('waiting', 'breach', 'closure')", name=op.f("ck_offer_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'taken', 'declined', 'expired')", name=op.f("ck_offer_state")
        ),
        sa.CheckConstraint(
            "(waiting_id IS NULL) <> (booking_id IS NULL)", name=op.f("ck_offer_for_whom")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_offer_institution_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_offer_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "slot_id"],
            ["slot.institution_id", "slot.id"],
            name=op.f("fk_offer_institution_id_slot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "taken_booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_offer_institution_id_taken_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "waiting_id"],
            ["waiting.institution_id", "waiting.id"],
            name=op.f("fk_offer_institution_id_waiting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_offer_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_offer_institution_id_id")),
        sa.UniqueConstraint("institution_id", "token", name=op.f("uq_offer_institution_id_token")),
    )
    op.create_index("ix_offer_booking", "offer", ["institution_id", "booking_id"], unique=False)
    op.create_index("ix_offer_waiting", "offer", ["institution_id", "waiting_id"], unique=False)
    op.create_index(
        "ix_offer_contact", "offer", ["institution_id", "contact_id", "expires_at"], unique=False
    )
    op.create_index(
        "ix_offer_open", "offer", ["institution_id", "state", "expires_at"], unique=False
    )
    op.create_index(
        "uq_offer_waiting",
        "offer",
        ["institution_id", "waiting_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )

    protect_rows(op.get_bind(), ["waiting", "offer"])


def downgrade() -> None:
    """Drop the tables, children first; places kept by an offer go back when its hold expires."""
    op.drop_table("offer")
    op.drop_table("waiting")
