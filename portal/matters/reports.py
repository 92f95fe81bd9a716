"""Reads for the reports of matters: the courses of a month (RP-06), and what must never be there.

The number of statements never grows; a month of more than ``MOST`` matters is cut and says so.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select, true, union
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.calendar.queries import get_openings
from portal.catalog.models import Post
from portal.core.listing import Listing, fetch_page, page_of
from portal.identity.models import Staff
from portal.matters.models import Matter, MatterEvent
from portal.matters.queries import Viewer, is_seen
from portal.matters.reports_rules import (
    Holder,
    Hours,
    Key,
    Life,
    Moment,
    count_hops,
    pieces_of,
    turns_of,
)
from portal.matters.rules import State
from portal.tenancy.queries import get_tenant

#: Matters of a month that are counted; with more of them a unit is chosen.
MOST = 5000
#: What is nobody's and is listed; more than a page of it is a disaster already.
MOST_UNOWNED = 1000


@dataclass(frozen=True)
class Scope:
    """Whose matters are reported, taken down on which days, seen from which moment."""

    first: date
    last: date
    zone: ZoneInfo
    now: datetime
    #: None: all of them.
    units: frozenset[int] | None = None

    @property
    def begin(self) -> datetime:
        """The first moment of the first day."""
        return moment_of(self.first, 0, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after the last day."""
        return moment_of(self.last, 24 * 60, self.zone)


@dataclass(frozen=True)
class Courses:
    """What happened to the matters of a scope, and the hours by which it is counted."""

    by_matter: dict[int, list[Moment]]
    hours: Hours
    now: datetime
    #: There are more in the month than ``MOST``.
    is_cut: bool
    #: The unit of each member of staff, and of each post.
    units: dict[Holder, int]

    def lives(self, key: Callable[[Holder], Key]) -> list[Life[Key]]:
        """Each life, told by whose hands count as one, as those of a unit."""
        return [
            Life(
                matter_id,
                count_hops(course),
                turns_of(pieces_of(course, self.now), key, self.hours),
            )
            for matter_id, course in self.by_matter.items()
        ]

    def unit_of(self, holder: Holder) -> int:
        """The unit to which a holder belongs by now."""
        return self.units[holder]


def get_courses(session: Session, scope: Scope) -> Courses:
    """The courses of the matters that were taken down in a scope, void numbers left out."""
    counted = (
        select(Matter.id)
        .where(
            Matter.opened_at >= scope.begin,
            Matter.opened_at < scope.end,
            Matter.state != State.VOIDED,
            _within(scope.units),
        )
        .order_by(Matter.opened_at, Matter.id)
    )
    ids = session.scalars(counted.limit(MOST + 1)).all()
    by_matter = _read_events(session, ids[:MOST], counted.limit(MOST))
    begins = [course[0].at for course in by_matter.values()]
    hours = _read_hours(session, min(begins, default=scope.now), scope.now)
    return Courses(by_matter, hours, scope.now, len(ids) > MOST, _list_units(session))


def _within(units: Collection[int] | None) -> ColumnElement[bool]:
    """What one of some units answers for, was asked first for, received or holds."""
    if units is None:
        return true()
    people = select(Staff.id).where(Staff.unit_id.in_(sorted(units)))
    posts = select(Post.id).where(Post.unit_id.in_(sorted(units)))
    return or_(
        Matter.unit_id.in_(sorted(units)),
        Matter.first_asked_id.in_(people),
        Matter.first_received_id.in_(people),
        Matter.holder_staff_id.in_(people),
        Matter.holder_post_id.in_(posts),
    )


def _read_events(
    session: Session, ids: Sequence[int], counted: Select[int]
) -> dict[int, list[Moment]]:
    """Every step of some matters, in the order in which it happened.

    What was taken down in one month has numbers near each other: between the first and the last
    of them an index is read once, and no more of it.
    """
    if not ids:
        return {}
    event = MatterEvent
    rows = session.execute(
        select(
            event.matter_id,
            event.at,
            event.code,
            event.state,
            event.holder_staff_id,
            event.holder_post_id,
        )
        .where(event.matter_id.between(min(ids), max(ids)))
        .where(event.matter_id.in_(select(counted.subquery().c.id)))
        .order_by(event.matter_id, event.number)
    )
    return {
        matter_id: [
            Moment(at, code, State(state), _holder(staff_id, post_id))
            for _id, at, code, state, staff_id, post_id in steps
        ]
        for matter_id, steps in groupby(rows, lambda row: row.matter_id)
    }


