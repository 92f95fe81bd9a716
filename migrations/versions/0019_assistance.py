"""Who answers in the place of somebody who left, and the help that one unit asks of another."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_deleting, forbid_rewriting, protect_rows

revision = "0019_assistance"
down_revision = "0018_requests"
branch_labels = None
depends_on = None

FIXED = ("first_asked_id", "year", "number", "reference")
REFERS = {
    "matter_id": "matter",
    "asked_by_id": "staff",
    "asked_id": "staff",
    "helper_id": "staff",
    "decider_id": "staff",
    "asked_event_id": "matter_event",
    "last_event_id": "matter_event",
}
INDEXES = {
    "matter": ["matter_id"],
    "asked": ["asked_id"],
    "helper": ["helper_id", "due_at"],
    "decider": ["decider_id", "due_at"],
}
STANDS_IN = "fk_matter_institution_id_stands_in_id"


def upgrade() -> None:
    """Nobody stands in for anybody yet, and nobody asks for help."""
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
    op.create_table(
        "assistance",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("helper_id", sa.Integer(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_event_id", sa.Integer(), nullable=False),
        sa.Column("last_event_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'ended')) = (ended_at IS NOT NULL)",
            name=op.f("ck_assistance_ended"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'escalated', 'decided', 'done', 'ended')",
            name=op.f("ck_assistance_state"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["institution_id", column],
                [f"{table}.institution_id", f"{table}.id"],
                name=op.f(f"fk_assistance_institution_id_{column}"),
            )
            for column, table in REFERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_assistance_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_assistance_institution_id_id")),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_assistance_open",
        "assistance",
        ["institution_id", "matter_id", "helper_id"],
        unique=True,
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    for name, columns in INDEXES.items():
        op.create_index(f"ix_assistance_{name}", "assistance", ["institution_id", *columns])
    protect_rows(op.get_bind(), ["assistance"])


def downgrade() -> None:
    """Forget who stood in, and who asked for help."""
    op.drop_table("assistance")
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
