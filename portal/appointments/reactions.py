"""What appointments do when something they rest on changes or is about to."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.closure_rules import ClosureKind
from portal.appointments.cover import (
    Cover,
    PostHours,
    Scope,
    list_hits,
    posts_keeping,
    read_cover,
)
from portal.appointments.models import PublishedDay
from portal.appointments.queries import list_bookings
from portal.appointments.services.closing import follow_change
from portal.appointments.services.publishing import lock_hours, mark_outdated
from portal.calendar.affected import Affected, AffectedPerson
from portal.calendar.events import CoverageEvent, HoursEvent, coverage_changing, hours_changed
from portal.catalog.events import (
    ClosedDaysAsked,
    OffersEvent,
    PostChanged,
    PostChanging,
    closed_days_asked,
    offers_changed,
    post_changed,
    post_changing,
)
from portal.catalog.models import Offering
from portal.catalog.queries import list_service_names
from portal.core.listing import Listing, page_of
from portal.tenancy.queries import get_tenant
from portal.web.masks import mask_name


@offers_changed.connect
def rebuild_services(event: OffersEvent) -> None:
    """Have the days of services published anew whose offers changed."""
    lock_hours(event.session, for_change=True)
    mark_outdated(event.session, event.service_ids, from_day=_today(event.session, event.now))


@hours_changed.connect
def follow_hours(event: HoursEvent) -> None:
    """Publish the days anew, and settle who is booked outside the new hours."""
    session = event.session
    lock_hours(session, for_change=True)
    cover = read_cover(session, get_tenant(session), now=event.now)
    posts = posts_keeping(cover, event.schedule_id)
    services = select(Offering.service_id).where(Offering.post_id.in_(posts)).distinct()
    mark_outdated(session, session.scalars(services), from_day=_today(session, event.now))
    follow_change(
        session,
        kind=ClosureKind.HOURS,
        scope=Scope(posts, event.from_day, event.until_day),
        post_id=None,
        reason=event.reason,
        actor=event.actor,
        now=event.now,
    )


@post_changed.connect
def follow_post(event: PostChanged) -> None:
    """Settle who is booked at a post that closed or keeps other hours."""
    follow_change(
        event.session,
        kind=ClosureKind.POST,
        scope=Scope(frozenset({event.post_id}), _today(event.session, event.now)),
        post_id=event.post_id,
        reason={},
        actor=event.actor,
        now=event.now,
    )


@coverage_changing.connect
def list_uncovered(event: CoverageEvent) -> Affected:
    """Who is still expected and would come while their post is closed."""
    session = event.session
    cover = read_cover(session, get_tenant(session), now=event.now).with_openings(event.openings)
    scope = Scope(posts_keeping(cover, event.schedule_id), event.from_day, event.until_day)
    return list_affected(session, cover, scope, page=event.page, now=event.now)


@closed_days_asked.connect
def list_published_as_closed(question: ClosedDaysAsked) -> list[tuple[date, str]]:
    """The days of a service that are published as closed, or half of them."""
    rows = question.session.execute(
        select(PublishedDay.local_date, PublishedDay.closed).where(
            PublishedDay.service_id == question.service_id,
            PublishedDay.local_date.between(question.from_day, question.until_day),
            PublishedDay.closed != "",
        )
    )
    return [(day, closed) for day, closed in rows]


@post_changing.connect
def list_hanging(question: PostChanging) -> Affected:
    """Who is still expected at a post that is about to close or to keep other hours."""
    session = question.session
    cover = read_cover(session, get_tenant(session), now=question.now).with_post(
        question.post_id, PostHours(question.schedule_id, question.is_active)
    )
    scope = Scope(frozenset({question.post_id}), _today(session, question.now))
    return list_affected(session, cover, scope, page=question.page, now=question.now)


def list_affected(
    session: Session, cover: Cover, scope: Scope, *, page: int, now: datetime
) -> Affected:
    """Whom it would hit if these were the hours, and one page of them."""
    hits = list_hits(session, cover, scope, now=now)
    listing = page_of(hits, page)
    bookings = list_bookings(session, [hit.booking_id for hit in listing.rows])
    names = list_service_names(session, sorted({each.service_id for each in bookings.values()}))
    people = [
        AffectedPerson(
            at=hit.starts_at,
            name=mask_name(bookings[hit.booking_id].name or ""),
            what=names[bookings[hit.booking_id].service_id],
            is_reachable=hit.is_reachable,
        )
        for hit in listing.rows
    ]
    unreachable = sum(not hit.is_reachable for hit in hits)
    return Affected(Listing(people, listing.page, listing.total), unreachable)


def _today(session: Session, now: datetime) -> date:
    return now.astimezone(get_tenant(session).zone).date()
