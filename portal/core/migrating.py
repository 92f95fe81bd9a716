"""Bringing the schema of a database up to date, on both databases."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url, pool
from sqlalchemy.pool import ConnectionPoolEntry

from portal.core.config import Config
from portal.core.engine import make_private
from portal.core.hardening import grant_application

#: The folder of migrations stands beside the package, in a checkout and in a wheel alike.
SCRIPTS = Path(__file__).parents[2] / "migrations"


class MigrationError(Exception):
    """A migration left the database in a state that must not be used."""


def allow_rebuild(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Let Alembic rebuild SQLite tables: with foreign keys on, a rebuild deletes children."""
    connection.execute("PRAGMA foreign_keys=OFF")


def alembic_config(url: str, portal: Config | None = None) -> AlembicConfig:
    """Alembic's configuration for one database; ``portal`` knows the keys, if any are needed."""
    config = AlembicConfig()
    config.attributes["portal"] = portal
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(config: Config, revision: str = "head") -> None:
    """Migrate as the owner's role, then grant the application's role what it may do."""
    if config.is_sqlite:
        make_private(Path(make_url(config.owner_database_url).database or ""))
    command.upgrade(alembic_config(config.owner_database_url, config), revision)
    role = make_url(config.database_url).username
    if config.is_sqlite or not role or config.owner_database_url == config.database_url:
        return
    engine = create_engine(config.owner_database_url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        grant_application(connection, role)
    engine.dispose()


def downgrade(config: Config, revision: str) -> None:
    """Take migrations back as the owner's role."""
    command.downgrade(alembic_config(config.owner_database_url, config), revision)


def newest_revision() -> str:
    """The one head of the migrations that stand beside this code."""
    head = ScriptDirectory.from_config(alembic_config("sqlite://")).get_current_head()
    assert head is not None
    return head


def current_revision(connection: Connection) -> str | None:
    """The revision a database is at."""
    return MigrationContext.configure(connection).get_current_revision()
