"""People who wait for a returned place, and what becomes of them."""

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot, cancel_booking
from portal.appointments.services.offers import decline_offer, take_offer
from portal.appointments.services.waiting import join_list
from portal.appointments.waiting_models import Waiting
from portal.core.actor import SYSTEM, Actor
from portal.identity.contacts import Address
from portal.identity.services.contacts import note_contact
from portal.tenancy.settings import BookingRules
from tests.support.world import SHANGHAI, World

RULES = BookingRules()


def today(world: World) -> date:
    return world.now.astimezone(SHANGHAI).date()


def contact(world: World, number: int = 0) -> int:
    """A citizen's number."""
    address = Address("phone", f"+8613812345{number:03d}")
    return world.do(
        lambda s: note_contact(s, address=address, language="zh_Hant", now=world.now).id
    )


def slots_of(world: World, pool: str = "public") -> list[Slot]:
    """Times of the days to come, in order."""
    ahead = select(Slot).where(Slot.pool == pool, Slot.starts_at >= world.now + timedelta(days=1))
    return world.do(lambda s: list(s.scalars(ahead.order_by(Slot.starts_at, Slot.id))))


def person(number: int, priority: str = "") -> Person:
    return Person(name=f"候補{number}", key=f"waiting-{number}", priority=priority)


def joining(
    world: World,
    number: int,
    *,
    contact_id: int | None = None,
    days: tuple[int, int] = (0, 14),
    channel: Channel = Channel.ONLINE,
    priority: str = "",
) -> Callable[[Session], Waiting]:
    """Somebody joins the list of the only service, for days counted from today."""
    contact_id = contact_id or contact(world, number)
    service_id = slots_of(world)[0].service_id
    return lambda session: join_list(
        session,
        service_id=service_id,
        person=person(number, priority),
        contact_id=contact_id,
        channel=channel,
        first_day=today(world) + timedelta(days=days[0]),
        last_day=today(world) + timedelta(days=days[1]),
        rules=RULES,
        zone=SHANGHAI,
        actor=Actor("citizen", contact_id),
        now=world.now,
    )


def booking(
    world: World, slot_id: int, who: Person | None = None, contact_id: int | None = None
) -> Callable[[Session], Booking]:
    """Somebody books at the counter."""
    who = who or Person(name="某人", key=None)
    return lambda session: book_slot(
        session,
        slot_id=slot_id,
        order=Order(who, contact_id, Channel.COUNTER),
        rules=RULES,
        zone=SHANGHAI,
        actor=SYSTEM,
        now=world.now,
    )


def fill(world: World, slot: Slot) -> list[Booking]:
    """Every place of a time is promised."""
    return [world.do(booking(world, slot.id)) for _place in range(slot.capacity)]


def cancelling(world: World, booking_id: int) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        found = session.get_one(Booking, booking_id)
        cancel_booking(
            session,
            booking=found,
            version=found.version,
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=world.now,
        )

    return work


def offers(world: World) -> list[Offer]:
    """All offers, the oldest first."""
    return world.do(lambda s: list(s.scalars(select(Offer).order_by(Offer.id))))


def asked(world: World) -> list[tuple[str, str]]:
    """Who was asked, in order, and what became of it."""
    rows = select(Waiting, Offer.state).join(Offer, Offer.waiting_id == Waiting.id)
    return world.do(
        lambda s: [(w.person_key or "", state) for w, state in s.execute(rows.order_by(Offer.id))]
    )


def states(world: World) -> list[str]:
    """Where the entries stand, the oldest first."""
    return world.do(lambda s: list(s.scalars(select(Waiting.state).order_by(Waiting.id))))


def taking(world: World, offer: Offer) -> Callable[[Session], Booking]:
    return lambda session: take_offer(
        session,
        offer=session.get_one(Offer, offer.id),
        rules=RULES,
        zone=SHANGHAI,
        actor=Actor("citizen", offer.contact_id),
        now=world.now,
    )


def declining(world: World, offer: Offer) -> Callable[[Session], None]:
    return lambda session: decline_offer(
        session,
        offer=session.get_one(Offer, offer.id),
        actor=Actor("citizen", offer.contact_id),
        now=world.now,
    )