def _holder(staff_id: int | None, post_id: int | None) -> Holder:
    return Holder("staff", staff_id) if staff_id is not None else Holder("post", post_id or 0)


def _read_hours(session: Session, begin: datetime, end: datetime) -> Hours:
    tenant = get_tenant(session)
    schedule = get_openings(session, tenant.zone, tenant.region).schedule(None)
    return Hours(schedule.stretches_between(begin, end) if schedule else None)


def _list_units(session: Session) -> dict[Holder, int]:
    """The unit of everybody who works or worked here, and of every post."""
    staff = session.execute(select(Staff.id, Staff.unit_id))
    posts = session.execute(select(Post.id, Post.unit_id))
    found = {Holder("staff", staff_id): unit_id for staff_id, unit_id in staff}
    return found | {Holder("post", post_id): unit_id for post_id, unit_id in posts}


def list_unanswered(
    session: Session, units: Collection[int] | None, *, now: datetime, page: int
) -> Listing[Matter]:
    """What is live beyond its promise, with nobody told (無回音, P-5.3); the oldest first.

    While it waits for the person, the promise stands still.
    """
    return fetch_page(session, _unanswered(units, now), page)


def _unanswered(units: Collection[int] | None, now: datetime) -> Select[Matter]:
    return (
        select(Matter)
        .where(
            Matter.ended_at.is_(None),
            Matter.due_at < now,
            or_(Matter.paused_at.is_(None), Matter.due_at < Matter.paused_at),
            Matter.told_at.is_(None),
            _within(units),
        )
        .order_by(Matter.due_at, Matter.id)
    )


def list_unowned(
    session: Session, units: Collection[int] | None, *, untaken_before: datetime, page: int
) -> Listing[Matter]:
    """What is live and nobody's (無著落, P-5.3); the oldest first, ``MOST_UNOWNED`` at most.

    Its holder does not work here any more, or it came online before ``untaken_before`` and
    nobody took it up.
    """
    ids = _list_unowned(session, units, untaken_before)
    shown = page_of(ids[:MOST_UNOWNED], page)
    rows = list_by_id(session, shown.rows)
    return Listing(rows, shown.page, shown.total, is_cut=len(ids) > MOST_UNOWNED)


def _list_unowned(
    session: Session, units: Collection[int] | None, untaken_before: datetime
) -> Sequence[int]:
    gone = select(Staff.id).where(Staff.left_at.is_not(None))
    live = select(Matter.id).where(Matter.ended_at.is_(None), _within(units))
    untaken = live.where(
        Matter.state == State.SUBMITTED,
        Matter.opened_at < untaken_before,
        Matter.holder_post_id.in_(select(Post.id)),
    )
    # Each by its own index: of the two at once a database would look at all that are live.
    either = union(live.where(Matter.holder_staff_id.in_(gone)), untaken).subquery()
    found = select(either.c.id).order_by(either.c.id).limit(MOST_UNOWNED + 1)
    # So said, the session knows whose rows lie below.
    return session.scalars(select(Matter.id).from_statement(found)).all()


def count_empty(
    session: Session, units: Collection[int] | None, *, now: datetime, untaken_before: datetime
) -> tuple[int, int]:
    """How many stand in the two lists that must be empty."""
    late = _unanswered(units, now).order_by(None).with_only_columns(func.count(Matter.id))
    unowned = len(_list_unowned(session, units, untaken_before))
    return session.scalar(late) or 0, min(unowned, MOST_UNOWNED)


def list_seen_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> set[int]:
    """Which of some matters somebody may open."""
    if not ids:
        return set()
    return set(session.scalars(select(Matter.id).where(Matter.id.in_(ids), is_seen(viewer))))


def list_by_id(session: Session, ids: Sequence[int]) -> list[Matter]:
    """Some matters in the order of their ids given."""
    if not ids:
        return []
    by_id = {row.id: row for row in session.scalars(select(Matter).where(Matter.id.in_(ids)))}
    return [by_id[each] for each in ids]
