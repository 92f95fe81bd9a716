"""Reads of attendance: what follows from roster, leave and presences for some people in a month.

As many statements for a unit as for one person; none of them looks further than that month's
shifts reach.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.calendar.spans import month_of
from portal.catalog.queries import list_posts_by_id
from portal.core.ledger import LedgerEntry
from portal.duty.attendance_rules import Due, Entry, Stay, judge, list_dues
from portal.duty.coverage import Duty, Part, Stretch, unite
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveState
from portal.duty.models import Absence, Presence
from portal.duty.queries import read_openings
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import DAY, LONGEST_SHIFT, list_permitted
from portal.duty.roster_rules import Need, cover_all
from portal.tenancy.queries import Tenant, get_settings

#: Nobody is signed in for longer in one go, so that presences are found by when they end.
LOOKED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Sheet:
    """The entries of some people in a month, by person and in order."""

    by_staff: Mapping[int, Sequence[Entry]] = field(default_factory=dict)

    def of(self, staff_id: int) -> Sequence[Entry]:
        """Those of one of them."""
        return self.by_staff.get(staff_id, ())


def span_of(tenant: Tenant, day: date) -> Stretch:
    """A day's month, on the clocks of the institution."""
    month = month_of(day)
    return moment_of(month.first, 0, tenant.zone), moment_of(month.last, 24 * 60, tenant.zone)


def read_sheet(
    session: Session, tenant: Tenant, staff_ids: Collection[int], day: date, *, now: datetime
) -> Sheet:
    """What came of the shifts of some people that began in a day's month and are over.

    The same number of statements whatever that holds.
    """
    start, until = span_of(tenant, day)
    grace = get_settings(session, tenant, at=now).duty.grace_minutes
    shifts = _list_shifts(session, start, until)
    mine = {
        row.id
        for row in shifts.values()
        if row.staff_id in staff_ids and row.starts_at >= start and row.ends_at <= now
    }
    if not mine:
        return Sheet()
    end = max(shifts[shift_id].ends_at for shift_id in mine)
    # What reaches over the end of the month may meet what begins after it.
    shifts |= _list_shifts(session, until, end)
    dues = [due for due in _list_dues(session, shifts, start, end) if due.shift_id in mine]
    stays = _list_stays(session, {due.post_id for due in dues}, staff_ids, start, end, now)
    found: dict[int, list[Entry]] = defaultdict(list)
    for due in dues:
        near = [one for one in stays.get(due.post_id, ()) if one.end >= due.start]
        found[due.staff_id].append(judge(due, near, grace=grace))
    return Sheet(found)


def find_entry(session: Session, tenant: Tenant, shift: Shift, *, now: datetime) -> Entry | None:
    """What came of a shift; none while it is not over, and where nobody was due."""
    day = shift.starts_at.astimezone(tenant.zone).date()
    entries = read_sheet(session, tenant, {shift.staff_id}, day, now=now).of(shift.staff_id)
    return next((entry for entry in entries if entry.shift_id == shift.id), None)


def _list_shifts(session: Session, start: datetime, end: datetime) -> dict[int, Shift]:
    """All published shifts of a stretch, by id; whoever has left since kept theirs, too."""
    found = select(Shift).where(
        Shift.starts_at > start - LONGEST_SHIFT,
        Shift.starts_at < end,
        Shift.ends_at > start,
        Shift.state == "published",
    )
    return {shift.id: shift for shift in session.scalars(found)}


