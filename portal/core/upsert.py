"""An INSERT that may meet a row that stands already, spelled for the database at hand."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from portal.core.base import Base

S = TypeVar("S")
Upsert = PostgresqlInsert | SqliteInsert


def insert_into(session: Session, model: type[Base]) -> Upsert:
    """An INSERT with ``on_conflict_do_…``; ask it ``returning``: psycopg counts no rows."""
    if session.get_bind().dialect.name == "sqlite":
        return insert_sqlite(model)
    return insert_postgresql(model)


def once_per_database(build: Callable[[Session], S]) -> Callable[[Session], S]:
    """Build a statement once for each kind of database, and take its values when it runs."""
    built: dict[str, S] = {}

    @wraps(build)
    def get(session: Session) -> S:
        name = session.get_bind().dialect.name
        if name not in built:
            built[name] = build(session)
        return built[name]

    return get
