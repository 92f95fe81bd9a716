"""What stands in a PostgreSQL database at a moment, and how it comes to stand there again.

Copying a database takes a server many times as long as putting back the few tables that a form
has changed.
"""

import psycopg
from psycopg import sql

from tests.support.postgres import Server
from tests.support.traces import Traces

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' "
    "AND relnamespace = 'public'::regnamespace ORDER BY relname"
)
SEQUENCES = "SELECT schemaname, sequencename, start_value, last_value FROM pg_sequences"
SET_SEQUENCE = "SELECT setval(format('%%I.%%I', %s::text, %s::text)::regclass, %s, %s)"


class Snapshot:
    """All rows of a database and the numbers that come next."""

    def __init__(self, server: Server, used: str) -> None:
        self._server, self._used = server, used
        with server.connect(used) as connection:
            self._made_of = Traces.look_at_catalogs(connection)
            self._tables = [row[0] for row in connection.execute(TABLES).fetchall()]
            self._rows = {table: _copy_out(connection, table) for table in self._tables}
            self._sequences = connection.execute(SEQUENCES).fetchall()
            self._marks = self._mark(connection)

    def put_back(self) -> bool:
        """Have every row again as it was; whether that went, which needs the same tables."""
        try:
            with self._server.connect(self._used) as connection:
                Traces.stay_alone(connection)
                if Traces.look_at_catalogs(connection) != self._made_of:
                    return False
                self._fill(connection)
        except psycopg.Error:
            return False
        return True

    def _fill(self, connection: psycopg.Connection) -> None:
        marks = self._mark(connection)
        changed = [table for table in self._tables if marks[table] != self._marks[table]]
        # Neither keys between tables nor what guards history stand in the way of this one.
        connection.execute("SET session_replication_role = replica")
        for table in changed:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
            with connection.cursor().copy(into) as copy:
                copy.write(self._rows[table])
        for schema, name, start, last in self._sequences:
            value = start if last is None else last
            connection.execute(SET_SEQUENCE, (schema, name, value, last is not None))
        if changed:
            names = sql.SQL(", ").join(map(sql.Identifier, changed))
            connection.execute(sql.SQL("VACUUM {}").format(names))
        self._marks = self._mark(connection)

    def _mark(self, connection: psycopg.Connection) -> dict[str, object]:
        """What tells of each table whether any row came, changed or went."""
        parts = [
            sql.SQL("SELECT {}, count(*), max(xmin::text::bigint) FROM {}").format(
                sql.Literal(table), sql.Identifier(table)
            )
            for table in self._tables
        ]
        found = connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()
        return {name: (count, newest) for name, count, newest in found}


def _copy_out(connection: psycopg.Connection, table: str) -> bytes:
    out = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor().copy(out) as copy:
        return b"".join(bytes(chunk) for chunk in copy)
