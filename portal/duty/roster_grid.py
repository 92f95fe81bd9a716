"""A week of the roster as a page shows it: for each day and post who keeps it, and where nobody."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from portal.calendar.local_time import moment_of
from portal.catalog.models import Post
from portal.duty.coverage import Duty, Part, Segment, Stretch, intersect
from portal.duty.roster_queries import DAY, Plan, week_of
from portal.duty.roster_rules import STANDING_BY, Turn

DAYS = 7
T = TypeVar("T")


@dataclass(frozen=True)
class Pageful(Generic[T]):
    """As many columns or rows as fit on a page."""

    rows: Sequence[T]
    page: int
    pages: int
    total: int


def cut(rows: Sequence[T], size: int, page: int) -> Pageful[T]:
    """One page of columns or rows; a number beyond the ends means the nearest page."""
    count = max(1, -(-len(rows) // size))
    number = min(max(page, 1), count)
    return Pageful(rows[(number - 1) * size : number * size], number, count, len(rows))


@dataclass(frozen=True)
class Absent:
    """Why somebody who is to keep a post does not: on leave, or needed at another post."""

    staff_id: int
    part: Part
    #: The post that needs them; None: on leave.
    elsewhere: Post | None = None


@dataclass(frozen=True)
class Line:
    """Somebody, or nobody, keeps a post for a stretch."""

    start: datetime
    end: datetime
    #: None: nobody.
    staff_id: int | None
    part: Part | None
    #: The shift it comes from, where there is one.
    shift_id: int | None = None
    absent: Sequence[Absent] = ()

    @property
    def stands_in(self) -> bool:
        """Whether somebody else than A is there."""
        return self.part is not None and self.part is not Part.A


@dataclass(frozen=True)
class Cell:
    """A post on a day; no lines: closed."""

    day: date
    post: Post
    lines: Sequence[Line]

    @property
    def has_gap(self) -> bool:
        """Whether nobody is there for a while."""
        return any(line.staff_id is None for line in self.lines)


@dataclass(frozen=True)
class Served:
    """What somebody keeps on a day, or a leave."""

    start: datetime
    end: datetime
    #: None: on leave.
    post: Post | None
    part: Part | None = None


@dataclass(frozen=True)
class PersonRow:
    """The week of a person."""

    staff_id: int
    days: Sequence[Sequence[Served]] = field(default_factory=tuple)


def list_days(monday: date) -> list[date]:
    """The seven days of a week."""
    return [monday + timedelta(days=n) for n in range(DAYS)]


def build_days(plan: Plan, monday: date, posts: Sequence[Post]) -> list[tuple[date, list[Cell]]]:
    """A row for each day with a cell for each post."""
    by_post = {post.id: _by_day(plan, post, monday) for post in posts}
    return [
        (day, [Cell(day, post, by_post[post.id].get(day, ())) for post in posts])
        for day in list_days(monday)
    ]


def build_people(plan: Plan, monday: date, staff_ids: Iterable[int]) -> list[PersonRow]:
    """A row for each person with what they keep on each day."""
    return [
        PersonRow(
            staff_id,
            [
                [
                    *_turns_of(plan, plan.turns.get(staff_id, ()), day),
                    *_leave_of(plan, staff_id, day),
                ]
                for day in list_days(monday)
            ],
        )
        for staff_id in staff_ids
    ]


def list_people(plan: Plan, post_ids: Collection[int]) -> set[int]:
    """Who has a place or a shift at some posts."""
    return {
        duty.staff_id for need in plan.needs if need.post_id in post_ids for duty in need.duties
    } | {one.staff_id for post_id in post_ids for one in plan.serving.get(post_id, ())}


def list_gaps(plan: Plan, monday: date, post_ids: Collection[int]) -> list[tuple[Post, Stretch]]:
    """Where nobody is in a week, the earliest first."""
    start, end = week_of(plan.tenant, monday)
    found = [
        (post, (segment.start, segment.end))
        for post in plan.posts
        if post.id in post_ids
        for segment in plan.covered[post.id]
        if segment.is_gap and start <= segment.start < end
    ]
    return sorted(found, key=lambda each: (each[1], each[0].position, each[0].id))


def _by_day(plan: Plan, post: Post, monday: date) -> dict[date, list[Line]]:
    """The lines of a post by the day on which they begin; what is longer is cut at midnight."""
    found: dict[date, list[Line]] = {}
    zone = plan.tenant.zone
    for segment in plan.covered[post.id]:
        for start, end in _cut(plan, segment, monday):
            day = start.astimezone(zone).date()
            if monday <= day < monday + timedelta(days=DAYS):
                _add(found.setdefault(day, []), _line(plan, post, segment, start, end))
    return found


def _cut(plan: Plan, segment: Segment, monday: date) -> list[Stretch]:
    """A night shift stays whole on its first day; who is there for days is so on each of them."""
    whole = (segment.start, segment.end)
    if segment.end - segment.start <= DAY and not segment.is_gap:
        return [whole]
    zone = plan.tenant.zone
    midnights = [
        (moment_of(day, 0, zone), moment_of(day + timedelta(days=1), 0, zone))
        for day in [*list_days(monday - timedelta(days=1)), monday + timedelta(days=DAYS - 1)]
    ]
    return [piece for midnight in midnights for piece in intersect([whole], [midnight])]


def _line(plan: Plan, post: Post, segment: Segment, start: datetime, end: datetime) -> Line:
    duty = segment.duty
    is_first = duty is not None and duty.part is Part.A
    absent = () if is_first else _absent(plan, post, start, end, duty.staff_id if duty else None)
    if duty is None:
        return Line(start, end, None, None, None, absent)
    return Line(start, end, duty.staff_id, _part(plan, post, duty), duty.key, absent)


def _part(plan: Plan, post: Post, duty: Duty) -> Part:
    """As what somebody is there; whoever covers for a leave does so by their place at the post."""
    shift = plan.shifts.get(duty.key or 0)
    if shift is None or shift.leave_id is None:
        return duty.part
    places = {one.staff_id: Part(one.position) for one in plan.serving.get(post.id, ())}
    return places.get(duty.staff_id, duty.part)


def _absent(
    plan: Plan, post: Post, start: datetime, end: datetime, there: int | None
) -> tuple[Absent, ...]:
    """Who was to keep a post before whoever does, and why they do not."""
    found: dict[int, Absent] = {}
    for duty in plan.need_of[post.id].duties:
        if duty.staff_id in found or duty.staff_id == there:
            continue
        if not (duty.start < end and start < duty.end):
            continue
        if intersect([(start, end)], plan.leaves.get(duty.staff_id, ())):
            found[duty.staff_id] = Absent(duty.staff_id, duty.part)
        elif there is None and duty.part in STANDING_BY:
            other = _find_other(plan.turns.get(duty.staff_id, ()), post.id, start, end)
            if other is not None:
                found[duty.staff_id] = Absent(duty.staff_id, duty.part, plan.by_id[other])
    return tuple(found.values())


def _find_other(turns: Iterable[Turn], post_id: int, start: datetime, end: datetime) -> int | None:
    met = (turn.post_id for turn in turns if turn.post_id != post_id and turn.meets(start, end))
    return next(met, None)


def _add(lines: list[Line], line: Line) -> None:
    """Say once who is there in the morning and in the afternoon."""
    last = lines[-1] if lines else None
    if (
        last is not None
        and line.staff_id is not None
        and (last.staff_id, last.part, last.shift_id, last.absent)
        == (line.staff_id, line.part, line.shift_id, line.absent)
    ):
        lines[-1] = Line(last.start, line.end, line.staff_id, line.part, line.shift_id, line.absent)
    else:
        lines.append(line)


def _turns_of(plan: Plan, turns: Iterable[Turn], day: date) -> list[Served]:
    """What somebody keeps from a day on, morning and afternoon at the same post as one."""
    zone = plan.tenant.zone
    begin, finish = moment_of(day, 0, zone), moment_of(day + timedelta(days=1), 0, zone)
    found: list[Served] = []
    for turn in turns:
        start, end = turn.start, turn.end
        if end - start > DAY:
            start, end = max(start, begin), min(end, finish)
        if not begin <= start < finish or start >= end:
            continue
        last = found[-1] if found else None
        if last and last.post is plan.by_id[turn.post_id] and last.part is turn.part:
            found[-1] = Served(last.start, end, last.post, last.part)
        else:
            found.append(Served(start, end, plan.by_id[turn.post_id], turn.part))
    return found


def _leave_of(plan: Plan, staff_id: int, day: date) -> list[Served]:
    zone = plan.tenant.zone
    whole = [(moment_of(day, 0, zone), moment_of(day + timedelta(days=1), 0, zone))]
    return [
        Served(start, end, None) for start, end in intersect(whole, plan.leaves.get(staff_id, ()))
    ]
