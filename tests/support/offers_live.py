"""Shifts of the demonstration that can be offered."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import PostStaff
from portal.core.actor import Actor
from portal.duty.roster_models import Shift
from portal.duty.services.offering import offer_shift
from portal.identity.models import Staff
from tests.support.world import World, local

#: A Sunday on which no window needs anybody.
SUNDAY = date(2026, 12, 13)


def offer_one_of_two(world: World, number: str) -> tuple[int, int, int]:
    """Somebody has two shifts and offers one: the shift that is left, the colleague, the offer."""

    def work(session: Session) -> tuple[int, int, int]:
        me = session.scalars(select(Staff).where(Staff.number == number)).one()
        other = session.scalars(select(PostStaff).order_by(PostStaff.id)).first()
        assert other is not None
        session.add(PostStaff(post_id=other.post_id, staff_id=me.id, position="C"))
        shifts = [
            Shift(
                post_id=other.post_id,
                staff_id=me.id,
                part="override",
                starts_at=local(SUNDAY + timedelta(weeks=week), 9),
                ends_at=local(SUNDAY + timedelta(weeks=week), 12),
                state="published",
            )
            for week in range(2)
        ]
        session.add_all(shifts)
        session.flush()
        made = offer_shift(
            session,
            shift=shifts[1],
            to_staff_id=other.staff_id,
            back=None,
            actor=Actor("staff", me.id),
            now=world.now,
        )
        return shifts[0].id, other.staff_id, made.id

    return world.do(work)


def find_shift(world: World, day: date, hour: int) -> tuple[int, str]:
    """The shift that begins then in the duty room, and the number of whoever keeps it."""
    found = (
        select(Shift.id, Staff.number)
        .join(Staff, Staff.id == Shift.staff_id)
        .where(Shift.starts_at == local(day, hour), Shift.state == "published")
    )
    shift_id, number = world.do(lambda session: session.execute(found).one())
    return shift_id, number
