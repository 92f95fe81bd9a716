"""Published shifts at the posts of a hall, and what comes of them."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.duty.attendance_models import AttendanceContest
from portal.duty.attendance_queries import read_sheet
from portal.duty.attendance_rules import Entry
from portal.duty.models import Presence
from portal.duty.roster_models import Shift
from portal.duty.services import attendance
from portal.tenancy.queries import get_tenant
from tests.support.duty import TODAY, Hall, staff
from tests.support.world import World, local


def add_shift(
    world: World,
    staff_id: int,
    post_id: int,
    start: datetime,
    end: datetime,
    *,
    part: str = "A",
    state: str = "published",
) -> int:
    """Somebody is to keep a post; the shift's id."""
    shift = Shift(
        post_id=post_id, staff_id=staff_id, part=part, starts_at=start, ends_at=end, state=state
    )

    def work(session: Session) -> int:
        session.add(shift)
        session.flush()
        return shift.id

    return world.do(work)


def add_stay(world: World, staff_id: int, post_id: int, start: datetime, end: datetime) -> None:
    """Somebody was at a post."""
    row = Presence(
        staff_id=staff_id, post_id=post_id, signed_in_at=start, left_at=end, signed_out_at=end
    )
    world.do(lambda session: session.add(row))


def keep(hall: Hall, staff_id: int, day: date = TODAY, first: int = 9, last: int = 17) -> int:
    """A shift at the window on a day."""
    return add_shift(
        hall.world, staff_id, hall.window, local(day, first), local(day, last), part="A"
    )


def entries(world: World, staff_id: int, day: date = TODAY) -> list[Entry]:
    """What came of somebody's shifts in the month of a day, as it is known by now."""

    def read(session: Session) -> list[Entry]:
        sheet = read_sheet(session, get_tenant(session), {staff_id}, day, now=world.now)
        return list(sheet.of(staff_id))

    return world.do(read, is_read_only=True)


def contest(world: World, shift_id: int, staff_id: int, words: str = "公車誤點") -> int:
    """Somebody contests the entry of a shift; the contest's id."""

    def work(session: Session) -> int:
        return attendance.contest(
            session,
            shift=session.get_one(Shift, shift_id),
            words=words,
            actor=staff(staff_id),
            now=world.now,
        ).id

    return world.do(work)


def decide(
    world: World,
    contest_id: int,
    staff_id: int,
    *,
    is_upheld: bool = True,
    words: str = "公車公司已證實",
) -> None:
    """Somebody decides on it."""

    def work(session: Session) -> None:
        attendance.decide(
            session,
            row=session.get_one(AttendanceContest, contest_id),
            is_upheld=is_upheld,
            words=words,
            actor=staff(staff_id),
            now=world.now,
        )

    world.do(work)
