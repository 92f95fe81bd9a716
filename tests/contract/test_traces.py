"""A database emptied or put back after a test is as good as a new one, or not taken for one."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from portal.core.session import db
from tests.support.applications import FRESH, USED, TestDatabase
from tests.support.postgres import OWNER, Server
from tests.support.snapshots import Snapshot
from tests.support.traces import MANY, Traces
from tests.support.world import World, furnish, make_institution

#: History, which refuses to be deleted.
ENTRY = (
    "INSERT INTO ledger_entry (institution_id, at, code, actor_kind, subject_kind, subject_id, "
    "data, salt) SELECT 1, '2026-11-23', 'a.b.c', 'system', 'x', n, '{}', 'x' "
    "FROM generate_series(1, :count) AS n"
)
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200 ORDER BY relname"
PAGES = (
    "SELECT relname, relpages, reltuples, pg_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 2200 ORDER BY relname"
)
NUMBERS = "SELECT sequencename, last_value FROM pg_sequences ORDER BY sequencename"


@pytest.fixture
def name(postgresql_database: TestDatabase) -> str:
    """The database that tests use, as new."""
    postgresql_database.renew()
    with postgresql_database.app.app_context():
        assert db.engine.url.database
        return str(db.engine.url.database)


@pytest.fixture
def traces(postgres_server: Server, name: str) -> Traces:
    """What is known of the fresh one."""
    return Traces(postgres_server, plain(postgres_server, name).replace(USED, FRESH, 1))


@pytest.fixture
def used(postgresql_database: TestDatabase, name: str) -> World:
    """An institution that works, with something in its history."""
    world = make_institution(postgresql_database.app)
    furnish(world)
    world.do(lambda session: session.execute(text(ENTRY), {"count": 2}))
    return world


@pytest.fixture
def owner(postgres_server: Server, name: str) -> Iterator[Engine]:
    """The database by its owner's role."""
    engine = create_engine(postgres_server.url(plain(postgres_server, name), OWNER))
    yield engine
    engine.dispose()


def plain(server: Server, name: str) -> str:
    """What the server is asked for to have a database of this name."""
    return name.removeprefix(server.prefix)


def dump(server: Server, name: str) -> list[list[Any]]:
    """All rows, all numbers that come next, and what the planner knows of each table."""
    with server.connect(plain(server, name)) as connection:
        tables = [row[0] for row in connection.execute(TABLES).fetchall()]
        rows = [connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables]
        others = [connection.execute(each).fetchall() for each in (PAGES, NUMBERS)]
    return [tables, rows, others]


def rows_and_numbers(server: Server, name: str) -> tuple[object, object]:
    """All rows and all numbers that come next, by now."""
    _tables, rows, others = dump(server, name)
    return rows, others[1]


def test_what_was_emptied_is_as_what_is_new(
    postgres_server: Server, name: str, traces: Traces, used: World
) -> None:
    assert dump(postgres_server, name) != dump(postgres_server, name.replace(USED, FRESH, 1))
    assert traces.remove_from(plain(postgres_server, name))
    assert dump(postgres_server, name) == dump(postgres_server, name.replace(USED, FRESH, 1))


def test_who_is_still_at_it_is_sent_away_and_leaves_nothing(
    postgres_server: Server, name: str, traces: Traces, used: World
) -> None:
    with used.session() as session:
        session.execute(text(ENTRY), {"count": 1})
        assert traces.remove_from(plain(postgres_server, name))
        session.invalidate()
    assert dump(postgres_server, name) == dump(postgres_server, name.replace(USED, FRESH, 1))


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE left_behind (id integer)",
        "DROP TABLE one_time_code",
        "ALTER TABLE unit ADD COLUMN left_behind integer",
        "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
        "ALTER TABLE unit NO FORCE ROW LEVEL SECURITY",
        "CREATE INDEX left_behind ON unit (code)",
        "CREATE FUNCTION left_behind() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "GRANT DELETE ON ledger_entry TO portal_app",
        "UPDATE alembic_version SET version_num = 'left_behind'",
    ],
)
def test_a_database_that_was_changed_itself_is_not_taken_for_new(
    postgres_server: Server, name: str, traces: Traces, owner: Engine, change: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text(change))
    assert not traces.remove_from(plain(postgres_server, name))


def test_a_database_with_very_many_rows_is_made_anew(
    postgres_server: Server, name: str, traces: Traces, used: World
) -> None:
    used.do(lambda session: session.execute(text(ENTRY), {"count": MANY}))
    assert not traces.remove_from(plain(postgres_server, name))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unit SET code = 'elsewhere'",
        "DELETE FROM ledger_entry",
        "DELETE FROM unit",
        ENTRY.replace(":count", "3"),
        "SELECT 1",
    ],
)
def test_what_was_kept_stands_again_row_by_row(
    postgres_server: Server, name: str, used: World, change: str
) -> None:
    kept = rows_and_numbers(postgres_server, name)
    snapshot = Snapshot(postgres_server, plain(postgres_server, name))
    for _ in range(2):
        with postgres_server.connect(plain(postgres_server, name)) as connection:
            # History refuses changes, except from whoever puts it back.
            connection.execute("SET session_replication_role = replica")
            connection.execute(change.encode())
        assert snapshot.put_back()
        assert rows_and_numbers(postgres_server, name) == kept


def test_what_was_kept_is_not_put_into_other_tables(
    postgres_server: Server, name: str, used: World, owner: Engine
) -> None:
    snapshot = Snapshot(postgres_server, plain(postgres_server, name))
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE unit ADD COLUMN left_behind integer"))
    assert not snapshot.put_back()
