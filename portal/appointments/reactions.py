"""What appointments do when something they rest on changes or is about to."""

from datetime import date, datetime, time, timedelta
from functools import cache

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.queries import count_live_of_post
from portal.appointments.rules import State
from portal.appointments.services.publishing import mark_outdated
from portal.calendar.events import CoverageEvent, HoursEvent, coverage_changing, hours_changed
from portal.calendar.models import ScheduleRow
from portal.catalog.events import OffersEvent, PostClosing, offers_changed, post_closing
from portal.catalog.models import Offering, Post
from portal.tenancy.queries import get_tenant

Stretch = tuple[datetime, datetime]


@offers_changed.connect
def rebuild_services(event: OffersEvent) -> None:
    """Have the days of services published anew whose offers changed."""
    today = event.now.astimezone(get_tenant(event.session).zone).date()
    mark_outdated(event.session, event.service_ids, from_day=today)


@post_closing.connect
def count_hanging(question: PostClosing) -> int:
    """How many people are still expected at a post."""
    return count_live_of_post(question.session, question.post_id, now=question.now)


@hours_changed.connect
def rebuild_days(event: HoursEvent) -> None:
    """Have the days of services whose posts keep these hours published anew."""
    session = event.session
    services = select(Offering.service_id).join(Post, Post.id == Offering.post_id).distinct()
    if event.schedule_id is not None:
        default_id = session.scalar(select(ScheduleRow.id).where(ScheduleRow.is_default))
        services = services.where(_keeps(event.schedule_id, default_id))
    today = event.now.astimezone(get_tenant(session).zone).date()
    mark_outdated(session, session.scalars(services), from_day=today)


@coverage_changing.connect
def count_uncovered(event: CoverageEvent) -> int:
    """How many people still expected would come while their post is closed."""
    zone = get_tenant(event.session).zone

    @cache
    def open_around(schedule_id: int | None, day: date) -> list[Stretch]:
        """Also what began the day before, as a night shift does."""
        begin = datetime.combine(day, time(), zone)
        end = datetime.combine(day + timedelta(days=2), time(), zone)
        return event.openings.between(schedule_id, begin, end)

    return sum(
        count
        for schedule_id, day, start, end, count in _expected(event.session, event)
        if not any(
            opening <= start and end <= closing
            for opening, closing in open_around(schedule_id, day)
        )
    )


def _expected(
    session: Session, event: CoverageEvent
) -> list[tuple[int | None, date, datetime, datetime, int]]:
    """Bookings still to come on the days that change, counted by post's hours and time."""
    columns = (Post.schedule_id, Booking.local_date, Booking.starts_at, Booking.ends_at)
    posts = select(Post.id)
    if event.schedule_id is not None:
        posts = posts.where(_keeps(event.schedule_id, event.openings.default_id))
    query = (
        select(*columns, func.count(Booking.id))
        .join(Post, Post.id == Booking.post_id)
        .where(
            # Post by post, as the index of bookings has them.
            Booking.post_id.in_(posts),
            Booking.state == str(State.BOOKED),
            Booking.local_date >= event.from_day,
            Booking.ends_at > event.now,
        )
        .group_by(*columns)
    )
    if event.until_day is not None:
        query = query.where(Booking.local_date <= event.until_day)
    return list(session.execute(query))


def _keeps(schedule_id: int, default_id: int | None) -> ColumnElement[bool]:
    """Whether a post keeps these hours; one that names none keeps the institution's own."""
    named = Post.schedule_id == schedule_id
    return or_(named, Post.schedule_id.is_(None)) if schedule_id == default_id else named
