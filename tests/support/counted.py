"""An invented history of bookings at several windows, for what is counted of it."""

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach, BreachSettlement
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import State
from portal.catalog.models import Post, Service
from portal.identity.models import RoleAssignment, Unit
from tests.support.world import World

#: The two windows of the second unit.
NAMES = ("=HYPERLINK(1)", "Window 5")


def add_unit(session: Session) -> list[int]:
    """A second unit with two windows, one named like a formula."""
    unit = Unit(code="annex", name={"en": "Annex"})
    session.add(unit)
    session.flush()
    posts = [
        Post(unit_id=unit.id, code=f"n{n}", name={"en": name, "zh_Hant": name}, plate=str(n))
        for n, name in enumerate(NAMES)
    ]
    session.add_all(posts)
    session.flush()
    return [post.id for post in posts]


def add_history(
    session: Session, random: Random, *, zone: ZoneInfo, first: date, days: int, count: int
) -> None:
    """Bookings in all states at all windows, some of them noted by nobody."""
    posts = [post.id for post in session.query(Post).order_by(Post.id)]
    service_id = session.query(Service.id).order_by(Service.id).limit(1).scalar()
    at = datetime(2026, 1, 1, tzinfo=zone)
    kept = {slot.post_id: slot for slot in session.query(Slot).filter_by(starts_at=at)}
    slots = {
        post_id: kept.get(post_id)
        or Slot(
            service_id=service_id,
            post_id=post_id,
            starts_at=at,
            ends_at=at,
            pool="public",
            public_from=at,
            capacity=1,
        )
        for post_id in posts
    }
    session.add_all(slots.values())
    session.flush()
    for number in range(count):
        post_id, day = random.choice(posts), first + timedelta(days=random.randrange(days))
        local = datetime.combine(day, datetime.min.time(), zone)
        starts = local + timedelta(minutes=30 * random.randrange(48))
        created = starts - timedelta(hours=random.choice([1, 5, 20, 30, 50, 100, 250, 400, 700]))
        booking = Booking(
            reference=f"{random.choice('HKLM')}{random.randrange(10**6):06d}",
            service_id=service_id,
            post_id=post_id,
            slot_id=slots[post_id].id,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=30),
            local_date=day,
            state=random.choice([*State, State.DONE, State.DONE]),
            channel="counter",
            name="歐陽曉晴",
            language="zh_Hant",
            is_overbooked=True,
            created_at=created,
        )
        session.add(booking)
        session.flush()
        if number % 7 == 0:
            break_promise(session, booking, booking.slot_id, is_settled=number % 14 == 0)
        others = [slot.id for slot in slots.values() if slot.id != booking.slot_id]
        if others and number % 11 == 0:
            break_promise(session, booking, others[0], is_settled=number % 33 == 0, days=2)
    session.flush()


def break_promise(
    session: Session, booking: Booking, slot_id: int, *, is_settled: bool, days: int = 0
) -> None:
    """The time that the booking has, or one that it had some days before, was broken."""
    slot, back = session.get_one(Slot, slot_id), timedelta(days=days)
    breach = Breach(
        booking_id=booking.id,
        slot_id=slot_id,
        service_id=booking.service_id,
        post_id=slot.post_id,
        local_date=booking.local_date - back,
        starts_at=booking.starts_at - back,
        ends_at=booking.ends_at - back,
        arrived_at=booking.starts_at - back,
        arrival_minutes=10,
        start_minutes=10,
        recorded_at=booking.ends_at,
    )
    session.add(breach)
    session.flush()
    if is_settled:
        session.add(
            BreachSettlement(breach_id=breach.id, booking_id=booking.id, settled_at=booking.ends_at)
        )


def limit_to_unit(world: World, staff_id: int, code: str) -> None:
    """Have somebody's role hold for one unit only."""

    def bind(session: Session) -> None:
        unit = session.query(Unit).filter_by(code=code).one()
        session.query(RoleAssignment).filter_by(staff_id=staff_id).one().unit_id = unit.id

    world.do(bind)
