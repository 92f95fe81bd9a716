"""Watching what a request writes, and what of it stays."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

from portal.core.session import db

WRITING = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)


class Changes:
    """Names of tables that were written to, once a statement."""

    def __init__(self) -> None:
        #: Every writing statement that was sent, whatever became of it.
        self.sent: list[str] = []
        #: Those whose transaction was committed.
        self.kept: list[str] = []
        self._open: list[str] = []

    def clear(self) -> None:
        """Begin anew."""
        self.sent.clear()
        self.kept.clear()
        self._open.clear()

    def note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        """A statement is sent."""
        found = WRITING.match(statement)
        if found:
            self.sent.append(found[1])
            self._open.append(found[1])

    def commit(self, _connection: object) -> None:
        """What is open stays."""
        self.kept += self._open
        self._open.clear()

    def roll_back(self, _connection: object) -> None:
        """What is open goes."""
        self._open.clear()


@contextmanager
def watch_changes(app: Flask) -> Iterator[Changes]:
    """See what the application writes meanwhile."""
    found = Changes()
    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": found.note,
        "commit": found.commit,
        "rollback": found.roll_back,
    }
    with app.app_context():
        engine = db.engine
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
