"""Reads for the figures of appointments (RP-08): counted by the database, opened into rows."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, literal, select, true
from sqlalchemy.orm import Session, aliased

from portal.appointments.breach_models import Breach, BreachSettlement
from portal.appointments.figures_rules import FIGURES, Counts, Notice, Outcome
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import State
from portal.calendar.spans import Span
from portal.catalog.models import Post
from portal.core.listing import PAGE, Listing, page_of
from portal.core.local_sql import local_days_before, local_hour


@dataclass(frozen=True)
class Scope:
    """Whose bookings are counted, of which days, seen from which moment."""

    span: Span
    zone: ZoneInfo
    now: datetime
    #: The units whose posts count; None: all of them.
    units: frozenset[int] | None = None
    #: The one post that counts.
    post_id: int | None = None


@dataclass(frozen=True)
class Choice:
    """Which of the counted bookings a figure opens."""

    figure: str = "booked"
    hour: int | None = None
    notice: Notice | None = None


@dataclass(frozen=True)
class Tally:
    """What became of the bookings of some days, some posts and some hours."""

    by_day: Mapping[date, Counts]
    by_post: Mapping[int, Counts]
    #: By post and local hour, the cancelled ones left out.
    load: Mapping[tuple[int, int], int]
    #: By days between booking and appointment.
    notice: Mapping[int, int]
    counts: Counts = field(default_factory=dict)


@dataclass(frozen=True)
class Counted:
    """A promised time that a figure counts, and what became of it."""

    booking: Booking
    post_id: int
    starts_at: datetime
    outcome: Outcome


@dataclass(frozen=True)
class _Promises:
    """Where promised times stand: bookings as they are, and what was broken before a move."""

    #: Booking, or Breach.
    model: Any
    booking_id: Any
    outcome: ColumnElement[str]
    where: ColumnElement[bool]
    hour: ColumnElement[int]
    days_ahead: ColumnElement[int]


def count_bookings(
    session: Session, scope: Scope, *, posts: Collection[int] | None = None
) -> Tally:
    """All that is counted of a scope; ``posts`` limits those that are told apart."""
    by_day: dict[date, dict[Outcome, int]] = defaultdict(lambda: defaultdict(int))
    by_post: dict[int, dict[Outcome, int]] = defaultdict(lambda: defaultdict(int))
    counts: dict[Outcome, int] = defaultdict(int)
    load: dict[tuple[int, int], int] = defaultdict(int)
    notice: dict[int, int] = defaultdict(int)
    for promises in _promises(scope):
        model, outcome = promises.model, promises.outcome.label("became")
        number = func.count(model.id)
        days = select(model.local_date, outcome, number).where(promises.where)
        for day, code, count in session.execute(days.group_by(model.local_date, "became")):
            by_day[day][Outcome(code)] += count
            counts[Outcome(code)] += count
        hours = select(model.post_id, promises.hour.label("hour"), outcome, number)
        hours = hours.where(promises.where)
        if posts is not None:
            hours = hours.where(model.post_id.in_(posts))
        grouped = hours.group_by(model.post_id, "hour", "became")
        for post_id, hour, code, count in session.execute(grouped):
            by_post[post_id][Outcome(code)] += count
            if code != Outcome.CANCELLED:
                load[post_id, hour] += count
        ahead = select(promises.days_ahead.label("ahead"), number).where(promises.where)
        for days_ahead, count in session.execute(ahead.group_by("ahead")):
            notice[days_ahead] += count
    return Tally(by_day, by_post, load, notice, counts)


def list_counted(session: Session, scope: Scope, choice: Choice, *, page: int) -> Listing[Counted]:
    """A page of the very promises that a figure counts, in order of time.

    What was broken before the person took another time comes last.
    """
    chosen = [
        (promises, and_(promises.where, _choose(promises, choice))) for promises in _promises(scope)
    ]
    totals = [
        session.scalar(select(func.count(promises.model.id)).where(where)) or 0
        for promises, where in chosen
    ]
    window = page_of(range(sum(totals)), page)
    found: list[Any] = []
    skipped = (window.page - 1) * PAGE
    for (promises, where), count in zip(chosen, totals, strict=True):
        model = promises.model
        rows = (
            select(promises.booking_id, model.post_id, model.starts_at, promises.outcome)
            .where(where)
            .order_by(model.starts_at, model.id)
            .offset(min(skipped, count))
            .limit(PAGE - len(found))
        )
        found += session.execute(rows)
        skipped = max(0, skipped - count)
    if not found:
        return Listing([], window.page, window.total)
    wanted = select(Booking).where(Booking.id.in_({row[0] for row in found}))
    bookings = {booking.id: booking for booking in session.scalars(wanted)}
    counted = [Counted(bookings[key], post, at, Outcome(code)) for key, post, at, code in found]
    return Listing(counted, window.page, window.total)


def _choose(promises: _Promises, choice: Choice) -> ColumnElement[bool]:
    outcomes = FIGURES[choice.figure]
    conditions: list[ColumnElement[bool]] = [true()]
    if len(outcomes) < len(Outcome):
        conditions.append(promises.outcome.in_([str(each) for each in sorted(outcomes)]))
    if choice.hour is not None:
        conditions.append(promises.hour == choice.hour)
    if choice.notice is not None:
        conditions.append(promises.days_ahead >= choice.notice.least)
        if choice.notice.most is not None:
            conditions.append(promises.days_ahead <= choice.notice.most)
    return and_(*conditions)


def list_next_free(
    session: Session, post_ids: Sequence[int], *, now: datetime
) -> dict[int, datetime]:
    """The earliest time at each of some posts that anybody may still book; one statement."""
    free = (
        select(Slot.starts_at)
        .where(
            Slot.post_id == Post.id,
            Slot.starts_at > now,
            Slot.public_from <= now,
            Slot.booked < Slot.capacity,
            ~Slot.is_withdrawn,
        )
        .order_by(Slot.starts_at)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(select(Post.id, free).where(Post.id.in_(post_ids), free.is_not(None)))
    return dict(rows.all())


def _promises(scope: Scope) -> Sequence[_Promises]:
    zone = literal(scope.zone.key)
    return [
        _Promises(
            Booking,
            Booking.id,
            _outcome(scope.now),
            _within(scope, Booking),
            local_hour(Booking.starts_at, zone),
            local_days_before(Booking.created_at, Booking.local_date, zone),
        ),
        _Promises(
            Breach,
            Breach.booking_id,
            literal(str(Outcome.BROKEN)),
            and_(
                _within(scope, Breach),
                Breach.slot_id != _of_booking(Booking.slot_id),
                ~_is_settled(Breach),
            ),
            local_hour(Breach.starts_at, zone),
            local_days_before(_of_booking(Booking.created_at), Breach.local_date, zone),
        ),
    ]


def _of_booking(column: Any) -> Any:
    """What stands at the booking of a breach; asked breach by breach, of which there are few."""
    return (
        select(column)
        .where(Booking.institution_id == Breach.institution_id, Booking.id == Breach.booking_id)
        .correlate(Breach)
        .scalar_subquery()
    )


def _within(scope: Scope, model: type[Booking] | type[Breach]) -> ColumnElement[bool]:
    """The promises of a scope: post by post, as the index of a post's days has them."""
    posts = select(Post.id)
    if scope.units is not None:
        posts = posts.where(Post.unit_id.in_(sorted(scope.units)))
    if scope.post_id is not None:
        posts = posts.where(Post.id == scope.post_id)
    return and_(
        model.post_id.in_(posts), model.local_date.between(scope.span.first, scope.span.last)
    )


def _is_settled(breach: Any) -> ColumnElement[bool]:
    """Whether the citizen took another time instead, by own device."""
    return (
        select(BreachSettlement.id)
        .where(
            BreachSettlement.institution_id == breach.institution_id,
            BreachSettlement.breach_id == breach.id,
        )
        .exists()
    )


def _outcome(now: datetime) -> ColumnElement[str]:
    """What became of a booking, as ``figures_rules.outcome_of`` says it."""
    breach = aliased(Breach)
    is_broken = (
        select(breach.id)
        .where(
            breach.institution_id == Booking.institution_id,
            breach.booking_id == Booking.id,
            breach.slot_id == Booking.slot_id,
            ~_is_settled(breach),
        )
        .exists()
    )
    return case(
        (is_broken, str(Outcome.BROKEN)),
        (Booking.state.in_((State.SERVING, State.DONE)), str(Outcome.KEPT)),
        (Booking.state == State.NO_SHOW, str(Outcome.NO_SHOW)),
        (Booking.state == State.CANCELLED, str(Outcome.CANCELLED)),
        (Booking.ends_at > now, str(Outcome.OPEN)),
        else_=str(Outcome.LAPSED),
    )
