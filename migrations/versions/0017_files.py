"""Files that people attach: rows here, contents on the shelf beside the database."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0017_files"
down_revision = "0016_alarms"
branch_labels = None
depends_on = None

KINDS = "media_type IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "attachment",
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_name", sa.String(length=32), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('staff', 'citizen', 'system')", name=op.f("ck_attachment_actor_kind")
        ),
        sa.CheckConstraint(KINDS, name=op.f("ck_attachment_media_type")),
        sa.CheckConstraint("position > 0 AND size > 0", name=op.f("ck_attachment_counts")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_attachment_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_attachment_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "subject_kind",
            "subject_id",
            "position",
            name=op.f("uq_attachment_institution_id_subject_kind_subject_id_position"),
        ),
        sa.UniqueConstraint(
            "institution_id",
            "stored_name",
            name=op.f("uq_attachment_institution_id_stored_name"),
        ),
    )
    protect_rows(op.get_bind(), ["attachment"])


def downgrade() -> None:
    """Take it away; the files stay on the shelf until they are swept."""
    op.drop_table("attachment")
