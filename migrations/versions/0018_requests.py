"""Which matter a row of another register became."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0018_requests"
down_revision = "0017_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, closed to other institutions."""
    op.create_table(
        "imported_request",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "matter_id"],
            ["matter.institution_id", "matter.id"],
            name=op.f("fk_imported_request_institution_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_imported_request_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_request")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_imported_request_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id", "key", name=op.f("uq_imported_request_institution_id_key")
        ),
        sa.UniqueConstraint(
            "institution_id", "matter_id", name=op.f("uq_imported_request_institution_id_matter_id")
        ),
    )
    protect_rows(op.get_bind(), ["imported_request"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("imported_request")
