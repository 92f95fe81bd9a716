"""Reads of the roster: who keeps each post from when to when, out of all that decides it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.calendar.queries import get_openings
from portal.catalog.models import Post
from portal.catalog.queries import Served, list_posts, list_serving
from portal.core.errors import NotFound
from portal.core.ledger import LedgerEntry
from portal.core.listing import Listing, fetch_page
from portal.duty.coverage import Duty, Part, Segment, Stretch, intersect, subtract, unite
from portal.duty.fitness_queries import read_fitness
from portal.duty.fitness_rules import Fitness, list_lacks
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveState
from portal.duty.models import Concurrency
from portal.duty.roster_models import RosterWeek, Shift, ShiftPattern
from portal.duty.roster_rules import (
    Finding,
    Need,
    Permitted,
    Turn,
    check,
    cover_all,
    list_turns,
)
from portal.identity.models import Staff
from portal.tenancy.queries import Tenant

#: No shift is longer, so that those of a week are found by when they begin.
LONGEST_SHIFT = timedelta(days=92)
DAY = timedelta(days=1)
WEEK = 7 * DAY
#: How many changes after publishing a page shows.
CHANGES = 20
CHANGED = "duty.roster.changed"


@dataclass(frozen=True)
class Away:
    """A leave that counts: whose, from when to when."""

    id: int
    staff_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    """All that decides who keeps the posts from ``start`` to ``end``, and who does."""

    tenant: Tenant
    start: datetime
    end: datetime
    posts: Sequence[Post]
    serving: Mapping[int, Sequence[Served]]
    needs: Sequence[Need]
    shifts: Mapping[int, Shift]
    away: Sequence[Away]
    leaves: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    #: When somebody may keep a post beside another one (兼崗).
    permitted: Permitted = field(default_factory=dict)
    fitness: Fitness = field(default_factory=Fitness)
    #: Which weeks of which units are published, by Monday and unit.
    published: Collection[tuple[date, int]] = frozenset()

    @cached_property
    def covered(self) -> dict[int, list[Segment]]:
        """Who keeps each post, by its id."""
        return cover_all(self.needs, self.leaves, self.permitted)

    @cached_property
    def turns(self) -> dict[int, list[Turn]]:
        """When each person keeps which post."""
        return list_turns(self.covered)

    @cached_property
    def by_id(self) -> dict[int, Post]:
        """The posts by id."""
        return {post.id: post for post in self.posts}

    @cached_property
    def need_of(self) -> dict[int, Need]:
        """What each post needs, by its id."""
        return {need.post_id: need for need in self.needs}

    def findings(self, rest: timedelta) -> list[Finding]:
        """All that is wrong with it."""
        wrong = check(
            self.needs,
            self.covered,
            self.leaves,
            rest=rest,
            zone=self.tenant.zone,
            permitted=self.permitted,
        )
        wrong += list_lacks(self.covered, self.fitness, self.is_published)
        return sorted(wrong, key=lambda each: (each.start, each.post_id, each.staff_id or 0))

    def without(self, shift_ids: Collection[int]) -> "Plan":
        """As it would be without some shifts."""
        needs = [
            replace(need, duties=[duty for duty in need.duties if duty.key not in shift_ids])
            for need in self.needs
        ]
        return replace(self, needs=needs)

    def is_published(self, post_id: int, at: datetime) -> bool:
        """Whether the week of a moment is published for a post."""
        day = at.astimezone(self.tenant.zone).date()
        monday = day - timedelta(days=day.weekday())
        return (monday, self.by_id[post_id].unit_id) in self.published

    def gaps(self, start: datetime, end: datetime) -> dict[int, list[Stretch]]:
        """When nobody keeps each post, between two moments."""
        return {
            post_id: intersect(
                [(start, end)], [(each.start, each.end) for each in segments if each.is_gap]
            )
            for post_id, segments in self.covered.items()
        }

    def people(self) -> set[int]:
        """Everybody whom it names."""
        named = {duty.staff_id for need in self.needs for duty in need.duties}
        return named | {one.staff_id for one in self.away}


def read_plan(
    session: Session,
    tenant: Tenant,
    start: datetime,
    end: datetime,
    *,
    with_asked: bool = False,
    besides: int | None = None,
) -> Plan:
    """The roster between two moments; the same number of statements whatever it holds.

    ``with_asked`` counts leave that is not decided yet, and those who are to cover for it;
    ``besides`` leaves one leave out, and the shifts that were made for it.
    """
    posts = list_posts(session)
    openings = get_openings(session, tenant.zone, tenant.region)
    required = {
        schedule_id: openings.between(schedule_id, start, end)
        for schedule_id in {post.schedule_id for post in posts}
    }
    serving = _by_post(list_serving(session, [post.id for post in posts]))
    shifts = _list_shifts(session, start, end, besides, with_held=with_asked)
    held = _list_patterned(session, tenant, start, end)
    needs = [
        Need(
            post.id,
            required[post.schedule_id],
            [
                *_by_shifts(shifts.get(post.id, ())),
                *_by_place(
                    serving.get(post.id, ()), required[post.schedule_id], held.get(post.id, ())
                ),
            ],
        )
        for post in posts
    ]
    people = {duty.staff_id for need in needs for duty in need.duties}
    away = _list_away(session, start, end, with_asked=with_asked, besides=besides)
    leaves: dict[int, list[Stretch]] = defaultdict(list)
    for one in away:
        leaves[one.staff_id].append((one.start, one.end))
    return Plan(
        tenant=tenant,
        start=start,
        end=end,
        posts=posts,
        serving=serving,
        needs=needs,
        shifts={shift.id: shift for found in shifts.values() for shift in found},
        away=away,
        leaves={staff_id: unite(found) for staff_id, found in leaves.items()},
        permitted=list_permitted(session, people, start, end),
        fitness=read_fitness(session, tenant),
        published=_list_published(session, tenant, start, end),
    )


def week_of(tenant: Tenant, monday: date) -> Stretch:
    """A week from its Monday's midnight to the next one's, on the clocks of the institution."""
    return moment_of(monday, 0, tenant.zone), moment_of(monday + WEEK, 0, tenant.zone)


def read_week(session: Session, tenant: Tenant, monday: date) -> Plan:
    """The roster of a week, with a day on both sides for shifts and rest that reach across."""
    start, end = week_of(tenant, monday)
    return read_plan(session, tenant, start - DAY, end + DAY)


def list_weeks(session: Session, mondays: Collection[date]) -> list[RosterWeek]:
    """What of some weeks is published."""
    found = select(RosterWeek).where(RosterWeek.monday.in_(sorted(mondays)))
    return list(session.scalars(found.order_by(RosterWeek.monday, RosterWeek.id)))


def find_first_free(session: Session, unit_id: int) -> date | None:
    """The Monday after the last week that is published for a unit; None: none ever was."""
    last = session.scalar(select(func.max(RosterWeek.monday)).where(RosterWeek.unit_id == unit_id))
    return last + WEEK if last is not None else None


def list_changes(session: Session, weeks: Iterable[RosterWeek]) -> list[LedgerEntry]:
    """What changed in some weeks after they were published, the newest first."""
    ids = sorted(week.id for week in weeks)
    if not ids:
        return []
    found = select(LedgerEntry).where(
        LedgerEntry.subject_kind == "roster_week",
        LedgerEntry.subject_id.in_(ids),
        LedgerEntry.code == CHANGED,
    )
    return list(session.scalars(found.order_by(LedgerEntry.id.desc()).limit(CHANGES)))


def get_shift(session: Session, shift_id: int) -> Shift:
    """A shift; raises NotFound."""
    shift = session.get(Shift, shift_id)
    if shift is None:
        raise NotFound
    return shift


def get_pattern(session: Session, pattern_id: int) -> ShiftPattern:
    """A pattern of shifts; raises NotFound."""
    pattern = session.get(ShiftPattern, pattern_id)
    if pattern is None:
        raise NotFound
    return pattern


def list_patterns(
    session: Session, post_id: int, *, since: date, page: int
) -> Listing[ShiftPattern]:
    """One page of the patterns of a post that hold on or after a day, by when shifts begin."""
    found = select(ShiftPattern).where(
        ShiftPattern.post_id == post_id,
        ShiftPattern.until_day.is_(None) | (ShiftPattern.until_day > since),
    )
    return fetch_page(session, found.order_by(ShiftPattern.start_minute, ShiftPattern.id), page)


def _list_shifts(
    session: Session,
    start: datetime,
    end: datetime,
    besides: int | None,
    *,
    with_held: bool,
) -> dict[int, list[Shift]]:
    """Shifts of people who work here that were not dropped, by post; the newest first."""
    found = (
        select(Shift)
        .join(Staff, Staff.id == Shift.staff_id)
        .where(
            Shift.starts_at > start - LONGEST_SHIFT,
            Shift.starts_at < end,
            Shift.ends_at > start,
            Shift.state.not_in(["dropped"] if with_held else ["dropped", "held"]),
            Staff.left_at.is_(None),
        )
    )
    if besides is not None:
        found = found.where(Shift.leave_id.is_(None) | (Shift.leave_id != besides))
    shifts: dict[int, list[Shift]] = defaultdict(list)
    for shift in session.scalars(found.order_by(Shift.id.desc())):
        shifts[shift.post_id].append(shift)
    return dict(shifts)


def _list_patterned(
    session: Session, tenant: Tenant, start: datetime, end: datetime
) -> dict[int, list[Stretch]]:
    """When the shifts of patterns decide who keeps a post, by post."""
    rows = session.execute(
        select(ShiftPattern.post_id, ShiftPattern.anchor, ShiftPattern.until_day)
    )
    found: dict[int, list[Stretch]] = defaultdict(list)
    for post_id, anchor, until_day in rows:
        until = moment_of(until_day, 0, tenant.zone) if until_day else end
        found[post_id] += intersect([(start, end)], [(moment_of(anchor, 0, tenant.zone), until)])
    return dict(found)


def _list_away(
    session: Session,
    start: datetime,
    end: datetime,
    *,
    with_asked: bool,
    besides: int | None,
) -> list[Away]:
    states = [LeaveState.APPROVED, *([LeaveState.ASKED] if with_asked else [])]
    found = select(Leave.id, Leave.staff_id, Leave.from_at, Leave.until_at).where(
        Leave.until_at > start, Leave.from_at < end, Leave.state.in_(states)
    )
    if besides is not None:
        found = found.where(Leave.id != besides)
    return [Away(*row) for row in session.execute(found.order_by(Leave.from_at, Leave.id))]


def list_permitted(
    session: Session, people: Collection[int], start: datetime, end: datetime
) -> dict[tuple[int, int], list[Stretch]]:
    """When people may keep a second post by what was allowed, by staff and post."""
    found = select(
        Concurrency.staff_id, Concurrency.post_id, Concurrency.decided_at, Concurrency.until_at
    ).where(
        Concurrency.staff_id.in_(sorted(people)),
        Concurrency.is_granted.is_(True),
        Concurrency.until_at > start,
        Concurrency.decided_at < end,
    )
    permitted: dict[tuple[int, int], list[Stretch]] = defaultdict(list)
    for staff_id, post_id, since, until in session.execute(found):
        permitted[staff_id, post_id].append((since or start, until))
    return dict(permitted)


def _list_published(
    session: Session, tenant: Tenant, start: datetime, end: datetime
) -> frozenset[tuple[date, int]]:
    first = start.astimezone(tenant.zone).date()
    last = end.astimezone(tenant.zone).date()
    found = select(RosterWeek.monday, RosterWeek.unit_id).where(
        RosterWeek.monday.between(first - WEEK, last)
    )
    return frozenset((monday, unit_id) for monday, unit_id in session.execute(found))


def _by_shifts(shifts: Iterable[Shift]) -> list[Duty]:
    return [
        Duty(shift.staff_id, Part(shift.part), shift.starts_at, shift.ends_at, shift.id)
        for shift in shifts
    ]


def _by_place(
    serving: Iterable[Served], required: Iterable[Stretch], patterned: Iterable[Stretch]
) -> list[Duty]:
    """Where no pattern decides, those who have a place at a post keep its hours in their order."""
    hours = subtract(required, patterned)
    return [
        Duty(one.staff_id, Part(one.position), start, end)
        for one in serving
        for start, end in hours
    ]


def _by_post(serving: Iterable[Served]) -> dict[int, list[Served]]:
    found: dict[int, list[Served]] = defaultdict(list)
    for one in serving:
        found[one.post_id].append(one)
    return dict(found)
