"""Attendance of the demonstration: an entry of one's own, and one that a colleague contests."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.duty.attendance_models import AttendanceContest
from portal.duty.attendance_queries import find_entry
from portal.duty.contest_queries import list_judges
from portal.duty.roster_models import Shift
from portal.identity.models import Staff, Unit
from portal.tenancy.queries import get_tenant
from tests.support.world import World, local

#: The Friday before the demonstration begins.
FRIDAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Late:
    """Ids of a shift to which somebody did not come, and of what a colleague contests."""

    shift_id: int
    colleague_id: int
    contest_id: int


def come_late(world: World, number: str) -> Late:
    """Somebody did not come on Friday, and decides on what a colleague says of another day."""

    def work(session: Session) -> Late:
        me = session.scalars(select(Staff).where(Staff.number == number)).one()
        contest = session.scalars(select(AttendanceContest).order_by(AttendanceContest.id)).one()
        contested = session.get_one(Shift, contest.shift_id)
        colleague = session.get_one(Staff, contest.staff_id)
        session.get_one(Unit, colleague.unit_id).deputy_id = me.id
        missed = Shift(
            post_id=contested.post_id,
            staff_id=me.id,
            part="override",
            starts_at=local(FRIDAY, 10),
            ends_at=local(FRIDAY, 11),
            state="published",
        )
        session.add(missed)
        session.flush()
        return Late(missed.id, colleague.id, contest.id)

    return world.do(work)


@dataclass(frozen=True)
class Case:
    """Somebody who came late and has not said anything yet, and who would decide; by number."""

    shift_id: int
    number: str
    judge: str


def find_late(world: World, day: date, minutes: int) -> Case:
    """Who came so late on a day of the demonstration."""

    def work(session: Session) -> Case:
        shifts = select(Shift).where(
            Shift.starts_at.between(local(day, 0), local(day, 23)), Shift.state == "published"
        )
        for shift in session.scalars(shifts.order_by(Shift.id)):
            entry = find_entry(session, get_tenant(session), shift, now=world.now)
            if entry is not None and entry.late == minutes:
                person = session.get_one(Staff, shift.staff_id)
                judges = session.scalars(
                    select(Staff.number).where(Staff.id.in_(list_judges(session, person)))
                )
                return Case(shift.id, person.number, min(judges))
        raise LookupError(day)

    return world.do(work)
