"""Having the office break a promise: a person who came in time, and time that went by."""

from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach
from portal.appointments.models import Booking
from portal.appointments.queries import message_token
from portal.appointments.services import window
from portal.appointments.services.breaches import note_breaches
from portal.core.actor import Actor
from tests.support.walks import book_online
from tests.support.world import World

CLERK = Actor("staff", 1)
TUESDAY = "2026-11-24"


def expect_at_nine(world: World, client: FlaskClient, **details: str) -> str:
    """Somebody has Tuesday from nine to half past, and it is nine; the address of their page.

    It is the one that they were sent.
    """
    reference = book_online(client, world, day=TUESDAY, **details).path.split("/")[3]
    world.wait(days=1)

    def find(session: Session) -> str:
        booked = select(Booking).where(Booking.reference == reference)
        return f"/{world.slug}/{page_of(session.scalars(booked).one())}"

    return world.do(find, is_read_only=True)


def booking_of(session: Session) -> Booking:
    """The only booking."""
    return session.scalars(select(Booking)).one()


def arrive(world: World, actor: Actor | None = None) -> None:
    """The person is here, by own report unless somebody else says so."""

    def note(session: Session) -> None:
        booking = booking_of(session)
        reported = actor or Actor("citizen", booking.contact_id)
        window.note_arrival(
            session, booking=booking, version=booking.version, actor=reported, now=world.now
        )

    world.do(note)


def start(world: World) -> None:
    """The window begins to serve."""

    def begin(session: Session) -> None:
        booking = booking_of(session)
        window.start_serving(
            session, booking=booking, version=booking.version, actor=CLERK, now=world.now
        )

    world.do(begin)


def sweep(world: World, now: datetime | None = None) -> list[Breach]:
    """Look for broken promises; all that there have been."""
    world.do(lambda session: note_breaches(session, now or world.now))
    return breaches(world)


def breaches(world: World) -> list[Breach]:
    """All broken promises, the oldest first."""
    return world.do(lambda session: list(session.scalars(select(Breach).order_by(Breach.id))))


def break_promise(world: World, client: FlaskClient, **details: str) -> str:
    """The person came at nine and nobody began until it was broken; their page's address."""
    address = expect_at_nine(world, client, **details)
    arrive(world)
    world.wait(minutes=41)
    assert len(sweep(world)) == 1
    return address


def page_of(booking: Booking) -> str:
    """Where a booking's own page is, below its institution, as messages to its contact say it."""
    return f"b/{booking.reference}/{message_token(booking.reference)}/"


def page_of_broken(world: World) -> str:
    """The page of the latest booking that was broken."""

    def find(session: Session) -> str:
        newest = select(Booking).join(Breach, Breach.booking_id == Booking.id)
        return page_of(session.scalars(newest.order_by(Breach.id.desc()).limit(1)).one())

    return world.do(find, is_read_only=True)


def next_expected(world: World) -> tuple[str, datetime, datetime]:
    """Who is expected next: the page of the booking, its start and its end."""

    def find(session: Session) -> tuple[str, datetime, datetime]:
        coming = select(Booking).where(
            Booking.state == "booked",
            Booking.starts_at > world.now,
            Booking.contact_id.is_not(None),
        )
        booking = session.scalars(coming.order_by(Booking.starts_at, Booking.id).limit(1)).one()
        return page_of(booking), booking.starts_at, booking.ends_at

    return world.do(find, is_read_only=True)
