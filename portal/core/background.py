"""Units of work outside any request: each in an application context and a session of its own."""

import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy.orm import Session

from portal.core.session import db, institution_scope
from portal.core.unit import run_unit

T = TypeVar("T")


@dataclass(frozen=True)
class Background:
    """Runs work on an application from a thread that serves no request."""

    app: Flask

    def within(
        self, institution: int, work: Callable[[Session], T], *, is_read_only: bool = False
    ) -> T:
        """Run a unit of work in the scope of an institution."""
        with (
            self.app.app_context(),
            closing(db.session()) as session,
            institution_scope(session, institution),
        ):
            return run_unit(session, lambda: work(session), is_read_only=is_read_only)

    def globally(self, work: Callable[[Session], T], *, is_read_only: bool = False) -> T:
        """Run a unit of work on tables that belong to no institution."""
        with self.app.app_context(), closing(db.session()) as session:
            return run_unit(session, lambda: work(session), is_read_only=is_read_only)

    def outside(self, work: Callable[[], T]) -> T:
        """Run something with the application at hand and no transaction open."""
        with self.app.app_context():
            return work()


def note_failure(log: Any, event: str, error: Exception, **facts: object) -> None:
    """Log what failed and where; the error's words stay out, they may quote a person."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error(event, error=type(error).__name__, trace=trace, **facts)
