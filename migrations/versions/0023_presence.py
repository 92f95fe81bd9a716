"""Who is at which post, who left it for a while, and who may be at two; position C."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_deleting, protect_rows

revision = "0023_presence"
down_revision = "0022_verdicts"
branch_labels = None
depends_on = None

#: In the order in which they are made.
TABLES = ["concurrency", "presence", "absence"]
#: What can stand open once only: its name, table, column and when a row is open.
ONE_OPEN = (
    ("uq_concurrency_asked", "concurrency", "staff_id", "decided_at IS NULL"),
    (
        "uq_presence_own",
        "presence",
        "staff_id",
        "signed_out_at IS NULL AND NOT is_cover AND concurrency_id IS NULL",
    ),
    ("uq_presence_covering", "presence", "staff_id", "signed_out_at IS NULL AND is_cover"),
    (
        "uq_presence_second",
        "presence",
        "staff_id",
        "signed_out_at IS NULL AND concurrency_id IS NOT NULL",
    ),
    ("uq_presence_at_post", "presence", "post_id", "signed_out_at IS NULL AND NOT is_cover"),
    ("uq_presence_covered", "presence", "post_id", "signed_out_at IS NULL AND is_cover"),
    ("uq_absence_open", "absence", "presence_id", "back_at IS NULL"),
)


def upgrade() -> None:
    """Create the tables, closed to other institutions; nobody's presence is deleted."""
    _let_positions_be("position IN ('A', 'B', 'C')")
    _create_concurrency()
    _create_presence()
    _create_absence()
    op.create_index("ix_presence_left", "presence", ["institution_id", "post_id", "left_at"])
    op.create_index(
        "ix_concurrency_staff", "concurrency", ["institution_id", "staff_id", "until_at"]
    )
    standing = sa.text("signed_out_at IS NULL")
    for name, column in (("ix_presence_open_at", "post_id"), ("ix_presence_open_of", "staff_id")):
        op.create_index(
            name,
            "presence",
            ["institution_id", column],
            postgresql_where=standing,
            sqlite_where=standing,
        )
    for name, table, column, condition in ONE_OPEN:
        where = sa.text(condition)
        op.create_index(
            name,
            table,
            ["institution_id", column],
            unique=True,
            postgresql_where=where,
            sqlite_where=where,
        )
    protect_rows(op.get_bind(), TABLES)
    for table in TABLES:
        forbid_deleting(op.get_bind(), table)


def _let_positions_be(positions: str) -> None:
    """Who may serve at a post; SQLite has to make the table anew for it."""
    with op.batch_alter_table("post_staff") as post_staff:
        post_staff.drop_constraint(op.f("ck_post_staff_position"), type_="check")
        post_staff.create_check_constraint(op.f("ck_post_staff_position"), positions)


def _create_concurrency() -> None:
    op.create_table(
        "concurrency",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (is_granted IS NULL)"
            " AND (decided_by_id IS NULL OR decided_at IS NOT NULL)"
            " AND (decided_by_id IS NOT NULL OR is_granted IS NULL OR NOT is_granted)",
            name=op.f("ck_concurrency_decided"),
        ),
        sa.CheckConstraint("decided_by_id <> staff_id", name=op.f("ck_concurrency_decider")),
        sa.CheckConstraint("until_at > asked_at", name=op.f("ck_concurrency_until_at")),
        sa.ForeignKeyConstraint(
            ["institution_id", "decided_by_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_concurrency_institution_id_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_concurrency_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_concurrency_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_concurrency_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concurrency")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_concurrency_institution_id_id")),
    )


def _create_presence() -> None:
    op.create_table(
        "presence",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_cover", sa.Boolean(), nullable=False),
        sa.Column("concurrency_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT (is_cover AND concurrency_id IS NOT NULL)", name=op.f("ck_presence_kind")
        ),
        sa.CheckConstraint(
            "NOT is_cover OR (left_at IS NULL) = (signed_out_at IS NULL)",
            name=op.f("ck_presence_cover"),
        ),
        sa.CheckConstraint(
            "left_at >= signed_in_at AND left_at <= signed_out_at", name=op.f("ck_presence_left_at")
        ),
        sa.CheckConstraint(
            "signed_out_at IS NULL OR left_at IS NOT NULL", name=op.f("ck_presence_signed_out_at")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "concurrency_id"],
            ["concurrency.institution_id", "concurrency.id"],
            name=op.f("fk_presence_institution_id_concurrency_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "post_id"],
            ["post.institution_id", "post.id"],
            name=op.f("fk_presence_institution_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_presence_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_presence_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_presence_institution_id_id")),
    )


def _create_absence() -> None:
    op.create_table(
        "absence",
        sa.Column("presence_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('break', 'meal', 'errand', 'meeting', 'other')",
            name=op.f("ck_absence_reason"),
        ),
        sa.CheckConstraint(
            "expected_at > left_at AND back_at >= left_at", name=op.f("ck_absence_moments")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "presence_id"],
            ["presence.institution_id", "presence.id"],
            name=op.f("fk_absence_institution_id_presence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_absence_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_absence_institution_id_id")),
    )


def downgrade() -> None:
    """Take them away; whoever was C stands in as B."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("UPDATE post_staff SET position = 'B' WHERE position = 'C'")
    _let_positions_be("position IN ('A', 'B')")
