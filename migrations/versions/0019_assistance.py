"""Who answers in the place of somebody who left."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_deleting, forbid_rewriting

revision = "0019_assistance"
down_revision = "0018_requests"
branch_labels = None
depends_on = None

FIXED = ("first_asked_id", "year", "number", "reference")
STANDS_IN = "fk_matter_institution_id_stands_in_id"


def upgrade() -> None:
    """Nobody stands in for anybody yet."""
    with op.batch_alter_table("matter") as matter:
        matter.add_column(sa.Column("stands_in_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("matter") as matter:
        matter.create_foreign_key(
            op.f(STANDS_IN),
            "staff",
            ["institution_id", "stands_in_id"],
            ["institution_id", "id"],
        )
    op.create_index(
        "ix_matter_stands_in",
        "matter",
        ["institution_id", "stands_in_id", "due_at"],
        postgresql_where=sa.text("stands_in_id IS NOT NULL"),
        sqlite_where=sa.text("stands_in_id IS NOT NULL"),
    )
    op.create_index(
        "ix_matter_reported",
        "matter",
        ["institution_id", "reported_to_id"],
        postgresql_where=sa.text("state = 'reported'"),
        sqlite_where=sa.text("state = 'reported'"),
    )
    _guard_again()


def downgrade() -> None:
    """Forget who stood in."""
    op.drop_index("ix_matter_reported", "matter")
    op.drop_index("ix_matter_stands_in", "matter")
    with op.batch_alter_table("matter") as matter:
        matter.drop_constraint(op.f(STANDS_IN), type_="foreignkey")
    with op.batch_alter_table("matter") as matter:
        matter.drop_column("stands_in_id")
    _guard_again()


def _guard_again() -> None:
    """The embedded database forgets what guards a table when the table is made anew."""
    if op.get_bind().dialect.name == "sqlite":
        for column in FIXED:
            forbid_rewriting(op.get_bind(), "matter", column)
        forbid_deleting(op.get_bind(), "matter")
