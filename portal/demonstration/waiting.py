"""People who wait for a time that somebody gives back."""

from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from portal.appointments.rules import Channel, Pool
from portal.appointments.services.bookings import Person
from portal.appointments.services.waiting import join_list
from portal.core.actor import Actor
from portal.demonstration.people import invent_id, invent_name, invent_phone
from portal.demonstration.scene import Scene, set_scene
from portal.identity.contacts import Address, person_key
from portal.identity.services.contacts import note_contact

#: How many wait, and on how many days from the first that has times each of them can come.
PEOPLE, DAYS = 3, 4


def fill_waiting_list(session: Session, *, random: Random, now: datetime) -> None:
    """A few people wait for the service that is most in demand on the next days."""
    scene = set_scene(session, random=random, now=now)
    ahead = [
        slot
        for slot in scene.slots
        if scene.day_of(slot.starts_at) > scene.today and slot.pool == Pool.PUBLIC
    ]
    wanted = max(ahead, key=lambda slot: (slot.booked, -slot.id))
    first = scene.day_of(wanted.starts_at)
    for number in range(PEOPLE):
        last = min(
            first + timedelta(days=DAYS + number),
            scene.today + timedelta(days=scene.rules.horizon_days),
        )
        _join(scene, wanted.service_id, first, last, at=now - timedelta(hours=PEOPLE - number))


def _join(scene: Scene, service_id: int, first: date, last: date, *, at: datetime) -> None:
    name, phone = invent_name(scene.random), invent_phone(scene.random)
    contact = note_contact(
        scene.session, address=Address("phone", phone), language="zh_Hant", now=at
    )
    contact.verified_at = at
    asks = scene.services[service_id].asks_id_number
    id_number = invent_id(scene.random) if asks else None
    person = Person(
        name=name,
        key=person_key(id_number=id_number, contact=phone, name=name),
        id_number=id_number,
    )
    join_list(
        scene.session,
        service_id=service_id,
        person=person,
        contact_id=contact.id,
        channel=Channel.ONLINE,
        rules=scene.rules,
        zone=scene.tenant.zone,
        actor=Actor("citizen", contact.id),
        first_day=first,
        last_day=last,
        now=at,
    )
