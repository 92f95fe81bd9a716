"""Publishing slots ahead: each released day once, and again when hours or capacity change."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from portal.appointments.cover import Stretch, list_closed
from portal.appointments.models import PublishedDay, Slot
from portal.appointments.planning import Offer, PlannedSlot, make_room, plan_day
from portal.appointments.rules import Pool, kept_places_open, release_of
from portal.calendar.halves import closed_half
from portal.calendar.models import ScheduleRow
from portal.calendar.queries import Openings, get_openings
from portal.catalog.queries import Offered, list_offered
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

#: Days published in one unit of work, so that a large institution shows progress.
BATCH = 40


#: Looked through every minute, nearly always for nothing: so no more of a day than that.
_STANDING = select(
    PublishedDay.service_id, PublishedDay.local_date, PublishedDay.id, PublishedDay.is_current
).where(PublishedDay.local_date >= bindparam("today", type_=PublishedDay.local_date.type))


def publish_slots(session: Session, now: datetime) -> None:
    """Sweep: publish what is released, and rebuild days whose hours or offers changed."""
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).booking
    today = now.astimezone(tenant.zone).date()
    days = [today + timedelta(days=offset) for offset in range(rules.horizon_days + 2)]
    lock_hours(session, for_change=False)
    offered = list_offered(session)
    closed = list_closed(session, now=now)
    openings = get_openings(session, tenant.zone, tenant.region)
    standing = {
        (service_id, day): (day_id, is_current)
        for service_id, day, day_id, is_current in session.execute(_STANDING, {"today": today})
    }
    done = 0
    # Also what is offered nowhere any more: its days are rebuilt as closed ones.
    ended = {service_id for service_id, _day in standing if service_id not in offered}
    for service_id in (*offered, *sorted(ended)):
        offers = offered.get(service_id, [])
        for day in days:
            day_id, is_current = standing.get((service_id, day), (None, not offers))
            if is_current:
                continue
            if done >= BATCH:
                return
            published = session.get(PublishedDay, day_id) if day_id is not None else None
            planned = _plan(day, offers, openings, closed, rules, tenant.zone)
            _publish(session, service_id, day, planned, openings, published, rules, tenant, now)
            done += 1


def lock_hours(session: Session, *, for_change: bool) -> None:
    """Have publishing and changes of hours take turns: what is published follows one of them.

    Publishers share the lock; whoever changes hours waits for them, so that no day which they
    are just publishing is missed, and they wait for the change before they read.
    """
    rows = select(ScheduleRow.id).order_by(ScheduleRow.id)
    session.execute(rows.with_for_update(read=not for_change, key_share=for_change)).all()


def mark_outdated(session: Session, service_ids: Iterable[int], *, from_day: date) -> None:
    """Have the sweep rebuild the days of services whose hours, posts or capacity changed."""
    session.execute(
        update(PublishedDay)
        .where(PublishedDay.service_id.in_(list(service_ids)), PublishedDay.local_date >= from_day)
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )


def _plan(
    day: date,
    offers: list[Offered],
    openings: Openings,
    closed: Mapping[int, list[Stretch]],
    rules: BookingRules,
    zone: ZoneInfo,
) -> list[PlannedSlot]:
    """A service's day; a slot that runs into closed hours of its post is left out."""
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    plan = plan_day(
        [
            Offer(
                o.post_id, openings.between(o.schedule_id, begin, end), o.slot_minutes, o.capacity
            )
            for o in offers
        ],
        shares={Pool.COUNTER: rules.counter_share, Pool.PRIORITY: rules.priority_share},
        zone=zone,
    )
    return [
        slot
        for slot in plan
        if not any(
            start < slot.ends_at and slot.starts_at < until
            for start, until in closed.get(slot.post_id, ())
        )
    ]


def _publish(
    session: Session,
    service_id: int,
    day: date,
    plan: list[PlannedSlot],
    openings: Openings,
    published: PublishedDay | None,
    rules: BookingRules,
    tenant: Tenant,
    now: datetime,
) -> None:
    begin = datetime.combine(day, time(), tenant.zone)
    end = datetime.combine(day + timedelta(days=1), time(), tenant.zone)
    if published is None:
        published = PublishedDay(
            service_id=service_id, local_date=day, from_at=begin, until_at=end, published_at=now
        )
        session.add(published)
    published.closed = closed_half([(slot.starts_at, slot.ends_at) for slot in plan], tenant.zone)
    published.is_provisional = openings.is_provisional(day)
    published.is_current = True
    _write_slots(session, service_id, published, plan, rules, tenant.zone)
    session.flush()


def _write_slots(
    session: Session,
    service_id: int,
    published: PublishedDay,
    plan: list[PlannedSlot],
    rules: BookingRules,
    zone: ZoneInfo,
) -> None:
    """Add what is new, withdraw what is no longer planned, never touch a given promise."""
    standing = _standing(session, service_id, published)
    day = published.local_date
    release = release_of(day, rules.horizon_days, rules.release_time, zone)
    kept = kept_places_open(day, rules.share_opens, zone)
    for (post_id, starts_at, ends_at), planned in _by_time(plan).items():
        slots = standing.pop((post_id, starts_at), {})
        room = make_room(planned, {pool: slot.booked for pool, slot in slots.items()})
        for pool, capacity in room.items():
            slot = slots.get(pool)
            if slot is None:
                if not capacity:
                    continue
                slot = Slot(service_id=service_id, post_id=post_id, pool=str(pool), booked=0)
                slot.starts_at = starts_at
                session.add(slot)
            slot.ends_at, slot.capacity, slot.is_withdrawn = ends_at, capacity, not capacity
            slot.public_from = release if pool is Pool.PUBLIC else max(release, kept)
    for slots in standing.values():
        for slot in slots.values():
            slot.is_withdrawn = True


def _standing(
    session: Session, service_id: int, published: PublishedDay
) -> dict[tuple[int, datetime], dict[Pool, Slot]]:
    """The slots of the day so far, by post and time, then by pool; locked in their order."""
    standing: dict[tuple[int, datetime], dict[Pool, Slot]] = defaultdict(dict)
    for slot in session.scalars(
        select(Slot)
        .where(
            Slot.service_id == service_id,
            Slot.starts_at >= published.from_at,
            Slot.starts_at < published.until_at,
        )
        .order_by(Slot.id)
        .with_for_update(key_share=True)
    ):
        standing[slot.post_id, slot.starts_at][Pool(slot.pool)] = slot
    return standing


def _by_time(
    plan: list[PlannedSlot],
) -> dict[tuple[int, datetime, datetime], dict[Pool, int]]:
    """A plan's places by post and time, then by pool."""
    times: dict[tuple[int, datetime, datetime], dict[Pool, int]] = defaultdict(dict)
    for planned in plan:
        key = (planned.post_id, planned.starts_at, planned.ends_at)
        times[key][planned.pool] = planned.capacity
    return times
