"""Each unit has a head who answers for it, and a deputy who is asked when the head does not."""

import sqlalchemy as sa
from alembic import op

revision = "0014_unit_heads"
down_revision = "0013_waivers"
branch_labels = None
depends_on = None

NAMED = ("head_id", "deputy_id")


def upgrade() -> None:
    """Nobody is named yet."""
    with op.batch_alter_table("unit") as unit:
        for column in NAMED:
            unit.add_column(sa.Column(column, sa.Integer(), nullable=True))
    with op.batch_alter_table("unit") as unit:
        for column in NAMED:
            unit.create_foreign_key(
                op.f(f"fk_unit_institution_id_{column}"),
                "staff",
                ["institution_id", column],
                ["institution_id", "id"],
            )
        unit.create_check_constraint(op.f("ck_unit_deputy"), "head_id <> deputy_id")


def downgrade() -> None:
    """Forget who was named."""
    with op.batch_alter_table("unit") as unit:
        unit.drop_constraint(op.f("ck_unit_deputy"), type_="check")
        for column in NAMED:
            unit.drop_constraint(op.f(f"fk_unit_institution_id_{column}"), type_="foreignkey")
    with op.batch_alter_table("unit") as unit:
        for column in NAMED:
            unit.drop_column(column)
