"""One-time notices with their papers, and fault signals."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_changes, forbid_deleting, protect_rows

revision = "0021_notices"
down_revision = "0020_finding"
branch_labels = None
depends_on = None

#: In the order in which they are made.
TABLES = [
    "notice",
    "notice_paper",
    "paper_receipt",
    "notice_completion",
    "notice_refusal",
    "fault_signal",
    "fault_answer",
]
#: What was told, what came and what was demanded is written once.
WRITTEN_ONCE = ["notice", "notice_paper", "paper_receipt", "notice_completion", "fault_signal"]


def upgrade() -> None:
    """Create the tables, closed to other institutions and to changes."""
    _create_notice()
    _create_papers()
    _create_refusal()
    _create_signals()
    protect_rows(op.get_bind(), TABLES)
    forbid_changes(op.get_bind(), WRITTEN_ONCE)
    # Their words are erased in time; the rows stay.
    for table in ("notice_refusal", "fault_answer"):
        forbid_deleting(op.get_bind(), table)


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("promised_days", sa.Integer(), nullable=False),
        sa.Column("fee", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("fee_basis", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("fee IS NULL OR fee >= 0", name=op.f("ck_notice_fee")),
        sa.ForeignKeyConstraint(
            ["institution_id", "given_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_notice_institution_id_given_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_notice_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "service_id"],
            ["service.institution_id", "service.id"],
            name=op.f("fk_notice_institution_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_notice_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_notice_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "matter_id",
            "service_id",
            name=op.f("uq_notice_institution_id_matter_id_service_id"),
        ),
        sa.UniqueConstraint(
            "institution_id", "year", "number", name=op.f("uq_notice_institution_id_year_number")
        ),
    )


def _create_papers() -> None:
    op.create_table(
        "notice_paper",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("originals", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("originals >= 0 AND copies >= 0", name=op.f("ck_notice_paper_counts")),
        sa.ForeignKeyConstraint(
            ["institution_id", "notice_id"],
            ["notice.institution_id", "notice.id"],
            name=op.f("fk_notice_paper_institution_id_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_notice_paper_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_paper")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_notice_paper_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "notice_id",
            "position",
            name=op.f("uq_notice_paper_institution_id_notice_id_position"),
        ),
    )
    op.create_table(
        "paper_receipt",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("originals", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("originals + copies > 0", name=op.f("ck_paper_receipt_something")),
        sa.CheckConstraint("originals >= 0 AND copies >= 0", name=op.f("ck_paper_receipt_counts")),
        sa.ForeignKeyConstraint(
            ["institution_id", "notice_id"],
            ["notice.institution_id", "notice.id"],
            name=op.f("fk_paper_receipt_institution_id_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "paper_id"],
            ["notice_paper.institution_id", "notice_paper.id"],
            name=op.f("fk_paper_receipt_institution_id_paper_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "taken_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_paper_receipt_institution_id_taken_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_paper_receipt_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_receipt")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_paper_receipt_institution_id_id")
        ),
    )
    op.create_index(
        "ix_paper_receipt_notice", "paper_receipt", ["institution_id", "notice_id"], unique=False
    )
    op.create_table(
        "notice_completion",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "notice_id"],
            ["notice.institution_id", "notice.id"],
            name=op.f("fk_notice_completion_institution_id_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_notice_completion_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_completion")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_notice_completion_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "notice_id",
            name=op.f("uq_notice_completion_institution_id_notice_id"),
        ),
    )


def _create_refusal() -> None:
    op.create_table(
        "notice_refusal",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("article", sa.LargeBinary(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "notice_id"],
            ["notice.institution_id", "notice.id"],
            name=op.f("fk_notice_refusal_institution_id_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "refused_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_notice_refusal_institution_id_refused_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_notice_refusal_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_refusal")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_notice_refusal_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id", "notice_id", name=op.f("uq_notice_refusal_institution_id_notice_id")
        ),
    )


def _create_signals() -> None:
    op.create_table(
        "fault_signal",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("demanded_by_id", sa.Integer(), nullable=False),
        sa.Column("demanded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "demanded_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_fault_signal_institution_id_demanded_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "event_id"],
            ["matter_event.institution_id", "matter_event.id"],
            name=op.f("fk_fault_signal_institution_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_fault_signal_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "notice_id"],
            ["notice.institution_id", "notice.id"],
            name=op.f("fk_fault_signal_institution_id_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_fault_signal_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_signal")),
        sa.UniqueConstraint(
            "institution_id", "event_id", name=op.f("uq_fault_signal_institution_id_event_id")
        ),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_fault_signal_institution_id_id")),
    )
    op.create_index(
        "ix_fault_signal_matter", "fault_signal", ["institution_id", "matter_id"], unique=False
    )
    op.create_table(
        "fault_answer",
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "answered_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_fault_answer_institution_id_answered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "signal_id"],
            ["fault_signal.institution_id", "fault_signal.id"],
            name=op.f("fk_fault_answer_institution_id_signal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_fault_answer_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_answer")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_fault_answer_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id", "signal_id", name=op.f("uq_fault_answer_institution_id_signal_id")
        ),
    )


def downgrade() -> None:
    """Drop them, children first."""
    for table in reversed(TABLES):
        op.drop_table(table)
