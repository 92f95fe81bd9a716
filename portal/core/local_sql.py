"""Local dates and hours said in SQL, the same on both databases and through every clock change."""

from datetime import UTC, date, datetime
from functools import lru_cache
from sqlite3 import Connection
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class local_hour(FunctionElement[int]):  # noqa: N801 reads like SQL's own functions
    """``local_hour(moment, zone name)``: the hour on the clocks of the zone, 0 to 23."""

    type = Integer()
    inherit_cache = True


class local_days_before(FunctionElement[int]):  # noqa: N801 reads like SQL's own functions
    """``local_days_before(moment, date, zone name)``: how many midnights lie between them."""

    type = Integer()
    inherit_cache = True


@compiles(local_hour, "postgresql")
def _hour_on_postgresql(element: local_hour, compiler: SQLCompiler, **options: Any) -> str:
    at, zone = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(EXTRACT(hour FROM timezone({zone}, {at})) AS INTEGER)"


@compiles(local_hour, "sqlite")
def _hour_on_sqlite(element: local_hour, compiler: SQLCompiler, **options: Any) -> str:
    return f"local_hour({compiler.process(element.clauses, **options)})"


@compiles(local_days_before, "postgresql")
def _days_on_postgresql(element: local_days_before, compiler: SQLCompiler, **options: Any) -> str:
    at, day, zone = (compiler.process(part, **options) for part in element.clauses)
    return f"({day} - CAST(timezone({zone}, {at}) AS DATE))"


@compiles(local_days_before, "sqlite")
def _days_on_sqlite(element: local_days_before, compiler: SQLCompiler, **options: Any) -> str:
    return f"local_days_before({compiler.process(element.clauses, **options)})"


def teach_sqlite(connection: Connection) -> None:
    """SQLite knows no zones; a connection learns these two functions."""
    connection.create_function("local_hour", 2, _hour, deterministic=True)
    connection.create_function("local_days_before", 3, _days_before, deterministic=True)


#: Many bookings begin at the same moment.
@lru_cache(maxsize=4096)
def _hour(stored: str, zone: str) -> int:
    return _local(stored, zone).hour


def _days_before(stored: str, day: str, zone: str) -> int:
    return (date.fromisoformat(day) - _local(stored, zone).date()).days


def _local(stored: str, zone: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
