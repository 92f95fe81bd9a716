"""Whether there is a place: the month, the times of a day, the next free time."""

import random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.appointments.models import Hold, PublishedDay, Slot
from portal.appointments.rules import Channel, Pool


@dataclass(frozen=True)
class Asker:
    """For whom places are looked up: which pools are open to them."""

    channel: Channel = Channel.ONLINE
    has_priority: bool = False


@dataclass(frozen=True)
class DayOption:
    """A day of the month view."""

    day: date
    has_place: bool
    #: "", "am", "pm" or "all": what of the day is closed.
    closed: str
    is_provisional: bool


@dataclass(frozen=True)
class TimeOption:
    """A time of a day view: the slot to claim and how many places are left there."""

    slot_id: int
    post_id: int
    starts_at: datetime
    ends_at: datetime
    left: int


def open_to(asker: Asker, now: datetime, slot: Any = Slot) -> ColumnElement[bool]:
    """The slots that this asker may use now: planned, of an open pool, and not yet begun."""
    pools = [slot.public_from <= now]
    if asker.channel is not Channel.ONLINE:
        pools.append(slot.pool.in_((Pool.PUBLIC, Pool.COUNTER)))
    if asker.has_priority:
        pools.append(slot.pool == Pool.PRIORITY)
    return and_(slot.starts_at > now, ~slot.is_withdrawn, or_(*pools))


def list_days(
    session: Session, *, service_id: int, first: date, last: date, asker: Asker, now: datetime
) -> list[DayOption]:
    """The published days from ``first`` to ``last``, each with whether it has a place.

    One statement whatever the number of slots and bookings: per day an EXISTS on the index of
    free places, and one on places that an expired hold still takes.
    """
    free, held = aliased(Slot), aliased(Slot)

    def on_the_day(slot: Any) -> ColumnElement[bool]:
        return and_(
            slot.institution_id == PublishedDay.institution_id,
            slot.service_id == PublishedDay.service_id,
            slot.starts_at >= PublishedDay.from_at,
            slot.starts_at < PublishedDay.until_at,
            open_to(asker, now, slot),
        )

    has_free = select(free.id).where(on_the_day(free), free.booked < free.capacity).exists()
    has_expired = (
        select(held.id)
        .join(Hold, and_(Hold.institution_id == held.institution_id, Hold.slot_id == held.id))
        .where(on_the_day(held), Hold.expires_at <= now)
        .exists()
    )
    rows = session.execute(
        select(
            PublishedDay.local_date,
            or_(has_free, has_expired),
            PublishedDay.closed,
            PublishedDay.is_provisional,
        )
        .where(PublishedDay.service_id == service_id, PublishedDay.local_date.between(first, last))
        .order_by(PublishedDay.local_date)
    )
    return [DayOption(*row) for row in rows]


def list_times(
    session: Session, *, service_id: int, day: date, asker: Asker, now: datetime
) -> list[TimeOption]:
    """The times of a day in order, full ones included with nothing left.

    Rows of several pools and posts at one moment are one time; the slot named is one with a
    place, of a kept pool last.
    """
    expired = (
        select(func.count(Hold.id))
        .where(
            Hold.institution_id == Slot.institution_id,
            Hold.slot_id == Slot.id,
            Hold.expires_at <= now,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Slot.id,
            Slot.post_id,
            Slot.starts_at,
            Slot.ends_at,
            Slot.capacity - Slot.booked + expired,
        )
        .join(
            PublishedDay,
            and_(
                PublishedDay.institution_id == Slot.institution_id,
                PublishedDay.service_id == Slot.service_id,
            ),
        )
        .where(
            Slot.service_id == service_id,
            PublishedDay.local_date == day,
            Slot.starts_at >= PublishedDay.from_at,
            Slot.starts_at < PublishedDay.until_at,
            open_to(asker, now),
        )
        .order_by(Slot.starts_at, case((Slot.pool == Pool.PUBLIC, 0), else_=1), Slot.id)
    )
    times: dict[datetime, TimeOption] = {}
    for slot_id, post_id, starts_at, ends_at, left in rows:
        known = times.get(starts_at)
        if known is None:
            times[starts_at] = TimeOption(slot_id, post_id, starts_at, ends_at, max(0, left))
        elif left > 0:
            chosen = known if known.left else TimeOption(slot_id, post_id, starts_at, ends_at, 0)
            times[starts_at] = TimeOption(
                chosen.slot_id, chosen.post_id, starts_at, chosen.ends_at, known.left + left
            )
    return list(times.values())


def list_alike(session: Session, *, slot_id: int, asker: Asker, now: datetime) -> list[Slot]:
    """The slots of the same service and moment that have a place, in an order left to chance.

    Those where somebody has one already come later, those of a kept pool last. A place that an
    expired hold still takes counts.
    """
    chosen = aliased(Slot)
    has_expired = (
        select(Hold.id)
        .where(
            Hold.institution_id == Slot.institution_id,
            Hold.slot_id == Slot.id,
            Hold.expires_at <= now,
        )
        .exists()
    )
    found = list(
        session.scalars(
            select(Slot)
            .join(
                chosen,
                and_(
                    chosen.institution_id == Slot.institution_id,
                    chosen.service_id == Slot.service_id,
                    chosen.starts_at == Slot.starts_at,
                ),
            )
            .where(
                chosen.id == slot_id,
                open_to(asker, now),
                or_(Slot.booked < Slot.capacity, has_expired),
            )
        )
    )
    random.shuffle(found)
    return sorted(found, key=lambda slot: (slot.pool != Pool.PUBLIC, slot.booked > 0))


def find_next_time(
    session: Session, *, service_id: int, asker: Asker, now: datetime
) -> datetime | None:
    """The earliest free time of a service."""
    return session.scalar(
        select(Slot.starts_at)
        .where(Slot.service_id == service_id, Slot.booked < Slot.capacity, open_to(asker, now))
        .order_by(Slot.starts_at)
        .limit(1)
    )


def list_next_times(
    session: Session, *, service_ids: list[int], asker: Asker, now: datetime
) -> dict[int, datetime]:
    """The earliest free time of each of several services, in one statement."""
    rows = session.execute(
        select(Slot.service_id, func.min(Slot.starts_at))
        .where(Slot.service_id.in_(service_ids), Slot.booked < Slot.capacity, open_to(asker, now))
        .group_by(Slot.service_id)
    )
    return dict(rows.all())
