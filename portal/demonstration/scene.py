"""What all who invent the demonstration's days have at hand."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel, Pool, Priority, State
from portal.appointments.services.bookings import Order, Person, Promise, book_slot
from portal.catalog.models import PostStaff, Service
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.demonstration.people import (
    LATIN,
    PROMISES,
    invent_email,
    invent_id,
    invent_name,
    invent_phone,
)
from portal.identity.contacts import Address, person_key
from portal.identity.services.contacts import note_contact
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

#: The claims to priority that are made now and then.
CLAIMS = (Priority.ELDERLY, Priority.ELDERLY, Priority.DISABLED, Priority.PREGNANT)


@dataclass(frozen=True)
class Scene:
    """One institution at one moment, with the dice."""

    session: Session
    random: Random
    now: datetime
    tenant: Tenant
    rules: BookingRules
    services: dict[int, Service]
    clerks: dict[int, Actor]
    slots: list[Slot]
    #: Posts at which somebody is being served right now.
    busy: set[int]

    @property
    def today(self) -> date:
        """The institution's day."""
        return self.day_of(self.now)

    def day_of(self, at: datetime) -> date:
        """The day of a moment, there."""
        return at.astimezone(self.tenant.zone).date()

    def happens(self, percent: int) -> bool:
        """Whether something happens that happens so often."""
        return self.random.randrange(100) < percent


def set_scene(session: Session, *, random: Random, now: datetime) -> Scene:
    """Read once what is needed throughout."""
    tenant = get_tenant(session)
    first = select(PostStaff).where(PostStaff.position == "A")
    return Scene(
        session=session,
        random=random,
        now=now,
        tenant=tenant,
        rules=get_settings(session, tenant, at=now).booking,
        services={service.id: service for service in session.scalars(select(Service))},
        clerks={row.post_id: Actor("staff", row.staff_id) for row in session.scalars(first)},
        slots=list(session.scalars(select(Slot).order_by(Slot.starts_at, Slot.id))),
        busy=set(session.scalars(select(Booking.post_id).where(Booking.state == State.SERVING))),
    )


def book(
    scene: Scene,
    slot: Slot,
    *,
    at: datetime,
    channel: Channel,
    promise: Promise | None = None,
    name: str | None = None,
) -> Booking | None:
    """Somebody books a place of a slot; None when the rules refuse."""
    random = scene.random
    name = name or invent_name(random)
    is_mail = scene.happens(15)
    address = (
        Address("email", invent_email(random))
        if is_mail
        else Address("phone", invent_phone(random))
    )
    language = "en" if name in LATIN else random.choice(("zh_Hant", "zh_Hant", "zh_Hans"))
    contact = note_contact(scene.session, address=address, language=language, now=at)
    contact.verified_at = at if channel is Channel.ONLINE else None
    needs_id = scene.services[slot.service_id].asks_id_number
    id_number = invent_id(random) if needs_id else None
    has_claim = slot.pool == Pool.PRIORITY or scene.happens(8)
    person = Person(
        name=name,
        key=person_key(id_number=id_number, contact=address.value, name=name),
        id_number=id_number,
        is_for_other=scene.happens(10),
        priority=random.choice(CLAIMS) if has_claim else Priority.NONE,
        language=language,
    )
    order = Order(
        person=person, contact_id=contact.id, channel=channel, promise=promise or Promise()
    )
    is_online = channel is Channel.ONLINE
    try:
        # Whoever is refused leaves nothing behind.
        with scene.session.begin_nested():
            return book_slot(
                scene.session,
                slot_id=slot.id,
                order=order,
                rules=scene.rules,
                zone=scene.tenant.zone,
                actor=Actor("citizen", contact.id) if is_online else scene.clerks[slot.post_id],
                now=at,
            )
    except DomainError:
        return None


def book_next(scene: Scene, *, service_id: int, name: str | None, at: datetime) -> Booking | None:
    """The next appointment that a window gives, with what will be done then."""
    ahead = [
        slot
        for slot in scene.slots
        if slot.service_id == service_id
        and slot.pool != Pool.PRIORITY
        and scene.day_of(slot.starts_at) > scene.today
        and slot.booked < slot.capacity
    ]
    if not ahead:
        return None
    promise = Promise(*scene.random.choice(PROMISES))
    slot = scene.random.choice(ahead)
    return book(scene, slot, at=at, channel=Channel.COUNTER, promise=promise, name=name)
