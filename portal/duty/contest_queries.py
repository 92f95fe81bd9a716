"""Reads of what people contest of their attendance, and of who decides on it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.queries import list_overseers
from portal.core.errors import NotFound
from portal.duty.attendance_models import AttendanceContest
from portal.duty.attendance_rules import find_judges
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import LONGEST_SHIFT
from portal.identity.models import Staff, Unit

Contested = tuple[AttendanceContest, Shift, Staff]
#: How long after a month anything of it is contested: the longest shift and the latest word.
LATEST = LONGEST_SHIFT + timedelta(days=60)
#: How many contests wait on a page beside one's own month.
WAITING = 50


def list_contests(
    session: Session, staff_ids: Collection[int], start: datetime, end: datetime
) -> list[tuple[AttendanceContest, datetime, datetime]]:
    """What some people contested of the shifts of a stretch, with when those were, in order."""
    found = (
        select(AttendanceContest, Shift.starts_at, Shift.ends_at)
        .join(Shift, Shift.id == AttendanceContest.shift_id)
        .where(
            AttendanceContest.staff_id.in_(sorted(staff_ids)),
            # Contested is what is over, and not much later.
            AttendanceContest.made_at.between(start, end + LATEST),
            Shift.starts_at >= start,
            Shift.starts_at < end,
        )
        .order_by(Shift.starts_at, Shift.id)
    )
    return [(contest, since, until) for contest, since, until in session.execute(found)]


def list_to_judge(session: Session, me: int) -> list[Contested]:
    """The first of what waits for somebody's decision, the earliest first."""
    found = (
        select(AttendanceContest, Shift, Staff)
        .join(Shift, Shift.id == AttendanceContest.shift_id)
        .join(Staff, Staff.id == AttendanceContest.staff_id)
        .where(AttendanceContest.decided_at.is_(None))
    )
    rows = [(contest, shift, person) for contest, shift, person in session.execute(found)]
    # Put in order here: for an order, SQLite would walk through all there ever were.
    rows.sort(key=lambda row: (row[0].made_at, row[0].id))
    if not rows:
        return []
    judges = _Judges(session)
    return [row for row in rows if me in judges.of(row[2])][:WAITING]


def get_contest(session: Session, contest_id: int, *, me: int) -> Contested:
    """A contest on which somebody decides, decided or not; raises NotFound for anybody else."""
    contest = session.get(AttendanceContest, contest_id)
    if contest is None:
        raise NotFound
    person = session.get_one(Staff, contest.staff_id)
    if contest.decided_by_id != me and me not in list_judges(session, person):
        raise NotFound
    return contest, session.get_one(Shift, contest.shift_id), person


def find_contest(session: Session, shift_id: int) -> AttendanceContest | None:
    """What was said against the entry of a shift."""
    found = select(AttendanceContest).where(AttendanceContest.shift_id == shift_id)
    return session.scalars(found).first()


def list_judges(session: Session, person: Staff) -> set[int]:
    """Who decides on what somebody contests; two statements."""
    return _Judges(session).of(person)


class _Judges:
    """Heads of all units and overseers, read once."""

    def __init__(self, session: Session) -> None:
        units = session.scalars(select(Unit)).all()
        self._heads = {unit.id: (unit.head_id, unit.deputy_id) for unit in units}
        self._parents = {unit.id: unit.parent_id for unit in units}
        self._overseers = list_overseers(session)

    def of(self, person: Staff) -> set[int]:
        """Those for one person."""
        return find_judges(person.id, person.unit_id, self._heads, self._parents, self._overseers)
