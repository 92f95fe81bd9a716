"""When to remind of a booking, messages that go out of use, and calls to whom none reached."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0006_reminders"
down_revision = "0005_breach"
branch_labels = None
depends_on = None

STATES = "state IN ('queued', 'sent', 'refused', 'dropped')"
STATES_BEFORE = "state IN ('queued', 'sent', 'refused')"


def upgrade() -> None:
    """Add the columns, then have the sweep look once at every booking that stands."""
    _let_states_be(STATES)
    op.add_column("message", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("booking", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_booking_remind",
        "booking",
        ["institution_id", "remind_at"],
        unique=False,
        postgresql_where=sa.text("remind_at IS NOT NULL"),
        sqlite_where=sa.text("remind_at IS NOT NULL"),
    )
    op.execute(
        "UPDATE booking SET remind_at = created_at "
        "WHERE state = 'booked' AND contact_id IS NOT NULL"
    )
    op.create_table(
        "phone_call",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "booking_id"],
            ["booking.institution_id", "booking.id"],
            name=op.f("fk_phone_call_institution_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_phone_call_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_phone_call_institution_id_id")),
    )
    op.create_index(
        "ix_phone_call_booking", "phone_call", ["institution_id", "booking_id"], unique=False
    )
    protect_rows(op.get_bind(), ["phone_call"])


def _let_states_be(states: str) -> None:
    """A message's states; SQLite has to make the table anew for it."""
    with op.batch_alter_table("message") as message:
        message.drop_constraint(op.f("ck_message_state"), type_="check")
        message.create_check_constraint(op.f("ck_message_state"), states)


def downgrade() -> None:
    """Take it all away; a message that was dropped counts as refused again."""
    op.drop_table("phone_call")
    op.drop_index("ix_booking_remind", table_name="booking")
    op.drop_column("booking", "remind_at")
    op.execute("UPDATE message SET state = 'refused' WHERE state = 'dropped'")
    op.drop_column("message", "expires_at")
    _let_states_be(STATES_BEFORE)
