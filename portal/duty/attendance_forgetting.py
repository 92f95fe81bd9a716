"""Forgetting what was said about attendance, once it was kept long enough."""

from sqlalchemy import or_, update

from portal.duty.attendance_models import AttendanceContest
from portal.identity.events import Retention, retention_ending


@retention_ending.connect
def forget_words(event: Retention) -> None:
    """Erase the words on both sides; that it was contested, and what was decided, stays."""
    says_something = or_(
        AttendanceContest.words.is_not(None), AttendanceContest.answer.is_not(None)
    )
    event.session.execute(
        update(AttendanceContest)
        # Not all there have ever been again and again.
        .where(
            AttendanceContest.made_at < event.before,
            AttendanceContest.decided_at.is_not(None),
            says_something,
        )
        .values(words=None, answer=None)
        .execution_options(synchronize_session=False)
    )
