"""Which shifts are in somebody's hands, when identity asks because they leave."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.duty.roster_models import Shift, ShiftPattern
from portal.identity.staff_events import (
    HandingOver,
    Holding,
    StaffLeaving,
    handing_over,
    staff_leaving,
)


@staff_leaving.connect
def list_patterned(question: StaffLeaving) -> list[Holding]:
    """The patterns of shifts that name somebody and still hold; drafts follow from them."""
    found = _live_patterns(question.session, question.staff_id)
    return [Holding("shift_pattern", pattern.id, name, plate) for pattern, plate, name in found]


@handing_over.connect
def hand_shifts_over(event: HandingOver) -> None:
    """Put the colleague into the patterns and into all shifts to come; one who is there stays."""
    session = event.session
    for pattern, _plate, _name in _live_patterns(session, event.staff_id):
        if event.to_staff_id in {pattern.staff_a_id, pattern.staff_b_id}:
            # One person is no B to himself.
            pattern.staff_a_id, pattern.staff_b_id = event.to_staff_id, None
        elif pattern.staff_a_id == event.staff_id:
            pattern.staff_a_id = event.to_staff_id
        else:
            pattern.staff_b_id = event.to_staff_id
        pattern.version += 1
        subject = ("shift_pattern", pattern.id)
        record(
            session, "duty.pattern.handed_over", subject=subject, actor=event.actor, now=event.now
        )
    for shift in _list_coming(session, event.staff_id, event.now):
        shift.staff_id = event.to_staff_id
        shift.version += 1
        subject = ("shift", shift.id)
        record(session, "duty.shift.handed_over", subject=subject, actor=event.actor, now=event.now)
    session.flush()


def _live_patterns(session: Session, staff_id: int) -> list[tuple[ShiftPattern, str, Localized]]:
    found = (
        select(ShiftPattern, Post.plate, ShiftPattern.name)
        .join(Post, Post.id == ShiftPattern.post_id)
        .where(
            or_(ShiftPattern.staff_a_id == staff_id, ShiftPattern.staff_b_id == staff_id),
            ShiftPattern.until_day.is_(None),
        )
        .order_by(ShiftPattern.id)
    )
    return [(pattern, plate, name) for pattern, plate, name in session.execute(found)]


def _list_coming(session: Session, staff_id: int, now: datetime) -> list[Shift]:
    found = select(Shift).where(
        Shift.staff_id == staff_id,
        Shift.starts_at >= now,
        Shift.state.in_(["draft", "published"]),
    )
    return list(session.scalars(found.order_by(Shift.id)))
