"""What whoever keeps a post has to have, and shifts that are offered to colleagues."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0026_shifts"
down_revision = "0025_handover"
branch_labels = None
depends_on = None

TABLES = ("duty_statement", "duty_signature", "qualification", "shift_offer")
STATES = "'open', 'accepted', 'declined', 'withdrawn', 'lapsed', 'void'"
REFERS = {
    "duty_statement": {"post_id": "post", "set_by_id": "staff"},
    "duty_signature": {"statement_id": "duty_statement", "staff_id": "staff"},
    "qualification": {
        "service_id": "service",
        "staff_id": "staff",
        "given_by_id": "staff",
        "ended_by_id": "staff",
    },
    "shift_offer": {
        "shift_id": "shift",
        "back_shift_id": "shift",
        "from_staff_id": "staff",
        "to_staff_id": "staff",
    },
}


def upgrade() -> None:
    """No post asks for a signature yet, and no service for a qualification."""
    op.add_column(
        "service",
        sa.Column("asks_qualification", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "duty_statement",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        *_owned("duty_statement"),
        _check("duty_statement", "number", "number >= 1"),
        _unique("duty_statement", "post_id", "number"),
    )
    op.create_table(
        "duty_signature",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        *_owned("duty_signature"),
        _unique("duty_signature", "statement_id", "staff_id"),
    )
    op.create_table(
        "qualification",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        *_owned("qualification"),
        _check("qualification", "ended_at", "ended_at >= given_at"),
        _check("qualification", "ended_by", "ended_by_id IS NULL OR ended_at IS NOT NULL"),
    )
    _one("uq_qualification_standing", "qualification", "ended_at IS NULL", "staff_id", "service_id")
    op.create_table(
        "shift_offer",
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("shift_version", sa.Integer(), nullable=False),
        sa.Column("back_shift_id", sa.Integer(), nullable=True),
        sa.Column("back_version", sa.Integer(), nullable=True),
        sa.Column("from_staff_id", sa.Integer(), nullable=False),
        sa.Column("to_staff_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_owned("shift_offer"),
        _check("shift_offer", "state", f"state IN ({STATES})"),
        _check("shift_offer", "two", "from_staff_id <> to_staff_id"),
        _check("shift_offer", "back", "shift_id <> back_shift_id"),
        _check("shift_offer", "back_version", "(back_shift_id IS NULL) = (back_version IS NULL)"),
        _check("shift_offer", "ended_at", "(state = 'open') = (ended_at IS NULL)"),
    )
    _one("uq_shift_offer_open", "shift_offer", "ended_at IS NULL", "shift_id")
    for column in ("from_staff_id", "to_staff_id"):
        name = op.f(f"ix_shift_offer_institution_id_{column}_made_at")
        op.create_index(name, "shift_offer", ["institution_id", column, "made_at"])
    op.add_column("presence", sa.Column("due_out_at", sa.DateTime(timezone=True), nullable=True))
    protect_rows(op.get_bind(), list(TABLES))


def downgrade() -> None:
    """Forget what was signed, who is qualified, and what was offered."""
    op.drop_column("presence", "due_out_at")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("service", "asks_qualification")


def _one(name: str, table: str, condition: str, *columns: str) -> None:
    """One row at most of those that stand."""
    where = sa.text(condition)
    op.create_index(
        op.f(name),
        table,
        ["institution_id", *columns],
        unique=True,
        postgresql_where=where,
        sqlite_where=where,
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


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
