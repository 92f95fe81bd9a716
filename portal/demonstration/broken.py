"""Two promises that the office broke: one person complained of it, the other has not so far."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel, Pool
from portal.appointments.services import window
from portal.appointments.services.breaches import note_breach
from portal.appointments.services.complaints import send_complaint
from portal.appointments.services.offers import expire_offers
from portal.core.actor import Actor
from portal.demonstration.people import COMPLAINTS
from portal.demonstration.scene import Scene, book, set_scene

BROKEN = 2
#: How early both came, and how long after the breach they were served after all.
EARLY, LATER = timedelta(minutes=6), timedelta(minutes=9)


def break_promises(session: Session, *, random: Random, now: datetime) -> None:
    """Let two people of the latest hours wait in vain until their promise was broken."""
    scene = set_scene(session, random=random, now=now)
    waited: list[Booking] = []
    for slot in reversed(scene.slots):
        if len(waited) == BROKEN:
            break
        if slot.pool == Pool.PUBLIC and _served_at(scene, slot) < now:
            at = slot.starts_at - timedelta(days=1)
            booking = book(scene, slot, at=at, channel=Channel.ONLINE)
            waited += [booking] if booking else []
    for booking in waited:
        _let_down(scene, booking, complains=booking is waited[0])
    expire_offers(session, now)


def _broken_at(scene: Scene, promised: Booking | Slot) -> datetime:
    return promised.ends_at + timedelta(minutes=scene.rules.breach_start_minutes + 1)


def _served_at(scene: Scene, promised: Booking | Slot) -> datetime:
    return _broken_at(scene, promised) + LATER


def _let_down(scene: Scene, booking: Booking, *, complains: bool) -> None:
    session, clerk = scene.session, scene.clerks[booking.post_id]
    citizen = Actor("citizen", booking.contact_id)
    here, broken = booking.starts_at - EARLY, _broken_at(scene, booking)
    window.note_arrival(session, booking=booking, actor=citizen, now=here, version=booking.version)
    breach = note_breach(session, booking=booking, now=broken)
    assert breach is not None
    if complains:
        words = scene.random.choice(COMPLAINTS)
        send_complaint(
            session, breach=breach, words=words, actor=citizen, now=broken + timedelta(minutes=2)
        )
    served = _served_at(scene, booking)
    window.start_serving(session, booking=booking, actor=clerk, now=served, version=booking.version)
    over = min(served + timedelta(minutes=12), scene.now)
    window.finish(session, served=booking, actor=clerk, now=over, version=booking.version)
