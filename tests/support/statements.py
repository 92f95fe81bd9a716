"""Counting the SQL statements of a request."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from portal.core.session import db
from tests.support.world import World


@contextmanager
def count_statements(world: World) -> Iterator[list[str]]:
    """Collect the statements that the application sends meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.append(statement)

    with world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
