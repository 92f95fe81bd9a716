"""What people contest of their attendance, and how absences are found by their presence."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0027_attendance"
down_revision = "0026_shifts"
branch_labels = None
depends_on = None

TABLE = "attendance_contest"
REFERS = {"shift_id": "shift", "staff_id": "staff", "decided_by_id": "staff"}
DECIDED = (
    "(decided_at IS NULL) = (is_upheld IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL)"
)
ABSENCES = "ix_absence_institution_id_presence_id"


def upgrade() -> None:
    """Nobody has contested anything yet."""
    op.create_table(
        TABLE,
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["institution_id", column],
                [f"{other}.institution_id", f"{other}.id"],
                name=op.f(f"fk_{TABLE}_institution_id_{column}"),
            )
            for column, other in REFERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f(f"fk_{TABLE}_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("institution_id", "id", name=op.f(f"uq_{TABLE}_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id", "shift_id", name=op.f(f"uq_{TABLE}_institution_id_shift_id")
        ),
        _check("decided", DECIDED),
        _check("decider", "decided_by_id <> staff_id"),
        _check("decided_at", "decided_at >= made_at"),
    )
    for column in ("staff_id", "made_at"):
        name = op.f(f"ix_{TABLE}_institution_id_{column}")
        op.create_index(name, TABLE, ["institution_id", column])
    where = sa.text("decided_at IS NULL")
    op.create_index(
        op.f(f"ix_{TABLE}_open"),
        TABLE,
        ["institution_id", "made_at"],
        postgresql_where=where,
        sqlite_where=where,
    )
    op.create_index(op.f(ABSENCES), "absence", ["institution_id", "presence_id"])
    protect_rows(op.get_bind(), [TABLE])


def downgrade() -> None:
    """Forget what was contested."""
    op.drop_index(op.f(ABSENCES), table_name="absence")
    op.drop_table(TABLE)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
