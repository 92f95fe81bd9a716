"""What is undone by itself: shifts taken out for a leave, and hours closed by the roster."""

import sqlalchemy as sa
from alembic import op

revision = "0030_roster_closures"
down_revision = "0029_kept"
branch_labels = None
depends_on = None

TAKEN = "fk_shift_institution_id_taken_for_id"


def upgrade() -> None:
    """Nothing was taken out for a leave or closed by the roster, as far as is known."""
    op.add_column(
        "closure",
        sa.Column("is_from_roster", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
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
    op.drop_column("closure", "is_from_roster")
