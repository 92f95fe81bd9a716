"""Compare-and-set on a row's version: of two people who changed the same thing, one is told."""

from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.core.errors import Stale


def advance(session: Session, row: Any, version: int) -> None:
    """Move a row on from the version its form was opened with; raises Stale.

    The database compares, so that of two changes in the same moment only one goes through.
    """
    if row.version != version:
        raise Stale
    kind: Any = type(row)
    moved = session.execute(
        update(kind)
        .where(kind.id == row.id, kind.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(moved, CursorResult)
    if moved.rowcount != 1:
        raise Stale
    set_committed_value(row, "version", version + 1)
