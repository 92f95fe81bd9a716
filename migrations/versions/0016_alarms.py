"""Limits that are watched, and the alarms that they raise."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import protect_rows

revision = "0016_alarms"
down_revision = "0015_matters"
branch_labels = None
depends_on = None

WATCHED = sa.text("next_at IS NOT NULL")
OPEN = sa.text("ended_at IS NULL")
NEVER_SILENT = "(next_at IS NULL) = (paused_at IS NOT NULL OR ended_at IS NOT NULL)"


def upgrade() -> None:
    """Create both."""
    _create_watch()
    _create_alarm()
    protect_rows(op.get_bind(), ["watch", "alarm"])


def _create_watch() -> None:
    op.create_table(
        "watch",
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("ladder", sa.JSON(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(NEVER_SILENT, name=op.f("ck_watch_next_at")),
        sa.CheckConstraint("level >= 0 AND term > 0 AND token > 0", name=op.f("ck_watch_counts")),
        sa.ForeignKeyConstraint(
            ["institution_id", "schedule_id"],
            ["schedule.institution_id", "schedule.id"],
            name=op.f("fk_watch_institution_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_watch_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_watch_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "subject_kind",
            "subject_id",
            "round",
            "code",
            name=op.f("uq_watch_institution_id_subject_kind_subject_id_round_code"),
        ),
    )
    op.create_index(
        "ix_watch_next",
        "watch",
        ["institution_id", "next_at"],
        postgresql_where=WATCHED,
        sqlite_where=WATCHED,
    )


def _create_alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("fallback", sa.String(length=10), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('warn', 'chase', 'escalate')", name=op.f("ck_alarm_kind")),
        sa.CheckConstraint(
            "fallback IN ('', 'next_level', 'oversight', 'failed')",
            name=op.f("ck_alarm_fallback"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["institution_id", f"{column}_id"],
                [f"{table}.institution_id", f"{table}.id"],
                name=op.f(f"fk_alarm_institution_id_{column}_id"),
            )
            for column, table in (
                ("watch", "watch"),
                ("recipient", "staff"),
                ("message", "message"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_alarm_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_alarm_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "watch_id",
            "term",
            "level",
            "local_date",
            "recipient_id",
            name="uq_alarm_raised",
        ),
    )
    op.create_index(
        "uq_alarm_open",
        "alarm",
        ["institution_id", "recipient_id", "watch_id"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index(
        "ix_alarm_open_due",
        "alarm",
        ["institution_id", "recipient_id", "due_at"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index(
        "ix_alarm_open_of_watch",
        "alarm",
        ["institution_id", "watch_id"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("alarm")
    op.drop_table("watch")
