"""Whether there is a place: the month, the times of a day, the next free time."""

import random
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
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
    starts_at: datetime
    left: int


def open_to(
    asker: Asker, now: datetime | BindParameter[datetime], slot: Any = Slot
) -> ColumnElement[bool]:
    """The slots that this asker may use now: planned, of an open pool, and not yet begun."""
    return and_(slot.starts_at > now, _offered_to(asker, now, slot))


def _offered_to(
    asker: Asker, now: datetime | BindParameter[datetime], slot: Any
) -> ColumnElement[bool]:
    pools = [slot.public_from <= now]
    if asker.channel is not Channel.ONLINE:
        pools.append(slot.pool.in_((Pool.PUBLIC, Pool.COUNTER)))
    if asker.has_priority:
        pools.append(slot.pool == Pool.PRIORITY)
    return and_(~slot.is_withdrawn, or_(*pools))


def list_days(
    session: Session, *, service_id: int, first: date, last: date, asker: Asker, now: datetime
) -> list[DayOption]:
    """The published days from ``first`` to ``last``, each with whether it has a place.

    One statement whatever the number of slots and bookings: per day an EXISTS on the index of
    free places, and one on places that an expired hold still takes.
    """
    asked = {"service": service_id, "first": first, "last": last, "now": now}
    return [DayOption(*row) for row in session.execute(_days(asker), asked)]


def list_times(
    session: Session, *, service_id: int, day: date, asker: Asker, now: datetime
) -> list[TimeOption]:
    """The times of a day in order, full ones included with nothing left.

    Slots of several pools and posts at one moment are one time, counted together by the database;
    the slot named is one with a place, of a kept pool last.
    """
    rows = session.execute(_times(asker), {"service": service_id, "day": day, "now": now})
    # PostgreSQL adds up counts as numeric. What has begun is left out here: said in the
    # statement, SQLite would read from now on until that day.
    return [TimeOption(slot, at, int(places)) for slot, at, places in rows if at > now]


@dataclass(frozen=True)
class Alike:
    """A slot that is as good as the one that was chosen."""

    id: int
    service_id: int
    starts_at: datetime
    pool: str
    booked: int
    capacity: int


def list_alike(session: Session, *, slot_id: int, asker: Asker, now: datetime) -> list[Alike]:
    """The slots of the same service and moment that have a place, in an order left to chance.

    Those where somebody has one already come later, those of a kept pool last. A place that an
    expired hold still takes counts.
    """
    found = [Alike(*row) for row in session.execute(_alike(asker), {"slot": slot_id, "now": now})]
    # Said in the statement, SQLite would look through all that begins later.
    found = [slot for slot in found if slot.starts_at > now]
    random.shuffle(found)
    return sorted(found, key=lambda slot: (slot.pool != Pool.PUBLIC, slot.booked > 0))


def find_next_time(
    session: Session, *, service_id: int, asker: Asker, now: datetime
) -> datetime | None:
    """The earliest free time of a service."""
    return session.scalar(_next_time(asker), {"service": service_id, "now": now})


def list_next_times(
    session: Session, *, service_ids: list[int], asker: Asker, now: datetime
) -> dict[int, datetime]:
    """The earliest free time of each of several services, in one statement."""
    asked = {"services": service_ids, "now": now}
    return dict(session.execute(_next_times(asker), asked).all())


# The statements themselves: large, asked at every look, and the same for all askers of a kind.

_NOW = bindparam("now", type_=Slot.starts_at.type)
_DAY = bindparam("day", type_=PublishedDay.local_date.type)


@cache
def _days(asker: Asker) -> Select[date, bool, str, bool]:
    free, held = aliased(Slot), aliased(Slot)

    def on_the_day(slot: Any) -> ColumnElement[bool]:
        return and_(
            slot.institution_id == PublishedDay.institution_id,
            slot.service_id == PublishedDay.service_id,
            slot.starts_at >= PublishedDay.from_at,
            slot.starts_at < PublishedDay.until_at,
            open_to(asker, _NOW, slot),
        )

    has_free = select(free.id).where(on_the_day(free), free.booked < free.capacity).exists()
    expired = select(Hold.slot_id).where(Hold.expires_at <= _NOW)
    has_expired = select(held.id).where(held.id.in_(expired), on_the_day(held)).exists()
    return (
        select(
            PublishedDay.local_date,
            # Unlike OR, this asks SQLite for expired holds only where nothing is free.
            case((has_free, True), else_=has_expired),
            PublishedDay.closed,
            PublishedDay.is_provisional,
        )
        .where(
            PublishedDay.service_id == bindparam("service"),
            PublishedDay.local_date.between(bindparam("first"), bindparam("last")),
        )
        .order_by(PublishedDay.local_date)
    )


@cache
def _times(asker: Asker) -> Select[int, datetime, int]:
    expired = (
        select(Hold.slot_id, func.count(Hold.id).label("places"))
        .where(Hold.expires_at <= _NOW)
        .group_by(Hold.slot_id)
        .subquery()
    )
    left = Slot.capacity - Slot.booked + func.coalesce(expired.c.places, 0)
    named = func.coalesce(
        func.min(case((and_(left > 0, Slot.pool == Pool.PUBLIC), Slot.id))),
        func.min(case((left > 0, Slot.id))),
        func.min(Slot.id),
    )
    # Read once and before the slots, whatever the database believes about their number.
    the_day = PublishedDay.service_id == bindparam("service"), PublishedDay.local_date == _DAY
    begin = select(PublishedDay.from_at).where(*the_day).scalar_subquery()
    end = select(PublishedDay.until_at).where(*the_day).scalar_subquery()
    return (
        select(named, Slot.starts_at, func.sum(left))
        .outerjoin(expired, expired.c.slot_id == Slot.id)
        .where(
            Slot.service_id == bindparam("service"),
            Slot.starts_at >= begin,
            Slot.starts_at < end,
            _offered_to(asker, _NOW, Slot),
        )
        .group_by(Slot.starts_at)
        .order_by(Slot.starts_at)
    )


@cache
def _alike(asker: Asker) -> Select[int, int, datetime, str, int, int]:
    chosen = aliased(Slot)
    expired = select(Hold.slot_id).where(Hold.expires_at <= _NOW)
    return (
        select(Slot.id, Slot.service_id, Slot.starts_at, Slot.pool, Slot.booked, Slot.capacity)
        .join(
            chosen,
            and_(
                chosen.institution_id == Slot.institution_id,
                chosen.service_id == Slot.service_id,
                chosen.starts_at == Slot.starts_at,
            ),
        )
        .where(
            chosen.id == bindparam("slot"),
            _offered_to(asker, _NOW, Slot),
            or_(Slot.booked < Slot.capacity, Slot.id.in_(expired)),
        )
    )


@cache
def _next_time(asker: Asker) -> Select[datetime]:
    return (
        select(Slot.starts_at)
        .where(
            Slot.service_id == bindparam("service"),
            Slot.booked < Slot.capacity,
            open_to(asker, _NOW),
        )
        .order_by(Slot.starts_at)
        .limit(1)
    )


@cache
def _next_times(asker: Asker) -> Select[int, datetime]:
    return (
        select(Slot.service_id, func.min(Slot.starts_at))
        .where(
            Slot.service_id.in_(bindparam("services", expanding=True)),
            Slot.booked < Slot.capacity,
            open_to(asker, _NOW),
        )
        .group_by(Slot.service_id)
    )
