"""The roster: patterns of shifts, the shifts, the weeks that are published, and leave."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0024_roster"
down_revision = "0023_presence"
branch_labels = None
depends_on = None

TABLES = ("leave", "shift_pattern", "roster_week", "shift")
REFERS = {
    "leave": {"staff_id": "staff", "cover_staff_id": "staff", "decided_by_id": "staff"},
    "shift_pattern": {"post_id": "post", "staff_a_id": "staff", "staff_b_id": "staff"},
    "roster_week": {"unit_id": "unit", "published_by_id": "staff"},
    "shift": {
        "post_id": "post",
        "staff_id": "staff",
        "pattern_id": "shift_pattern",
        "leave_id": "leave",
    },
}
INDEXES = {
    "leave": (["until_at"], ["staff_id", "until_at"], ["cover_staff_id", "until_at"]),
    "shift_pattern": (["post_id"],),
    "shift": (["starts_at"], ["staff_id", "starts_at"], ["leave_id"]),
}


def upgrade() -> None:
    """Nobody has shifts or leave yet: those who have a place at a post keep its hours."""
    op.create_table(
        "leave",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("cover_staff_id", sa.Integer(), nullable=True),
        sa.Column("cover_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        *_owned("leave"),
        _check("leave", "state", "state IN ('asked', 'approved', 'refused', 'withdrawn')"),
        _check("leave", "kind", "kind IN ('annual', 'personal', 'sick', 'training', 'other')"),
        _check("leave", "order", "from_at < until_at"),
        _check("leave", "cover", "staff_id <> cover_staff_id"),
        _check("leave", "accepted", "cover_accepted_at IS NULL OR cover_staff_id IS NOT NULL"),
        _check(
            "leave",
            "decided",
            "decided_by_id IS NOT NULL OR state NOT IN ('approved', 'refused')",
        ),
    )
    op.create_table(
        "shift_pattern",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("cycle_days", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("staff_a_id", sa.Integer(), nullable=False),
        sa.Column("staff_b_id", sa.Integer(), nullable=True),
        sa.Column("until_day", sa.Date(), nullable=True),
        *_owned("shift_pattern"),
        _check("shift_pattern", "start_minute", "start_minute BETWEEN 0 AND 1439"),
        _check("shift_pattern", "minutes", "end_minute > start_minute"),
        _check("shift_pattern", "length", "end_minute <= start_minute + 1440"),
        _check("shift_pattern", "cycle_days", "cycle_days BETWEEN 1 AND 35"),
        _check("shift_pattern", "two", "staff_a_id <> staff_b_id"),
    )
    op.create_table(
        "roster_week",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=False),
        *_owned("roster_week"),
        sa.UniqueConstraint(
            "institution_id",
            "monday",
            "unit_id",
            name=op.f("uq_roster_week_institution_id_monday_unit_id"),
        ),
    )
    op.create_table(
        "shift",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=True),
        sa.Column("pattern_day", sa.Date(), nullable=True),
        sa.Column("leave_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        *_owned("shift"),
        _check("shift", "part", "part IN ('override', 'swap', 'A', 'B')"),
        _check("shift", "state", "state IN ('held', 'draft', 'published', 'dropped')"),
        _check("shift", "order", "starts_at < ends_at"),
        _check("shift", "origin", "(pattern_id IS NULL) = (pattern_day IS NULL)"),
        sa.UniqueConstraint(
            "institution_id",
            "pattern_id",
            "pattern_day",
            "part",
            name=op.f("uq_shift_institution_id_pattern_id_pattern_day_part"),
        ),
    )
    for table, indexes in INDEXES.items():
        for columns in indexes:
            name = op.f(f"ix_{table}_institution_id_{'_'.join(columns)}")
            op.create_index(name, table, ["institution_id", *columns])
    protect_rows(op.get_bind(), list(TABLES))


def downgrade() -> None:
    """Forget the roster and all leave."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What every owned table has, with its foreign keys."""
    return (
        sa.Column("version", sa.Integer(), nullable=False),
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
