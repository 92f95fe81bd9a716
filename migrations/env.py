"""How a migration runs: as the owner's role, in one transaction, safe for SQLite's rebuilds."""

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool, text

from portal.core.base import Base
from portal.core.migrating import MigrationError, allow_rebuild

#: Kinds of things that the models do not describe and comparison must leave alone.
FOREIGN = ("sqlite_", "alembic_version")


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Whether comparison looks at a thing of the database."""
    return not (kind == "table" and (name or "").startswith(FOREIGN))


def run(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=include_name,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Connect as the owner; on SQLite, foreign keys are off meanwhile and checked afterwards."""
    url = context.config.get_main_option("sqlalchemy.url") or ""
    engine = create_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", allow_rebuild)
    with engine.connect() as connection:
        run(connection)
        connection.commit()
        if engine.dialect.name == "sqlite":
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise MigrationError(f"rows without their parent after migrating: {broken[:5]}")
    engine.dispose()


run_online()
