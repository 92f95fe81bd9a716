"""How connections behave: SQLite's one writer, read-only transactions, constraints as errors."""

import fcntl
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Constraint,
    Engine,
    Index,
    Table,
    UniqueConstraint,
    event,
)
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from portal.core.base import Base
from portal.core.errors import Busy, NotFound
from portal.core.local_sql import teach_sqlite

#: How long a writer waits for the one before it, in seconds, before the person is told to retry.
WRITER_PATIENCE = 20.0
#: PostgreSQL's state for a number that does not fit its type.
OUT_OF_RANGE = "22003"


class WriterQueue:
    """Lets one writing transaction at a time onto the SQLite file, in turn.

    First among the threads of this process, then among the processes: SQLite lets those wait by
    looking again ever more seldom, so that one process would write and the others look on. A
    lock of the file system wakes whoever comes next, and is free when its process dies.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._turn = -1

    def enter(self) -> None:
        """Wait for the turn; raises Busy after WRITER_PATIENCE seconds."""
        if not self._lock.acquire(timeout=WRITER_PATIENCE):
            raise Busy
        self._turn = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._turn, fcntl.LOCK_EX)

    def leave(self) -> None:
        """Give the turn to the next."""
        os.close(self._turn)
        self._lock.release()


def make_private(file: Path) -> None:
    """Make an embedded database, unless it is there, for its own account only.

    Names and hashed passwords stand in it as they are; what SQLite lays beside it follows it.
    """
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def tune_engine(engine: Engine) -> None:
    """Install the listeners that one engine needs; call once per engine."""
    event.listen(engine, "handle_error", _find_nothing_beyond_numbers)
    event.listen(engine, "handle_error", _name_the_violation)
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)


def _tune_sqlite(engine: Engine) -> None:
    queue = WriterQueue(Path(f"{engine.url.database}-writer"))

    def on_connect(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=15000",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # Else REPLACE would delete what a trigger protects.
            "recursive_triggers=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        teach_sqlite(connection)

    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("is_single"):
            return
        is_reading = bool(options.get("read_only"))
        if connection.info.get("query_only", False) is not is_reading:
            connection.exec_driver_sql(f"PRAGMA query_only={int(is_reading)}")
            connection.info["query_only"] = is_reading
        if is_reading:
            connection.exec_driver_sql("BEGIN")
            return
        queue.enter()
        connection.info["writes"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def on_checkin(connection: sqlite3.Connection | None, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop("writes", False):
            queue.leave()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    event.listen(engine, "checkin", on_checkin)


def _find_nothing_beyond_numbers(context: ExceptionContext) -> None:
    """Turn a number too large for the database, as in a made-up address, into NotFound."""
    error = context.original_exception
    if isinstance(error, OverflowError) or getattr(error, "sqlstate", None) == OUT_OF_RANGE:
        raise NotFound from error


def _named_constraints() -> dict[str, Any]:
    """Errors by what the databases say of a violation: the name, or SQLite's list of columns."""
    errors: dict[str, Any] = {}
    for table in Base.metadata.tables.values():
        parts: list[Constraint | Index] = [*table.constraints, *table.indexes]
        for part in parts:
            violation = part.info.get("violation")
            if violation is not None:
                errors[str(part.name)] = violation
                errors[_columns(table, part)] = violation
    return errors


def _columns(table: Table, part: Constraint | Index) -> str:
    if isinstance(part, Index | UniqueConstraint):
        return ", ".join(f"{table.name}.{column.name}" for column in part.columns)
    assert isinstance(part, CheckConstraint)
    return str(part.name)


def _name_the_violation(context: ExceptionContext) -> None:
    """Turn the violation of a constraint that names its error (``info``) into that error."""
    error = context.sqlalchemy_exception
    if not isinstance(error, IntegrityError):
        return
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        key = str(diagnosis.constraint_name)
    else:
        key = str(error.orig).partition("constraint failed: ")[2]
    violation = _named_constraints().get(key)
    if violation is not None:
        raise violation() from error
