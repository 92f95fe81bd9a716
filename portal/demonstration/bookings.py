"""An invented past, present and future of bookings, made by the real services."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel, Pool
from portal.appointments.services import window
from portal.appointments.services.bookings import cancel_booking
from portal.appointments.services.moves import move_booking
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.demonstration.people import WAIVERS
from portal.demonstration.scene import Scene, book, book_next, set_scene

#: How many bookings there are before, on and after the day on which it is made.
BEFORE, TODAY, AFTER = 180, 36, 60
SOON = timedelta(minutes=20)
#: How early people come, and how many of those who are due next are sure to wait already.
EARLY, WAITING = timedelta(minutes=30), 3


def fill_calendar(session: Session, *, random: Random, now: datetime) -> None:
    """Book a part of the places and let the past and this morning take their course."""
    scene = set_scene(session, random=random, now=now)
    start = scene.random.randrange(100)
    for number, slot in enumerate(_choose(scene)):
        booking = _book(scene, slot)
        if booking is not None:
            # Neighbours in time fare differently, and every fate has its share.
            _take_course(scene, booking, (start + 37 * number) % 100)


def _choose(scene: Scene) -> list[Slot]:
    """Slots of the past, of today and of the days ahead, in order of time."""
    past = [slot for slot in scene.slots if scene.day_of(slot.starts_at) < scene.today]
    today = [slot for slot in scene.slots if scene.day_of(slot.starts_at) == scene.today]
    ahead = scene.slots[len(past) + len(today) :]
    chosen: list[Slot] = []
    for slots, count in ((past, BEFORE), (today, TODAY), (ahead, AFTER)):
        chosen += scene.random.sample(slots, min(count, len(slots)))
    due_next = [slot for slot in today if scene.now < slot.starts_at <= scene.now + EARLY]
    chosen += [slot for slot in due_next if slot not in chosen][:WAITING]
    return sorted(chosen, key=lambda slot: (slot.starts_at, slot.id))


def _book(scene: Scene, slot: Slot) -> Booking | None:
    """Most people book online once the day is released, the others ask at the window."""
    latest = min(scene.now, slot.starts_at - SOON)
    is_online = slot.public_from < latest and slot.pool == Pool.PUBLIC and not scene.happens(25)
    earliest = slot.public_from if is_online else latest - timedelta(days=5)
    at = latest - scene.random.random() * (latest - earliest)
    desk = scene.random.choice([Channel.COUNTER, Channel.PHONE])
    return book(scene, slot, at=at, channel=Channel.ONLINE if is_online else desk)


def _take_course(scene: Scene, booking: Booking, fate: int) -> None:
    """What became of it: kept mostly, missed, cancelled or moved sometimes, expected if ahead."""
    if fate < 7:
        _cancel(scene, booking)
    elif scene.day_of(booking.starts_at) > scene.today:
        if fate < 14:
            _move(scene, booking)
    elif fate < 16 and booking.starts_at + _grace(scene) < scene.now:
        _miss(scene, booking)
    else:
        _keep(scene, booking)


def _grace(scene: Scene) -> timedelta:
    return timedelta(minutes=scene.rules.grace_minutes)


def _soon_after(scene: Scene, booking: Booking) -> datetime:
    """Some time between the booking and the day, before which one may still change it."""
    later = booking.created_at + timedelta(minutes=scene.random.randrange(5, 600))
    return min(later, scene.now, booking.starts_at - timedelta(minutes=1))


def _cancel(scene: Scene, booking: Booking) -> None:
    cancel_booking(
        scene.session,
        booking=booking,
        version=booking.version,
        rules=scene.rules,
        zone=scene.tenant.zone,
        actor=scene.clerks[booking.post_id],
        now=_soon_after(scene, booking),
    )


def _move(scene: Scene, booking: Booking) -> None:
    others = [
        slot
        for slot in scene.slots
        if slot.service_id == booking.service_id
        and slot.pool == Pool.PUBLIC
        and slot.starts_at > booking.starts_at
    ]
    if not others:
        return
    try:
        move_booking(
            scene.session,
            booking=booking,
            version=booking.version,
            slot_id=scene.random.choice(others).id,
            asker=Asker(Channel.COUNTER),
            rules=scene.rules,
            zone=scene.tenant.zone,
            actor=scene.clerks[booking.post_id],
            now=_soon_after(scene, booking),
        )
    except DomainError:
        scene.session.refresh(booking)


def _miss(scene: Scene, booking: Booking) -> None:
    window.note_no_show(
        scene.session,
        booking=booking,
        version=booking.version,
        rules=scene.rules,
        actor=scene.clerks[booking.post_id],
        now=booking.starts_at + _grace(scene),
    )


def _keep(scene: Scene, booking: Booking) -> None:
    """The person comes a little early and is served in turn, as far as it has got by now."""
    session, clerk = scene.session, scene.clerks[booking.post_id]
    if booking.starts_at > scene.now + EARLY:
        return
    arrival = booking.starts_at - timedelta(minutes=scene.random.randrange(2, 25))
    arrival = max(min(arrival, scene.now), booking.created_at)
    window.note_arrival(session, booking=booking, version=booking.version, actor=clerk, now=arrival)
    begun = booking.starts_at
    done = begun + timedelta(minutes=scene.random.randrange(5, 20))
    if begun > scene.now or (done > scene.now and booking.post_id in scene.busy):
        return
    window.start_serving(session, booking=booking, version=booking.version, actor=clerk, now=begun)
    if done <= scene.now:
        _finish(scene, booking, clerk, done)
    else:
        scene.busy.add(booking.post_id)


def _finish(scene: Scene, booking: Booking, clerk: Actor, at: datetime) -> None:
    """Done, mostly; else the next appointment or the person's own waiver (W-YY-1)."""
    session, fate = scene.session, scene.random.randrange(100)
    following, waiver = None, ""
    if fate < 10:
        following = book_next(scene, service_id=booking.service_id, name=booking.name, at=at)
    elif fate < 14:
        waiver = scene.random.choice(WAIVERS)
    if following is None and not waiver:
        window.finish(session, served=booking, version=booking.version, actor=clerk, now=at)
        return
    window.finish_later(
        session,
        served=booking,
        version=booking.version,
        next_booking=following,
        waiver=waiver,
        actor=clerk,
        now=at,
    )
