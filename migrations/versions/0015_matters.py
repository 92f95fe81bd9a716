"""Matters, their course and words, and the counters of serial numbers."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import (
    forbid_changes,
    forbid_deleting,
    forbid_rewriting,
    protect_rows,
)

revision = "0015_matters"
down_revision = "0014_unit_heads"
branch_labels = None
depends_on = None

OWNED = ["serial_counter", "matter", "matter_event", "matter_words"]


def upgrade() -> None:
    """Create the tables, then what the database itself refuses."""
    offered, disputed = sa.text("offered_to_id IS NOT NULL"), sa.text("state = 'disputed'")
    to_answer = sa.text("answer_until IS NOT NULL")
    live = sa.text("state NOT IN ('closed', 'voided', 'withdrawn')")
    op.create_table(
        "serial_counter",
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_serial_counter_last")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_serial_counter_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serial_counter")),
        sa.UniqueConstraint(
            "institution_id",
            "book",
            "year",
            name=op.f("uq_serial_counter_institution_id_book_year"),
        ),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_serial_counter_institution_id_id")
        ),
    )
    op.create_table(
        "matter",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("identity", sa.String(length=10), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("reception", sa.JSON(), nullable=False),
        sa.Column("reception_note", sa.LargeBinary(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("first_asked_id", sa.Integer(), nullable=True),
        sa.Column("first_received_id", sa.Integer(), nullable=True),
        sa.Column("holder_staff_id", sa.Integer(), nullable=True),
        sa.Column("holder_post_id", sa.Integer(), nullable=True),
        sa.Column("reported_to_id", sa.Integer(), nullable=True),
        sa.Column("offered_to_id", sa.Integer(), nullable=True),
        sa.Column("arbiter_id", sa.Integer(), nullable=True),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=10), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fed_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('phone', 'visit', 'online', 'internal')", name=op.f("ck_matter_channel")
        ),
        sa.CheckConstraint(
            "identity IN ('named', 'unverified', 'anonymous')", name=op.f("ck_matter_identity")
        ),
        sa.CheckConstraint(
            "kind IN ('repair', 'paid_service', 'complaint', 'enquiry', 'suggestion', 'praise', 'application')",
            name=op.f("ck_matter_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'solved', 'unanswered')", name=op.f("ck_matter_outcome")
        ),
        sa.CheckConstraint(
            "state <> 'closed' OR (fed_back_at IS NOT NULL AND told_at IS NOT NULL)",
            name=op.f("ck_matter_closed_told"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'received', 'verified', 'reported', 'in_progress', 'offered', 'disputed', 'waiting', 'done', 'fed_back', 'told', 'closed', 'withdrawn', 'voided')",
            name=op.f("ck_matter_state"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'withdrawn', 'voided') OR first_asked_id IS NOT NULL",
            name=op.f("ck_matter_first_asked"),
        ),
        sa.CheckConstraint(
            "(holder_staff_id IS NULL) <> (holder_post_id IS NULL)",
            name=op.f("ck_matter_one_holder"),
        ),
        sa.CheckConstraint(
            "(state = 'offered') = (offered_to_id IS NOT NULL)", name=op.f("ck_matter_offered")
        ),
        sa.CheckConstraint(
            "(state IN ('offered', 'disputed')) = (answer_until IS NOT NULL)",
            name=op.f("ck_matter_answer_until"),
        ),
        sa.CheckConstraint(
            "offered_to_id <> holder_staff_id", name=op.f("ck_matter_offered_to_other")
        ),
        sa.CheckConstraint("returns >= 0 AND extensions >= 0", name=op.f("ck_matter_counts")),
        sa.CheckConstraint(
            "due_at IS NULL OR due_told_at IS NOT NULL", name=op.f("ck_matter_due_told")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_matter_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "first_asked_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_first_asked_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "first_received_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_first_received_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "holder_post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_matter_institution_id_holder_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "holder_staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_holder_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "opened_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_opened_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "offered_to_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_offered_to_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "arbiter_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_arbiter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "reported_to_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_matter_institution_id_reported_to_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "unit_id"],
            ["unit.institution_id", "unit.id"],
            name=op.f("fk_matter_institution_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_matter_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_matter_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id", "reference", name=op.f("uq_matter_institution_id_reference")
        ),
        sa.UniqueConstraint(
            "institution_id", "year", "number", name=op.f("uq_matter_institution_id_year_number")
        ),
    )
    op.create_index(
        "ix_matter_at_post",
        "matter",
        ["institution_id", "holder_post_id", "due_at"],
        unique=False,
        postgresql_where=live,
        sqlite_where=live,
    )
    op.create_index(
        "ix_matter_contact", "matter", ["institution_id", "contact_id", "opened_at"], unique=False
    )
    op.create_index(
        "ix_matter_first_asked",
        "matter",
        ["institution_id", "first_asked_id", "due_at"],
        unique=False,
        postgresql_where=live,
        sqlite_where=live,
    )
    op.create_index(
        "ix_matter_held",
        "matter",
        ["institution_id", "holder_staff_id", "due_at"],
        unique=False,
        postgresql_where=live,
        sqlite_where=live,
    )
    for name, column, where in (
        ("offered", ["offered_to_id", "due_at"], offered),
        ("disputed", ["arbiter_id", "due_at"], disputed),
        ("answer", ["answer_until"], to_answer),
    ):
        op.create_index(
            f"ix_matter_{name}",
            "matter",
            ["institution_id", *column],
            unique=False,
            postgresql_where=where,
            sqlite_where=where,
        )
    op.create_index("ix_matter_opened", "matter", ["institution_id", "opened_at"], unique=False)
    op.create_index(
        "ix_matter_unit", "matter", ["institution_id", "unit_id", "opened_at"], unique=False
    )
    op.create_table(
        "matter_event",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("holder_staff_id", sa.Integer(), nullable=True),
        sa.Column("holder_post_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_matter_event_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_matter_event_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_event")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_matter_event_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "matter_id",
            "number",
            name=op.f("uq_matter_event_institution_id_matter_id_number"),
        ),
    )
    op.create_table(
        "matter_words",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("papers", sa.LargeBinary(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "event_id"],
            ["matter_event.institution_id", "matter_event.id"],
            name=op.f("fk_matter_words_institution_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_matter_words_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_matter_words_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_words")),
        sa.UniqueConstraint(
            "institution_id", "event_id", name=op.f("uq_matter_words_institution_id_event_id")
        ),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_matter_words_institution_id_id")),
    )
    op.create_index(
        "ix_matter_words_matter", "matter_words", ["institution_id", "matter_id"], unique=False
    )

    protect_rows(op.get_bind(), OWNED)
    forbid_changes(op.get_bind(), ["matter_event"])
    # Who was asked first, and the number, stay; and there is no row that could go (P-3.1b).
    for column in ("first_asked_id", "year", "number", "reference"):
        forbid_rewriting(op.get_bind(), "matter", column)
    forbid_deleting(op.get_bind(), "matter")


def downgrade() -> None:
    """Drop the tables, children first."""
    op.drop_table("matter_words")
    op.drop_table("matter_event")
    op.drop_table("matter")
    op.drop_table("serial_counter")
