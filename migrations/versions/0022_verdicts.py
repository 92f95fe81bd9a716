"""First contact, objections to a pause, and verdicts that are frozen once."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_changes, protect_rows

revision = "0022_verdicts"
down_revision = "0021_notices"
branch_labels = None
depends_on = None

MOMENTS = (
    "contested_at",
    "contact_due_at",
    "contacted_at",
    "agreed_at",
    "escalated_at",
    "settled_at",
)
KEPT = "is_kept = (met_at IS NOT NULL AND met_at <= due_at)"


def upgrade() -> None:
    """Add the moments to matters, the version to calendars, and the verdicts."""
    for moment in MOMENTS:
        op.add_column("matter", sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "matter",
        sa.Column("severity", sa.String(length=8), nullable=False, server_default="normal"),
    )
    op.add_column("matter", sa.Column("amount", sa.Integer(), nullable=True))
    op.add_column(
        "institution",
        sa.Column("calendar_stamp", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_table(
        "matter_verdict",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("of_limit", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "of_limit IN ('contact', 'promise')", name=op.f("ck_matter_verdict_of_limit")
        ),
        sa.CheckConstraint(KEPT, name=op.f("ck_matter_verdict_is_kept")),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_matter_verdict_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_matter_verdict_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_verdict")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_matter_verdict_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "matter_id",
            "round",
            "of_limit",
            name=op.f("uq_matter_verdict_institution_id_matter_id_round_of_limit"),
        ),
    )
    protect_rows(op.get_bind(), ["matter_verdict"])
    forbid_changes(op.get_bind(), ["matter_verdict"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("matter_verdict")
    op.drop_column("institution", "calendar_stamp")
    op.drop_column("matter", "amount")
    op.drop_column("matter", "severity")
    for moment in reversed(MOMENTS):
        op.drop_column("matter", moment)
