"""A town with two windows for one service, somebody who may close one, and people booked there."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.appointments.services.closing import close_hours_of_post
from portal.appointments.services.settling import SETTLING
from portal.catalog.models import Offering, Post, Service
from portal.core.actor import SYSTEM
from portal.core.worker import Worker
from portal.identity.contacts import Address, person_key
from portal.identity.models import Unit
from portal.identity.services.contacts import note_contact
from portal.tenancy.settings import BookingRules
from tests.support.world import SHANGHAI, World, add_staff, furnish, local

#: A Wednesday, two days after every test begins.
DAY = date(2026, 11, 25)
REASON = {"zh_Hant": "停水", "zh_Hans": "停水", "en": "No water"}
PERMISSIONS = [
    "appointments.closure.make",
    "appointments.booking.serve",
    "calendar.hours.edit",
    "catalog.post.edit",
]


def two_windows(world: World, *, capacity: int = 2) -> None:
    """Windows 3 and 5 serve the same service every half hour; H1 may close them."""
    furnish(world, capacity=capacity)
    add_staff(world, "H1", PERMISSIONS)

    def build(session: Session) -> None:
        unit = session.scalars(select(Unit)).one()
        service = session.scalars(select(Service)).one()
        name = {"zh_Hant": "五號窗口", "zh_Hans": "五号窗口", "en": "Window 5"}
        post = Post(unit_id=unit.id, code="w5", name=name, plate="5", position=5)
        session.add(post)
        session.flush()
        session.add(
            Offering(service_id=service.id, post_id=post.id, slot_minutes=30, capacity=capacity)
        )

    world.do(build)
    world.publish()


def post_of(session: Session, code: str) -> Post:
    """A window by its code."""
    return session.scalars(select(Post).where(Post.code == code)).one()


def book(
    world: World,
    at: datetime,
    *,
    who: str = "張麗華",
    phone: str = "+8613812345678",
    code: str = "w3",
    priority: str = "",
) -> Booking:
    """Somebody books a time at a window; without a phone nobody can reach them."""

    def make(session: Session) -> Booking:
        contact = None
        if phone:
            contact = note_contact(
                session, address=Address("phone", phone), language="en", now=world.now
            )
        slot = session.scalars(
            select(Slot)
            .where(
                Slot.starts_at == at,
                Slot.post_id == post_of(session, code).id,
                Slot.booked < Slot.capacity,
                Slot.pool != "priority",
            )
            .order_by(Slot.id)
        ).first()
        assert slot is not None, f"no place at {at}"
        key = person_key(id_number=None, contact=phone or None, name=who)
        return book_slot(
            session,
            slot_id=slot.id,
            order=Order(
                Person(who, key, language="en", priority=priority),
                contact_id=contact.id if contact else None,
                channel=Channel.COUNTER,
            ),
            rules=BookingRules(),
            zone=SHANGHAI,
            actor=SYSTEM,
            now=world.now,
        )

    return world.do(make)


def close_afternoon(world: World, day: date = DAY, *, code: str = "w3") -> int:
    """Window 3 closes for an afternoon; the id of the closure."""
    return close(world, local(day, 12), local(day, 23, 59), code=code)


def close(world: World, from_at: datetime, until_at: datetime, *, code: str = "w3") -> int:
    """A window closes for a stretch of time; the id of the closure."""

    def act(session: Session) -> int:
        return close_hours_of_post(
            session,
            post=post_of(session, code),
            from_at=from_at,
            until_at=until_at,
            reason=REASON,
            actor=SYSTEM,
            now=world.now,
        ).id

    return world.do(act)


def settle_all(world: World, *, name: str = "settler") -> None:
    """Have the worker do what is planned."""
    worker = Worker(
        world.app,
        deliveries=(SETTLING,),
        sweeps=(),
        name=name,
        list_institutions=lambda: [world.id],
    )
    while worker.run_once():
        pass


def fates(world: World) -> list[tuple[str, str]]:
    """What became of each booking that was hit, and what its person says."""

    def read(session: Session) -> list[tuple[str, str]]:
        rows = session.scalars(select(ClosedBooking).order_by(ClosedBooking.id))
        return [(row.state, row.answer) for row in rows]

    return world.do(read)


def read(world: World, work: Callable[[Session], Any]) -> Any:
    """Look something up."""
    return world.do(work, is_read_only=True)


def closures(world: World) -> list[Closure]:
    """All closures, the oldest first."""
    return world.do(lambda session: list(session.scalars(select(Closure).order_by(Closure.id))))


def find_wrong(world: World) -> list[str]:
    """What must never be: a slot whose count is not that of its bookings and holds, or too many."""

    def count(session: Session) -> list[str]:
        held = select(Hold.slot_id, func.count()).group_by(Hold.slot_id)
        booked = (
            select(Booking.slot_id, func.count())
            .where(Booking.state != "cancelled", ~Booking.is_overbooked)
            .group_by(Booking.slot_id)
        )
        there: Counter[int] = Counter()
        for rows in (held, booked):
            there.update(dict(session.execute(rows).all()))
        slots = session.execute(select(Slot.id, Slot.booked))
        return [
            f"slot {slot_id}: {counted} counted, {there[slot_id]} there"
            for slot_id, counted in slots
            if counted != there[slot_id]
        ]

    return world.do(count, is_read_only=True)
