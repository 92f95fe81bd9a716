"""Calendar, catalog, search postings and messages."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0002_reference"
down_revision = "0001_base"
branch_labels = None
depends_on = None

OWNED = [
    "holiday_override",
    "posting",
    "schedule",
    "message",
    "post",
    "schedule_exception",
    "schedule_pattern",
    "service",
    "fee",
    "offering",
    "post_staff",
    "refusal_ground",
    "service_document",
    "service_step",
]


def upgrade() -> None:
    """Create the tables, then what the database itself refuses."""
    op.create_table(
        "holiday_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('holiday', 'makeup', 'weekday', 'weekend')",
            name=op.f("ck_holiday_override_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_holiday_override_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_override")),
        sa.UniqueConstraint(
            "institution_id", "day", name=op.f("uq_holiday_override_institution_id_day")
        ),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_holiday_override_institution_id_id")
        ),
    )
    op.create_table(
        "posting",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("gram", sa.String(length=2), nullable=False),
        sa.Column("ref_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_posting_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_posting_institution_id_id")),
    )
    op.create_index(
        "ix_posting_gram", "posting", ["institution_id", "gram", "kind", "ref_id"], unique=False
    )
    op.create_index("ix_posting_ref", "posting", ["institution_id", "kind", "ref_id"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_always_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_schedule_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_schedule_institution_id_code")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_schedule_institution_id_id")),
    )
    op.create_index(
        "uq_schedule_default",
        "schedule",
        ["institution_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
        sqlite_where=sa.text("is_default"),
    )
    op.create_table(
        "message",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("params", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("refusal", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('email', 'phone')", name=op.f("ck_message_kind")),
        sa.CheckConstraint("state IN ('queued', 'sent', 'refused')", name=op.f("ck_message_state")),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_message_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_message_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_message_institution_id_id")),
        sa.UniqueConstraint("institution_id", "key", name=op.f("uq_message_institution_id_key")),
    )
    op.create_index("ix_message_contact", "message", ["institution_id", "contact_id"], unique=False)
    op.create_index("ix_message_created", "message", ["institution_id", "created_at"], unique=False)
    op.create_index(
        "ix_message_subject",
        "message",
        ["institution_id", "subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "post",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("plate", sa.String(length=6), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("way", sa.JSON(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "schedule_id"],
            ["schedule.institution_id", "schedule.id"],
            name=op.f("fk_post_institution_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "unit_id"],
            ["unit.institution_id", "unit.id"],
            name=op.f("fk_post_institution_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_post_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_post_institution_id_code")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_post_institution_id_id")),
    )
    op.create_table(
        "schedule_exception",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "schedule_id"],
            ["schedule.institution_id", "schedule.id"],
            name=op.f("fk_schedule_exception_institution_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_schedule_exception_institution_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_exception")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_schedule_exception_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "schedule_id",
            "day",
            name=op.f("uq_schedule_exception_institution_id_schedule_id_day"),
        ),
    )
    op.create_table(
        "schedule_pattern",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("week", sa.JSON(), nullable=False),
        sa.Column("holiday", sa.JSON(), nullable=False),
        sa.Column("makeup", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "schedule_id"],
            ["schedule.institution_id", "schedule.id"],
            name=op.f("fk_schedule_pattern_institution_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_schedule_pattern_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_pattern")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_schedule_pattern_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "schedule_id",
            "valid_from",
            name=op.f("uq_schedule_pattern_institution_id_schedule_id_valid_from"),
        ),
    )
    op.create_table(
        "service",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("promised_days", sa.Integer(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("asks_id_number", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("promised_days >= 0", name=op.f("ck_service_promised_days")),
        sa.ForeignKeyConstraint(
            ["institution_id", "unit_id"],
            ["unit.institution_id", "unit.id"],
            name=op.f("fk_service_institution_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_service_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_service_institution_id_code")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_service_institution_id_id")),
    )
    op.create_table(
        "fee",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_fee_amount")),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_fee_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_fee_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_fee_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "service_id",
            "valid_from",
            name=op.f("uq_fee_institution_id_service_id_valid_from"),
        ),
    )
    op.create_table(
        "offering",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 1000", name=op.f("ck_offering_capacity")),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 480", name=op.f("ck_offering_slot_minutes")),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_offering_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_offering_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_offering_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offering")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_offering_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "service_id",
            "post_id",
            name=op.f("uq_offering_institution_id_service_id_post_id"),
        ),
    )
    op.create_table(
        "post_staff",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=1), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("position IN ('A', 'B')", name=op.f("ck_post_staff_position")),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_post_staff_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_post_staff_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_post_staff_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_staff")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_post_staff_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "post_id",
            "staff_id",
            name=op.f("uq_post_staff_institution_id_post_id_staff_id"),
        ),
    )
    op.create_table(
        "refusal_ground",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_refusal_ground_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_refusal_ground_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal_ground")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_refusal_ground_institution_id_id")
        ),
    )
    op.create_table(
        "service_document",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("originals", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "originals >= 0 AND copies >= 0", name=op.f("ck_service_document_counts")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_service_document_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_service_document_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_document")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_service_document_institution_id_id")
        ),
    )
    op.create_table(
        "service_step",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_service_step_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_service_step_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_step")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_service_step_institution_id_id")),
    )

    protect_rows(op.get_bind(), OWNED)


def downgrade() -> None:
    """Drop the tables, children first."""
    op.drop_table("service_step")
    op.drop_table("service_document")
    op.drop_table("refusal_ground")
    op.drop_table("post_staff")
    op.drop_table("offering")
    op.drop_table("fee")
    op.drop_table("service")
    op.drop_table("schedule_pattern")
    op.drop_table("schedule_exception")
    op.drop_table("post")
    op.drop_table("message")
    op.drop_table("schedule")
    op.drop_table("posting")
    op.drop_table("holiday_override")
