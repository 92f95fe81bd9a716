"""Telling those whom a leave concerns: who asked, who covers, who decides; and forgetting why."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from portal.duty.leave_models import Leave
from portal.duty.notices import Occasion, tell
from portal.identity.events import Retention, retention_ending
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head, find_superior


def tell_of_leave(session: Session, leave: Leave, what: str, *, now: datetime) -> None:
    """Tell what has just become of a leave, by the word that the ledger has for it."""
    cover = {leave.cover_staff_id} if leave.cover_staff_id else set()
    asker = {leave.staff_id}
    if what == "asked":
        if cover:
            _tell(session, leave, Occasion.COVER_ASKED, cover, now)
        else:
            _tell(session, leave, Occasion.LEAVE_ASKED, _find_decider(session, leave), now)
    elif what == "accepted":
        _tell(session, leave, Occasion.LEAVE_ASKED, _find_decider(session, leave), now)
    elif what == "declined":
        _tell(session, leave, Occasion.COVER_DECLINED, asker, now, who=leave.cover_staff_id)
    elif what in ("approved", "written"):
        _tell(session, leave, Occasion.LEAVE_APPROVED, asker, now)
        _tell(session, leave, Occasion.COVERS, cover, now)
    elif what == "refused":
        _tell(session, leave, Occasion.LEAVE_REFUSED, asker, now)
        _tell(session, leave, Occasion.COVER_NOT_NEEDED, cover, now)
    elif what in ("withdrawn", "cut"):
        people = cover | _find_decider(session, leave)
        occasion = Occasion.LEAVE_CUT if what == "cut" else Occasion.LEAVE_WITHDRAWN
        _tell(session, leave, occasion, people, now)


def _find_decider(session: Session, leave: Leave) -> set[int]:
    """The head of the unit of whoever asked; of a head's own leave, whoever is above."""
    person = session.get_one(Staff, leave.staff_id)
    head = find_head(session, person.unit_id)
    if head is not None and head.id == person.id:
        head = find_superior(session, [person.id])
    return {head.id} - {person.id} if head else set()


def _tell(
    session: Session,
    leave: Leave,
    occasion: Occasion,
    people: Collection[int],
    now: datetime,
    *,
    who: int | None = None,
) -> None:
    tell(
        session,
        occasion,
        people,
        subject=("leave", leave.id),
        who=session.get_one(Staff, who or leave.staff_id).name,
        span=(leave.from_at, leave.until_at),
        now=now,
    )


@retention_ending.connect
def forget_reasons(event: Retention) -> None:
    """Erase why somebody was away and what was said of it, once it was kept long enough."""
    says_something = or_(Leave.reason.is_not(None), Leave.words.is_not(None))
    event.session.execute(
        update(Leave)
        # Not all there have ever been again and again.
        .where(Leave.until_at < event.before, says_something)
        .values(reason=None, words=None)
        .execution_options(synchronize_session=False)
    )
