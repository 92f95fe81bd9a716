"""Moves every encrypted value and file to the current key, so that an old key can be put away."""

from collections.abc import Callable

from sqlalchemy import Column, LargeBinary, Table, bindparam, func, select, type_coerce, update
from sqlalchemy.orm import Session

from portal.core.base import Base
from portal.core.crypto import EncryptedText, current_keys, header_of
from portal.core.runtime import each_institution, runtime
from portal.core.session import crossing
from portal.core.shelf import list_shelves
from portal.core.tenant import current_institution_id
from portal.core.unit import run_unit

BATCH = 500
#: Told after every batch: table.column, or "files", and how many values were moved in it.
Progress = Callable[[str, int], None]


def encrypted_columns() -> list[Column[str]]:
    """All encrypted columns, in the order of their tables' names; all those tables are owned."""
    return [
        column
        for _, table in sorted(Base.metadata.tables.items())
        for column in table.columns
        if isinstance(column.type, EncryptedText)
    ]


def reencrypt(on_progress: Progress, *, batch: int = BATCH) -> int:
    """Move all values and files of all institutions to the current key, a batch per transaction.

    May be stopped and started again; what is done is not done twice. Raises Undecipherable
    when a value cannot be opened, naming its column or file.
    """
    moved = 0
    for _, session in each_institution():
        for column in encrypted_columns():
            last = 0
            while True:
                count, last = _move_batch(session, column, last, batch)
                moved += count
                if not last:
                    break
                on_progress(str(column), count)
    return moved + _move_files(on_progress)


def _move_files(on_progress: Progress) -> int:
    """Seal the files anew; how many there were to do."""
    moved: list[int] = []
    for shelf in list_shelves(runtime().config):
        before = len(moved)
        shelf.move_to_current_key(lambda: moved.append(1))
        if len(moved) > before:
            on_progress("files", len(moved) - before)
    return len(moved)


def _move_batch(session: Session, column: Column[str], after: int, batch: int) -> tuple[int, int]:
    """Move the next values after a row id; gives how many and the last id, 0 at the end."""
    table, institution_id = column.table, current_institution_id()
    assert isinstance(table, Table)
    stored = type_coerce(column, LargeBinary)
    prefix = header_of(current_keys().current)
    outdated = (
        select(table.c.id, column, stored.label("stored"))
        .where(
            table.c.institution_id == institution_id,
            table.c.id > after,
            column.is_not(None),
            func.substr(stored, 1, len(prefix), type_=LargeBinary) != prefix,
        )
        .order_by(table.c.id)
        .limit(batch)
    )
    # A value somebody changed in between is left as it is: it was written with the current key.
    unchanged = update(table).where(
        table.c.institution_id == institution_id,
        table.c.id == bindparam("row"),
        stored == bindparam("before", type_=LargeBinary),
    )

    def work() -> tuple[int, int]:
        rows = session.execute(outdated).all()
        if not rows:
            return 0, 0
        session.execute(
            unchanged.values({column: bindparam("text", type_=column.type)}),
            [{"row": row[0], "text": row[1], "before": row[2]} for row in rows],
        )
        return len(rows), rows[-1][0]

    # The statements name tables and carry their own criterion.
    with crossing(session, reason="re-encryption walks columns by table"):
        return run_unit(session, work)
