"""What a window also has to do with: an undelivered message, an objection, a claim to verify."""

from datetime import timedelta

from sqlalchemy import select

from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.rules import Priority, State
from portal.appointments.services.no_shows import object_to
from portal.core.actor import Actor
from portal.demonstration.people import OBJECTIONS
from portal.demonstration.scene import Scene
from portal.messages.delivery import Outcome, keep_record
from portal.messages.models import Message

#: Far enough ahead that no reminder tells the person soon after all.
FAR = timedelta(days=3)
REFUSAL = "550 5.1.1 mailbox unavailable"


def add_troubles(scene: Scene) -> None:
    """One of each, where the day has somebody for it."""
    _lose_message(scene)
    _object(scene)
    _claim(scene)


def _lose_message(scene: Scene) -> None:
    """The confirmation of somebody expected later this week came back."""
    lost = (
        select(Message)
        .join(Booking, Booking.id == Message.subject_id)
        .where(
            Message.subject_kind == "booking",
            Message.state == "queued",
            Booking.state == State.BOOKED,
            Booking.version == 0,
            Booking.starts_at > scene.now + FAR,
        )
        .order_by(Booking.post_id, Booking.starts_at, Message.id)
        .limit(1)
    )
    message = scene.session.scalar(lost)
    if message is not None:
        keep_record(scene.session, {"message": message.id}, Outcome(refusal=REFUSAL), scene.now)


def _object(scene: Scene) -> None:
    """Somebody was there and says so."""
    missed = select(NoShow).where(NoShow.contact_id.is_not(None)).order_by(NoShow.starts_at.desc())
    no_show = scene.session.scalars(missed.limit(1)).first()
    if no_show is not None:
        object_to(
            scene.session,
            no_show=no_show,
            words=scene.random.choice(OBJECTIONS),
            actor=Actor("citizen", no_show.contact_id),
            now=scene.now,
        )


def _claim(scene: Scene) -> None:
    """Somebody who waits has a claim that nobody has looked at yet."""
    waiting = select(Booking).where(
        Booking.state == State.ARRIVED, Booking.local_date == scene.today
    )
    people = list(scene.session.scalars(waiting.order_by(Booking.starts_at, Booking.id)))
    if people and not any(booking.priority for booking in people):
        people[0].priority = Priority.ELDERLY
        scene.session.flush()
