"""Promised times that the office broke, their settlement and complaints (W-YY-3)."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_changes, protect_rows

revision = "0005_breach"
down_revision = "0004_offers"
branch_labels = None
depends_on = None

OWNED = ["breach", "breach_settlement", "breach_complaint"]
APPEND_ONLY = ["breach", "breach_settlement"]
UNSERVED = sa.text("arrived_at IS NOT NULL AND started_at IS NULL")


def upgrade() -> None:
    """Create the tables and what the database itself refuses; mark who reported themselves."""
    op.add_column(
        "booking",
        sa.Column("is_arrival_own", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_booking_unserved",
        "booking",
        ["institution_id", "ends_at"],
        unique=False,
        postgresql_where=UNSERVED,
        sqlite_where=UNSERVED,
    )
    _create_breach()
    _create_settlement()
    _create_complaint()
    protect_rows(op.get_bind(), OWNED)
    forbid_changes(op.get_bind(), APPEND_ONLY)


def _create_breach() -> None:
    op.create_table(
        "breach",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrival_minutes", sa.Integer(), nullable=False),
        sa.Column("start_minutes", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["institution_id", f"{table}_id"],
                [f"{table}.institution_id", f"{table}.id"],
                name=op.f(f"fk_breach_institution_id_{table}_id"),
            )
            for table in ("booking", "slot", "service", "post")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_breach_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_breach_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "booking_id",
            "slot_id",
            name=op.f("uq_breach_institution_id_booking_id_slot_id"),
        ),
    )
    op.create_index(
        "ix_breach_post_day", "breach", ["institution_id", "post_id", "local_date"], unique=False
    )


def _create_settlement() -> None:
    op.create_table(
        "breach_settlement",
        sa.Column("breach_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["institution_id", f"{table}_id"],
                [f"{table}.institution_id", f"{table}.id"],
                name=op.f(f"fk_breach_settlement_institution_id_{table}_id"),
            )
            for table in ("breach", "booking")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_breach_settlement_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_settlement")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_breach_settlement_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "breach_id",
            name=op.f("uq_breach_settlement_institution_id_breach_id"),
        ),
    )


def _create_complaint() -> None:
    op.create_table(
        "breach_complaint",
        sa.Column("breach_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answerer_id", sa.Integer(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answerer_id IS NULL)",
            name=op.f("ck_breach_complaint_answerer"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "breach_id"],
            ["breach.institution_id", "breach.id"],
            name=op.f("fk_breach_complaint_institution_id_breach_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_breach_complaint_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_complaint")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_breach_complaint_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "breach_id",
            name=op.f("uq_breach_complaint_institution_id_breach_id"),
        ),
    )
    op.create_index(
        "ix_breach_complaint_unanswered",
        "breach_complaint",
        ["institution_id", "breach_id"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
        sqlite_where=sa.text("answered_at IS NULL"),
    )


def downgrade() -> None:
    """Drop the tables, children first, and the mark."""
    op.drop_table("breach_complaint")
    op.drop_table("breach_settlement")
    op.drop_table("breach")
    op.drop_index("ix_booking_unserved", "booking")
    op.drop_column("booking", "is_arrival_own")
