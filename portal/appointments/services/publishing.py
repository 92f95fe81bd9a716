"""Publishing slots ahead: each released day once, and again when hours or capacity change."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.models import PublishedDay, Slot
from portal.appointments.planning import Offer, PlannedSlot, plan_day
from portal.appointments.rules import Pool, kept_places_open, release_of
from portal.calendar.queries import Openings, get_openings
from portal.catalog.queries import Offered, list_offered
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

#: Days published in one unit of work, so that a large institution shows progress.
BATCH = 40


def publish_slots(session: Session, now: datetime) -> None:
    """Sweep: publish what is released, and rebuild days whose hours or offers changed."""
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).booking
    today = now.astimezone(tenant.zone).date()
    days = [today + timedelta(days=offset) for offset in range(rules.horizon_days + 2)]
    offered = list_offered(session)
    openings = get_openings(session, tenant.zone, tenant.region)
    standing = {
        (day.service_id, day.local_date): day
        for day in session.scalars(select(PublishedDay).where(PublishedDay.local_date >= today))
    }
    done = 0
    # Also what is offered nowhere any more: its days are rebuilt as closed ones.
    ended = {service_id for service_id, _day in standing if service_id not in offered}
    for service_id in (*offered, *sorted(ended)):
        offers = offered.get(service_id, [])
        for day in days:
            published = standing.get((service_id, day))
            if published.is_current if published is not None else not offers:
                continue
            if done >= BATCH:
                return
            _publish(session, service_id, day, offers, openings, published, rules, tenant, now)
            done += 1


def mark_outdated(session: Session, service_ids: Iterable[int], *, from_day: date) -> None:
    """Have the sweep rebuild the days of services whose hours, posts or capacity changed."""
    session.execute(
        update(PublishedDay)
        .where(PublishedDay.service_id.in_(list(service_ids)), PublishedDay.local_date >= from_day)
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )


def _publish(
    session: Session,
    service_id: int,
    day: date,
    offers: list[Offered],
    openings: Openings,
    published: PublishedDay | None,
    rules: BookingRules,
    tenant: Tenant,
    now: datetime,
) -> None:
    shares = {Pool.COUNTER: rules.counter_share, Pool.PRIORITY: rules.priority_share}
    plan = plan_day(
        [
            Offer(o.post_id, openings.on(o.schedule_id, day), o.slot_minutes, o.capacity)
            for o in offers
        ],
        shares=shares,
        zone=tenant.zone,
    )
    if published is None:
        start = datetime.combine(day, time(), tenant.zone)
        published = PublishedDay(
            service_id=service_id,
            local_date=day,
            from_at=start,
            until_at=datetime.combine(day + timedelta(days=1), time(), tenant.zone),
            published_at=now,
        )
        session.add(published)
    published.closed = _closed(plan, openings, offers, day, tenant.zone)
    published.is_provisional = openings.is_provisional(day)
    published.is_current = True
    _write_slots(session, service_id, published, plan, rules, tenant.zone)
    session.flush()


def _closed(
    plan: list[PlannedSlot], openings: Openings, offers: list[Offered], day: date, zone: ZoneInfo
) -> str:
    """Which half of the day is closed for the whole service: "", "am", "pm" or "all"."""
    if not plan:
        return "all"
    halves = {openings.closed_half(offer.schedule_id, day) for offer in offers}
    return halves.pop() if len(halves) == 1 else ""


def _write_slots(
    session: Session,
    service_id: int,
    published: PublishedDay,
    plan: list[PlannedSlot],
    rules: BookingRules,
    zone: ZoneInfo,
) -> None:
    """Add what is new, withdraw what is no longer planned, never touch a given promise."""
    standing = {
        (slot.post_id, slot.starts_at, slot.pool): slot
        for slot in session.scalars(
            select(Slot)
            .where(
                Slot.service_id == service_id,
                Slot.starts_at >= published.from_at,
                Slot.starts_at < published.until_at,
            )
            .order_by(Slot.id)
            .with_for_update(key_share=True)
        )
    }
    day = published.local_date
    release = release_of(day, rules.horizon_days, rules.release_time, zone)
    kept = kept_places_open(day, rules.share_opens, zone)
    for planned in plan:
        public_from = release if planned.pool is Pool.PUBLIC else max(release, kept)
        slot = standing.pop((planned.post_id, planned.starts_at, str(planned.pool)), None)
        if slot is None:
            slot = Slot(
                service_id=service_id,
                post_id=planned.post_id,
                starts_at=planned.starts_at,
                pool=str(planned.pool),
                booked=0,
            )
            session.add(slot)
        slot.ends_at, slot.public_from = planned.ends_at, public_from
        slot.capacity = max(planned.capacity, slot.booked)
        slot.is_withdrawn = False
    for slot in standing.values():
        slot.is_withdrawn = True