def _list_dues(
    session: Session, shifts: Mapping[int, Shift], start: datetime, end: datetime
) -> list[Due]:
    """Who was to keep each post, as the roster says it of the time to come."""
    by_post: dict[int, list[Shift]] = defaultdict(list)
    for shift in shifts.values():
        by_post[shift.post_id].append(shift)
    posts, openings = list_posts_by_id(session, by_post), read_openings(session)
    ordered = sorted(posts.values(), key=lambda post: (post.position, post.id))
    needs = [
        Need(
            post.id,
            openings.between(post.schedule_id, start, end),
            [
                Duty(row.staff_id, Part(row.part), row.starts_at, row.ends_at, row.id)
                # As the roster is read: of two of a kind the later word holds.
                for row in sorted(by_post[post.id], key=lambda row: -row.id)
            ],
        )
        for post in ordered
    ]
    people = {shift.staff_id for shift in shifts.values()}
    leaves = _list_leaves(session, start, end)
    covered = cover_all(needs, leaves, list_permitted(session, people, start, end))
    whose = {row.id: (row.staff_id, row.starts_at, row.ends_at) for row in shifts.values()}
    return list_dues(whose, covered, leaves)


def _list_leaves(session: Session, start: datetime, end: datetime) -> dict[int, list[Stretch]]:
    """Approved leave; what was withdrawn later counts until then, for nobody was expected."""
    is_withdrawn = and_(
        LedgerEntry.subject_kind == "leave",
        LedgerEntry.subject_id == Leave.id,
        LedgerEntry.code == "duty.leave.withdrawn",
    )
    found = (
        select(
            Leave.staff_id,
            Leave.from_at,
            Leave.until_at,
            func.coalesce(LedgerEntry.at, Leave.until_at),
        )
        .outerjoin(LedgerEntry, is_withdrawn)
        .where(
            Leave.until_at > start,
            Leave.from_at < end,
            Leave.decided_by_id.is_not(None),
            Leave.state.in_([LeaveState.APPROVED, LeaveState.WITHDRAWN]),
        )
    )
    leaves: dict[int, list[Stretch]] = defaultdict(list)
    for staff_id, from_at, until_at, ended_at in session.execute(found):
        leaves[staff_id].append((from_at, min(until_at, ended_at)))
    return {staff_id: unite(stretches) for staff_id, stretches in leaves.items()}


def _list_stays(
    session: Session,
    post_ids: Collection[int],
    staff_ids: Collection[int],
    start: datetime,
    end: datetime,
    now: datetime,
) -> dict[int, list[Stay]]:
    """Everybody's presences at some posts, by post; how long each was away only of those asked."""
    if not post_ids:
        return {}
    is_near = Presence.left_at.between(start - DAY, end + LOOKED_FOR)
    # One after the other, so that each is found by its index.
    rows = [
        *session.scalars(_at(post_ids, end).where(is_near)),
        *session.scalars(
            _at(post_ids, end).where(Presence.signed_out_at.is_(None), Presence.left_at.is_(None))
        ),
    ]
    own = [row.id for row in rows if row.staff_id in staff_ids]
    missed = _list_missed(session, own, now)
    stays: dict[int, list[Stay]] = defaultdict(list)
    for row in rows:
        out = row.signed_out_at or now
        stays[row.post_id].append(
            Stay(
                row.staff_id,
                row.post_id,
                row.signed_in_at,
                min(out, row.due_out_at) if row.due_out_at else out,
                is_cover=row.is_cover,
                is_forgotten=row.due_out_at is not None,
                missed=missed.get(row.id, ()),
            )
        )
    return stays


def _at(post_ids: Collection[int], end: datetime) -> Select[Presence]:
    return select(Presence).where(
        Presence.post_id.in_(sorted(post_ids)), Presence.signed_in_at <= end
    )


def _list_missed(
    session: Session, presence_ids: Collection[int], now: datetime
) -> dict[int, list[Stretch]]:
    """When people were away for longer than they had said, by presence."""
    if not presence_ids:
        return {}
    is_longer: ColumnElement[bool] = or_(
        Absence.back_at.is_(None), Absence.back_at > Absence.expected_at
    )
    found = select(Absence.presence_id, Absence.expected_at, Absence.back_at).where(
        Absence.presence_id.in_(sorted(presence_ids)), is_longer
    )
    missed: dict[int, list[Stretch]] = defaultdict(list)
    for presence_id, expected_at, back_at in session.execute(found):
        missed[presence_id].append((expected_at, back_at or max(now, expected_at)))
    return missed
