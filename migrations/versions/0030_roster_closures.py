"""Which shifts were taken out for a leave, so that they are given back with it."""

import sqlalchemy as sa
from alembic import op

revision = "0030_roster_closures"
down_revision = "0029_kept"
branch_labels = None
depends_on = None

TAKEN = "fk_shift_institution_id_taken_for_id"


def upgrade() -> None:
    """Nothing was taken out for a leave, as far as is known."""
    op.add_column("shift", sa.Column("taken_for_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("shift") as shift:
        shift.create_foreign_key(
            op.f(TAKEN), "leave", ["institution_id", "taken_for_id"], ["institution_id", "id"]
        )


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("shift") as shift:
        shift.drop_constraint(op.f(TAKEN), type_="foreignkey")
        shift.drop_column("taken_for_id")
