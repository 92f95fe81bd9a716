"""What tests leave in a PostgreSQL database, and how it is taken out again.

Making a database takes a server many times as long as taking out the few rows of one test.
"""

import time

import psycopg
from psycopg import sql

from tests.support.postgres import Server

#: A table that held more rows leaves indexes so large that a new database is the better one.
MANY = 1000
#: How long those who are still connected may take to go, in seconds.
PATIENCE = 10.0
#: Whatever changes what a database is made of leaves its number in one of these.
CATALOGS = (
    "pg_attrdef pg_attribute pg_class pg_constraint pg_index pg_namespace pg_policy pg_proc "
    "pg_rewrite pg_sequence pg_trigger pg_type"
).split()
#: Tables that have pages; those that rows were taken out of have none.
FILLED = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' "
    "AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY relname"
)
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
#: Numbers begin anew.
RESET = (
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
    "FROM pg_sequences WHERE last_value IS NOT NULL"
)


class Traces:
    """How a database that nobody has used yet differs from its used copies."""

    def __init__(self, server: Server, fresh: str) -> None:
        self._server = server
        with server.connect(fresh) as connection:
            # As tables are once they were emptied, so that statements are planned alike.
            connection.execute("VACUUM")
            self._standing = self._list_filled(connection)
            self._beginning = self._look(connection)

    def remove_from(self, used: str) -> bool:
        """Take out every row and begin all numbers anew; whether it is as good as a new copy.

        It is not when a test changed more than rows, or left very many.
        """
        try:
            with self._server.connect(used) as connection:
                self.stay_alone(connection)
                return self._empty(connection) and self._look(connection) == self._beginning
        except psycopg.Error:
            return False

    @staticmethod
    def stay_alone(connection: psycopg.Connection) -> None:
        """End whoever else is connected."""
        deadline = time.monotonic() + PATIENCE
        while connection.execute(END_OTHERS).rowcount and time.monotonic() < deadline:
            time.sleep(0.002)

    def _empty(self, connection: psycopg.Connection) -> bool:
        filled = [each for each in self._list_filled(connection) if each not in self._standing]
        # Neither keys between tables nor what guards history stand in the way of this one.
        connection.execute("SET session_replication_role = replica")
        for table in filled:
            deleted = connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            if deleted.rowcount > MANY:
                return False
        connection.execute(RESET)
        if filled:
            # Gives back the pages, so that rows come to lie in the order of a new table.
            names = sql.SQL(", ").join(map(sql.Identifier, filled))
            connection.execute(sql.SQL("VACUUM {}").format(names))
        return True

    @staticmethod
    def _list_filled(connection: psycopg.Connection) -> list[str]:
        return [row[0] for row in connection.execute(FILLED).fetchall()]

    @staticmethod
    def look_at_catalogs(connection: psycopg.Connection) -> list[tuple[object, ...]]:
        """Of what the database is made."""
        catalogs = " UNION ALL ".join(
            f"SELECT count(*), max(xmin::text::bigint) FROM {catalog}" for catalog in CATALOGS
        )
        return connection.execute(catalogs).fetchall()

    def _look(self, connection: psycopg.Connection) -> list[object]:
        """Of what the database is made, which tables have pages, and what stands in them."""
        found: list[object] = [self.look_at_catalogs(connection)]
        found += self._list_filled(connection)
        for table in self._standing:
            rows = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(table))
            found += connection.execute(rows).fetchall()
        return found
