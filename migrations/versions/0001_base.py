"""Institutions, identity, ledger, outbox: the base every room stands on."""

import sqlalchemy as sa
from alembic import op

from portal.core.hardening import forbid_changes, protect_rows

revision = "0001_base"
down_revision = None
branch_labels = None
depends_on = None

OWNED = [
    "access_log",
    "applied_profile",
    "contact",
    "idempotency_key",
    "ledger_block",
    "ledger_entry",
    "one_time_code",
    "outbox",
    "role",
    "settings_version",
    "unit",
    "citizen_session",
    "ledger_seal",
    "staff",
    "known_device",
    "recovery_code",
    "role_assignment",
]
APPEND_ONLY = ["access_log", "ledger_block", "ledger_entry", "ledger_seal"]


def upgrade() -> None:
    """Create the tables, then what the database itself refuses."""
    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "institution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("house", sa.String(length=20), nullable=False),
        sa.Column("settings_stamp", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slug <> ''", name=op.f("ck_institution_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("slug", name=op.f("uq_institution_slug")),
    )
    op.create_table(
        "sweep_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=60), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_slot")),
        sa.UniqueConstraint("job", "slot", name=op.f("uq_sweep_slot_job_slot")),
    )
    op.create_table(
        "throttle",
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "window_start", name=op.f("pk_throttle")),
    )
    op.create_table(
        "worker_beat",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_beat")),
    )
    op.create_table(
        "access_log",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("details", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_access_log_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_access_log_institution_id_id")),
    )
    op.create_index(
        "ix_access_log_subject",
        "access_log",
        ["institution_id", "subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "applied_profile",
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_applied_profile_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applied_profile")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_applied_profile_institution_id_id")
        ),
        sa.UniqueConstraint("institution_id", name=op.f("uq_applied_profile_institution_id")),
    )
    op.create_table(
        "contact",
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('email', 'phone')", name=op.f("ck_contact_kind")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_contact_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_contact_institution_id_id")),
        sa.UniqueConstraint("institution_id", "key", name=op.f("uq_contact_institution_id_key")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_idempotency_key_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_idempotency_key_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id", "key", name=op.f("uq_idempotency_key_institution_id_key")
        ),
    )
    op.create_table(
        "ledger_block",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0 AND entries > 0", name=op.f("ck_ledger_block_counts")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_ledger_block_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_block")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_ledger_block_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id", "number", name=op.f("uq_ledger_block_institution_id_number")
        ),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('staff', 'citizen', 'system')", name=op.f("ck_ledger_entry_actor_kind")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_ledger_entry_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_ledger_entry_institution_id_id")),
    )
    op.create_index(
        op.f("ix_ledger_entry_institution_id_subject_kind_subject_id"),
        "ledger_entry",
        ["institution_id", "subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "one_time_code",
        sa.Column("contact_key", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_one_time_code_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_one_time_code_institution_id_id")
        ),
    )
    op.create_index(
        "ix_one_time_code_contact",
        "one_time_code",
        ["institution_id", "contact_key", "purpose"],
        unique=False,
    )
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=60), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('ready', 'done', 'parked')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_outbox_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_outbox_institution_id_id")),
        sa.UniqueConstraint("institution_id", "key", name=op.f("uq_outbox_institution_id_key")),
    )
    op.create_index("ix_outbox_due", "outbox", ["institution_id", "state", "due"], unique=False)
    op.create_table(
        "role",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("needs_second_factor", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_role_code")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_role_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_role_institution_id_code")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_role_institution_id_id")),
    )
    op.create_table(
        "settings_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_settings_version_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_version")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_settings_version_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id", "number", name=op.f("uq_settings_version_institution_id_number")
        ),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_unit_code")),
        sa.ForeignKeyConstraint(
            ["institution_id", "parent_id"],
            ["unit.institution_id", "unit.id"],
            name=op.f("fk_unit_institution_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_unit_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_unit_institution_id_code")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_unit_institution_id_id")),
    )
    op.create_table(
        "citizen_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("is_shared_device", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "contact_id"],
            ["contact.institution_id", "contact.id"],
            name=op.f("fk_citizen_session_institution_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_citizen_session_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_session")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_citizen_session_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "token_hash",
            name=op.f("uq_citizen_session_institution_id_token_hash"),
        ),
    )
    op.create_index(
        "ix_citizen_session_expires",
        "citizen_session",
        ["institution_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "ledger_seal",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "block_id"],
            ["ledger_block.institution_id", "ledger_block.id"],
            name=op.f("fk_ledger_seal_institution_id_block_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "entry_id"],
            ["ledger_entry.institution_id", "ledger_entry.id"],
            name=op.f("fk_ledger_seal_institution_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_ledger_seal_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_seal")),
        sa.UniqueConstraint(
            "institution_id",
            "block_id",
            "position",
            name=op.f("uq_ledger_seal_institution_id_block_id_position"),
        ),
        sa.UniqueConstraint(
            "institution_id", "entry_id", name=op.f("uq_ledger_seal_institution_id_entry_id")
        ),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_ledger_seal_institution_id_id")),
    )
    op.create_table(
        "staff",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("number <> ''", name=op.f("ck_staff_number")),
        sa.ForeignKeyConstraint(
            ["institution_id", "unit_id"],
            ["unit.institution_id", "unit.id"],
            name=op.f("fk_staff_institution_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_staff_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_staff_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id", "number", name=op.f("uq_staff_institution_id_number")
        ),
    )
    op.create_index(
        op.f("ix_staff_institution_id_unit_id"),
        "staff",
        ["institution_id", "unit_id"],
        unique=False,
    )
    op.create_table(
        "known_device",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_known_device_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_known_device_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_known_device_institution_id_id")),
        sa.UniqueConstraint(
            "institution_id",
            "staff_id",
            "token_hash",
            name=op.f("uq_known_device_institution_id_staff_id_token_hash"),
        ),
    )
    op.create_index(
        op.f("ix_known_device_institution_id_token_hash"),
        "known_device",
        ["institution_id", "token_hash"],
        unique=False,
    )
    op.create_table(
        "recovery_code",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_recovery_code_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_recovery_code_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_recovery_code_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "staff_id",
            "code_hash",
            name=op.f("uq_recovery_code_institution_id_staff_id_code_hash"),
        ),
    )
    op.create_table(
        "role_assignment",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "role_id"],
            ["role.institution_id", "role.id"],
            name=op.f("fk_role_assignment_institution_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "staff_id"],
            ["staff.institution_id", "staff.id"],
            name=op.f("fk_role_assignment_institution_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "unit_id"],
            ["unit.institution_id", "unit.id"],
            name=op.f("fk_role_assignment_institution_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_role_assignment_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
        sa.UniqueConstraint(
            "institution_id", "id", name=op.f("uq_role_assignment_institution_id_id")
        ),
        sa.UniqueConstraint(
            "institution_id",
            "staff_id",
            "role_id",
            "unit_id",
            name=op.f("uq_role_assignment_institution_id_staff_id_role_id_unit_id"),
        ),
    )
    op.create_index(
        "uq_role_assignment_whole",
        "role_assignment",
        ["institution_id", "staff_id", "role_id"],
        unique=True,
        sqlite_where=sa.text("unit_id IS NULL"),
        postgresql_where=sa.text("unit_id IS NULL"),
    )

    protect_rows(op.get_bind(), OWNED)
    forbid_changes(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    """Drop the tables, children first."""
    op.drop_table("role_assignment")
    op.drop_table("recovery_code")
    op.drop_table("known_device")
    op.drop_table("staff")
    op.drop_table("ledger_seal")
    op.drop_table("citizen_session")
    op.drop_table("unit")
    op.drop_table("settings_version")
    op.drop_table("role")
    op.drop_table("outbox")
    op.drop_table("one_time_code")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_block")
    op.drop_table("idempotency_key")
    op.drop_table("contact")
    op.drop_table("applied_profile")
    op.drop_table("access_log")
    op.drop_table("worker_beat")
    op.drop_table("throttle")
    op.drop_table("sweep_slot")
    op.drop_table("institution")
    op.drop_table("demo_clock")
