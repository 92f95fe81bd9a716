"""Copies the embedded database out and in through SQLite's own online backup."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url

from portal.core.backup_stock import DatabaseError, Stock, holds_rows, take_stock
from portal.core.config import Config
from portal.core.engine import make_private

T = TypeVar("T")
SUFFIX = ".sqlite3"
#: How long to wait for writers, in seconds.
PATIENCE = 20.0


def _path(config: Config) -> Path:
    return Path(make_url(config.owner_database_url).database or "")


def _ask(path: Path, question: Callable[[Connection], T]) -> T:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        return question(connection)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy in one step, which is one transaction; raises DatabaseError when it stays locked."""
    until = time.monotonic() + PATIENCE

    def watch(status: int, _remaining: int, _pages: int) -> None:
        is_locked = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if is_locked and time.monotonic() > until:
            raise DatabaseError("another process holds the database; stop the portal first")

    source.backup(target, progress=watch)


def _check(copy: Path) -> None:
    """Refuse a damaged file; leaves it without a write-ahead log beside it."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            raise DatabaseError(f"the copy is damaged: {answer}")
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise DatabaseError("the copy has rows that refer to nothing")


def copy_out(config: Config, target: Path) -> Stock:
    """Write a consistent copy while others write, in one step; raises DatabaseError."""
    path = _path(config)
    if not path.is_file():
        raise DatabaseError(f"there is no database at {path}")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            _copy(source, copy)
        _check(target)
    except sqlite3.Error as error:
        raise DatabaseError(str(error)) from error
    return _ask(target, take_stock)


def has_rows(config: Config) -> bool:
    """Whether the embedded database exists and holds anything."""
    path = _path(config)
    return path.is_file() and _ask(path, holds_rows)


def copy_in(config: Config, copy: Path) -> None:
    """Put the copy in place in one transaction, also under a portal that still reads.

    Raises DatabaseError with the database as it was.
    """
    path = _path(config)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_private(path)
    try:
        with (
            closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(path)) as target,
        ):
            _copy(source, target)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise DatabaseError(str(error)) from error
