"""What the database itself refuses: other institutions' rows, and any change of history."""

from sqlalchemy import Connection, text

#: Tables whose rows are written once; UPDATE and DELETE are refused by trigger and by grant.
APPEND_ONLY = (
    "ledger_entry",
    "ledger_block",
    "ledger_seal",
    "access_log",
    "breach",
    "breach_settlement",
    "matter_event",
    "matter_verdict",
    "notice",
    "notice_paper",
    "paper_receipt",
    "notice_completion",
    "fault_signal",
)


def protect_rows(connection: Connection, tables: list[str]) -> None:
    """Switch row-level security on for owned tables (PostgreSQL; a no-op on SQLite)."""
    if connection.dialect.name != "postgresql":
        return
    own = "institution_id = NULLIF(current_setting('app.institution_id', true), '')::integer"
    for table in tables:
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'))
        connection.execute(
            text(f'CREATE POLICY own_rows ON "{table}" USING ({own}) WITH CHECK ({own})')
        )


def forbid_changes(connection: Connection, tables: list[str]) -> None:
    """Refuse UPDATE and DELETE on append-only tables by trigger, on both databases."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME "
                "USING ERRCODE = 'insufficient_privilege'; END $$"
            )
        )
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            name = f"refuse_{verb.lower()}_{table}"
            if connection.dialect.name == "postgresql":
                body = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            else:
                body = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            connection.execute(text(f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" {body}'))


def forbid_rewriting(connection: Connection, table: str, column: str) -> None:
    """Refuse another value in a column that has one, by trigger, on both databases."""
    is_other = f"OLD.{column} IS NOT NULL AND NEW.{column} IS {{}} OLD.{column}"
    name = f"refuse_rewriting_{table}_{column}"
    if connection.dialect.name == "postgresql":
        when = is_other.format("DISTINCT FROM")
        body = f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse_change()"
    else:
        when = is_other.format("NOT")
        body = f"WHEN {when} BEGIN SELECT RAISE(ABORT, 'written once: {table}.{column}'); END"
    connection.execute(
        text(f'CREATE TRIGGER "{name}" BEFORE UPDATE OF {column} ON "{table}" {body}')
    )


def forbid_deleting(connection: Connection, table: str) -> None:
    """Refuse that a row is deleted, by trigger, on both databases."""
    if connection.dialect.name == "postgresql":
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, 'never deleted: {table}'); END"
    connection.execute(
        text(f'CREATE TRIGGER "refuse_delete_{table}" BEFORE DELETE ON "{table}" {body}')
    )


def grant_application(connection: Connection, role: str) -> None:
    """Let the application's role read and write rows, own nothing, and change no history."""
    if connection.dialect.name != "postgresql":
        return
    quoted = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
        f"REVOKE UPDATE, DELETE ON {', '.join(APPEND_ONLY)} FROM {quoted}",
    ):
        connection.execute(text(statement))
