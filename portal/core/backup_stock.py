"""Counts what a database holds, so that a copy can be described and an empty one recognised."""

from typing import TypedDict

from sqlalchemy import Connection, LargeBinary, column, func, inspect, select, table, type_coerce

from portal.core.crypto import HEADER, key_id_of
from portal.core.reencryption import encrypted_columns

#: Kept by the migrations; says nothing about whether anybody's rows are there.
REVISION_TABLE = "alembic_version"


class Stock(TypedDict):
    """What a manifest tells of the content."""

    revision: str | None
    rows: dict[str, int]
    keys: list[str]


class DatabaseError(Exception):
    """The database or its tools refused; says what they said."""


def take_stock(connection: Connection) -> Stock:
    """Schema revision, rows by table and ids of the keys in use, as this connection sees them."""
    rows = count_rows(connection)
    revision = None
    if rows.pop(REVISION_TABLE, 0):
        revision = connection.scalar(
            select(column("version_num")).select_from(table(REVISION_TABLE))
        )
    keys: set[str] = set()
    for encrypted in encrypted_columns():
        if encrypted.table.name in rows:
            stored = type_coerce(encrypted, LargeBinary)
            header = func.substr(stored, 1, HEADER, type_=LargeBinary)
            found = select(header).where(encrypted.is_not(None)).distinct()
            keys |= {key_id_of(bytes(value)) for value in connection.scalars(found)}
    return {"revision": revision, "rows": rows, "keys": sorted(keys)}


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has, by name."""
    names = sorted(inspect(connection).get_table_names())
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in names
    }


def holds_rows(connection: Connection) -> bool:
    """Whether anything but the schema is there."""
    rows = count_rows(connection)
    return any(count for name, count in rows.items() if name != REVISION_TABLE)
