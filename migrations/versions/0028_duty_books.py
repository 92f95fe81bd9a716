"""At which post each matter was taken down, and that the head has looked at a closed duty book."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0028_duty_books"
down_revision = "0027_attendance"
branch_labels = None
depends_on = None

TABLES = ("duty_entry", "duty_book_check")
REFERS = {
    "duty_entry": {"matter_id": "matter", "post_id": "post"},
    "duty_book_check": {"presence_id": "presence", "checked_by_id": "staff"},
}


def upgrade() -> None:
    """What was taken down before stands in the books of its day only."""
    op.create_table(
        "duty_entry",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *_owned("duty_entry"),
        _unique("duty_entry", "matter_id"),
    )
    op.create_index(op.f("ix_duty_entry_stands"), "duty_entry", ["institution_id", "post_id", "at"])
    op.create_index(
        op.f("ix_duty_entry_finished"),
        "duty_entry",
        ["institution_id", "post_id", "finished_at"],
    )
    op.create_table(
        "duty_book_check",
        sa.Column("presence_id", sa.Integer(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        *_owned("duty_book_check"),
        _unique("duty_book_check", "presence_id"),
    )
    protect_rows(op.get_bind(), list(TABLES))


def downgrade() -> None:
    """Forget where matters were taken down and which books were looked at."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    name = op.f(f"uq_{table}_institution_id_{'_'.join(columns)}")
    return sa.UniqueConstraint("institution_id", *columns, name=name)


def _owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What every owned table has, with its foreign keys."""
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["institution_id", column],
                [f"{other}.institution_id", f"{other}.id"],
                name=op.f(f"fk_{table}_institution_id_{column}"),
            )
            for column, other in REFERS[table].items()
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f(f"fk_{table}_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("institution_id", "id", name=op.f(f"uq_{table}_institution_id_id")),
    )
