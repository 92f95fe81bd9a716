"""An INSERT that may meet a row that stands already, spelled for the database at hand."""

from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from portal.core.base import Base


def insert_into(session: Session, model: type[Base]) -> PostgresqlInsert | SqliteInsert:
    """An INSERT with ``on_conflict_do_…``; ask it ``returning``: psycopg counts no rows."""
    if session.get_bind().dialect.name == "sqlite":
        return insert_sqlite(model)
    return insert_postgresql(model)
