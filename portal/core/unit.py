"""The unit of work: one transaction, one commit in one place, and the retries that are right."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.core.errors import Busy, TryAgain
from portal.core.session import PortalSession

T = TypeVar("T")
#: PostgreSQL's states after which the same work may succeed: deadlock, serialization, lock timeout.
RETRY_STATES = frozenset({"40P01", "40001", "55P03"})
ATTEMPTS = 4


def is_retryable(error: Exception) -> bool:
    """Whether the same unit of work, run again, may succeed.

    Also one that changed a row which was gone by then: run again, it sees that.
    """
    if isinstance(error, (TryAgain, StaleDataError)):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    name = getattr(error.orig, "sqlite_errorname", "") or ""
    return state in RETRY_STATES or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def run_unit(session: Session, work: Callable[[], T], *, is_read_only: bool = False) -> T:
    """Run ``work`` in one transaction and commit it; the only place that commits.

    Deadlocks, serialization failures and lost races run again, three times more at most;
    raises Busy after that. Any other error rolls back and goes on to the caller.
    """
    assert isinstance(session, PortalSession)
    for attempt in range(ATTEMPTS):
        session.is_read_only = is_read_only
        try:
            if is_read_only:
                session.connection_for_reading()
            result = work()
            if is_read_only:
                session.rollback()
            else:
                session.commit()
            return result
        except Exception as error:
            session.rollback()
            if not is_retryable(error):
                raise
            time.sleep(random.uniform(0.002, 0.02) * (attempt + 1))  # noqa: S311 jitter, no secret
    raise Busy
