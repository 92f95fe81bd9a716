"""Invented people who came without an appointment."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from portal.appointments.models import Slot, Visit
from portal.appointments.services import window
from portal.demonstration.people import WAIVERS, invent_name
from portal.demonstration.scene import Scene, book_next, set_scene

#: Walk-ins of the days before, and of today.
BEFORE, TODAY = 20, 9


def take_in(session: Session, *, random: Random, now: datetime) -> None:
    """Take in people at times when their window was open."""
    scene = set_scene(session, random=random, now=now)
    begun = [slot for slot in scene.slots if slot.starts_at < now]
    today = [slot for slot in begun if scene.day_of(slot.starts_at) == scene.today]
    past = begun[: len(begun) - len(today)]
    for slots, count in ((past, BEFORE), (today, TODAY)):
        for number, slot in enumerate(random.sample(slots, min(count, len(slots)))):
            _serve(scene, slot, number)


def _serve(scene: Scene, slot: Slot, number: int) -> None:
    clerk = scene.clerks[slot.post_id]
    came = min(slot.starts_at + timedelta(minutes=scene.random.randrange(1, 10)), scene.now)
    left = came + timedelta(minutes=scene.random.randrange(4, 25))
    if left > scene.now and slot.post_id in scene.busy:
        return
    visit = window.open_visit(
        scene.session,
        service_id=slot.service_id,
        post_id=slot.post_id,
        name=invent_name(scene.random) if scene.happens(80) else "",
        today=scene.day_of(slot.starts_at),
        actor=clerk,
        now=came,
    )
    if left > scene.now:
        scene.busy.add(slot.post_id)
        return
    if number % 4:
        window.finish(scene.session, served=visit, version=visit.version, actor=clerk, now=left)
    else:
        _continue(scene, visit, left)


def _continue(scene: Scene, visit: Visit, at: datetime) -> None:
    """It could not be finished: an appointment, or a waiver when there is no place."""
    following = book_next(scene, service_id=visit.service_id, name=visit.name, at=at)
    window.finish_later(
        scene.session,
        served=visit,
        version=visit.version,
        next_booking=following,
        waiver="" if following else scene.random.choice(WAIVERS),
        actor=scene.clerks[visit.post_id],
        now=at,
    )
