"""Reminders: two of each booking, once each, and none that is not true or of use any more."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel
from portal.appointments.services import window
from portal.appointments.services.bookings import cancel_booking
from portal.appointments.services.moves import move_booking
from portal.appointments.services.reminders import send_reminders
from portal.core.actor import SYSTEM
from portal.core.ledger import LedgerEntry
from portal.messages.models import Message
from portal.messages.queries import read_states
from portal.tenancy.settings import BookingRules
from tests.support.delivering import deliver
from tests.support.gateways import OK, MailServer
from tests.support.parallel import together
from tests.support.walks import book_online, bookings
from tests.support.world import SHANGHAI, World, local

CONTACT = "li@people.example"
THURSDAY = date(2026, 11, 26)
RULES = BookingRules()
DAY, SOON = "appointments/messages/reminder_day", "appointments/messages/reminder_soon"


@pytest.fixture
def booked(town: World, client: FlaskClient) -> World:
    """A booking on Thursday at ten, made on Monday."""
    slot = town.do(lambda s: s.scalar(select(Slot.id).where(Slot.starts_at == local(THURSDAY, 10))))
    book_online(client, town, contact=CONTACT, slot=str(slot), day=THURSDAY.isoformat())
    return town


def go_to(world: World, moment: datetime) -> None:
    """Let time pass; the worker has nothing to do meanwhile."""
    world.wait(seconds=(moment - world.now).total_seconds())


def sweep(world: World, moment: datetime | None = None) -> None:
    if moment is not None:
        go_to(world, moment)
    world.do(lambda session: send_reminders(session, world.now))


def reminders(world: World) -> list[tuple[str, str]]:
    """Which reminders there are, and what became of them."""

    def read(session: Session) -> list[tuple[str, str]]:
        found = select(Message).where(Message.template.in_((DAY, SOON))).order_by(Message.id)
        rows = list(session.scalars(found))
        states = read_states(session, rows)
        return [(row.template, states[row.id]) for row in rows]

    return world.do(read)


def change(world: World, verb: Callable[[Session, Booking], None]) -> None:
    """Do something with the first booking."""
    world.do(lambda session: verb(session, session.get_one(Booking, bookings(world)[0].id)))


def cancel(world: World) -> None:
    change(
        world,
        lambda session, booking: cancel_booking(
            session,
            booking=booking,
            version=booking.version,
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=world.now,
        ),
    )


def move(world: World, to: datetime) -> None:
    def verb(session: Session, booking: Booking) -> None:
        slot = select(Slot.id).where(Slot.starts_at == to, Slot.pool != "priority")
        move_booking(
            session,
            booking=booking,
            version=booking.version,
            slot_id=session.scalars(slot).all()[0],
            asker=Asker(Channel.COUNTER),
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=world.now,
        )

    change(world, verb)


def test_a_booking_is_reminded_of_the_day_before_and_two_hours_before_once_each(
    booked: World, mail: MailServer
) -> None:
    sweep(booked, local(THURSDAY, 9, 59) - timedelta(days=1))
    assert reminders(booked) == []
    for minutes in (0, 1, 30):
        sweep(booked, local(THURSDAY, 10, minutes) - timedelta(days=1))
    deliver(booked)
    assert reminders(booked) == [(DAY, "sent")]
    for minutes in (0, 1, 30):
        sweep(booked, local(THURSDAY, 8, minutes))
    deliver(booked)
    sweep(booked, local(THURSDAY, 12))
    assert reminders(booked) == [(DAY, "sent"), (SOON, "sent")]
    subjects = [sent["Subject"] for sent in mail.mails][-2:]
    assert [subject[:2] for subject in subjects] == ["明天", "快到"]
    codes = select(LedgerEntry.code).where(LedgerEntry.code == "appointments.booking.reminded")
    assert len(booked.do(lambda session: session.scalars(codes).all())) == 2


def test_two_workers_at_once_remind_once(booked: World) -> None:
    go_to(booked, local(THURSDAY, 10) - timedelta(days=1))
    together(4, lambda _number: sweep(booked))
    assert reminders(booked) == [(DAY, "queued")]


def test_who_booked_later_than_the_moment_is_not_reminded_of_it(
    town: World, client: FlaskClient
) -> None:
    go_to(town, local(THURSDAY, 11) - timedelta(days=1))
    slot = town.do(lambda s: s.scalar(select(Slot.id).where(Slot.starts_at == local(THURSDAY, 10))))
    book_online(client, town, contact=CONTACT, slot=str(slot), day=THURSDAY.isoformat())
    sweep(town, town.now + timedelta(minutes=1))
    assert reminders(town) == []
    sweep(town, local(THURSDAY, 8))
    assert [template for template, _state in reminders(town)] == [SOON]


def test_what_is_cancelled_is_not_reminded_of(booked: World) -> None:
    cancel(booked)
    sweep(booked, local(THURSDAY, 10) - timedelta(days=1))
    sweep(booked, local(THURSDAY, 8))
    assert reminders(booked) == []
    assert bookings(booked)[0].remind_at is None


def test_a_reminder_that_waits_to_be_sent_when_the_cancellation_comes_does_not_go_out(
    booked: World, mail: MailServer
) -> None:
    deliver(booked)
    sweep(booked, local(THURSDAY, 10) - timedelta(days=1))
    cancel(booked)
    before = len(mail.mails)
    deliver(booked)
    assert reminders(booked) == [(DAY, "dropped")]
    assert len(mail.mails) == before + 1, "the cancellation alone goes out"


def test_after_a_move_the_new_time_is_reminded_of_and_the_old_one_not(
    booked: World, mail: MailServer
) -> None:
    deliver(booked)
    sweep(booked, local(THURSDAY, 10) - timedelta(days=1))
    friday = local(THURSDAY, 14) + timedelta(days=1)
    move(booked, friday)
    deliver(booked)
    assert reminders(booked) == [(DAY, "dropped")]
    sweep(booked, local(THURSDAY, 8))
    assert len(reminders(booked)) == 1
    sweep(booked, friday - timedelta(days=1))
    deliver(booked)
    sweep(booked, friday - timedelta(hours=2))
    deliver(booked)
    assert reminders(booked)[1:] == [(DAY, "sent"), (SOON, "sent")]


def test_moved_there_and_back_a_time_is_not_reminded_of_twice(booked: World) -> None:
    sweep(booked, local(THURSDAY, 10) - timedelta(days=1))
    move(booked, local(THURSDAY, 14))
    move(booked, local(THURSDAY, 10))
    sweep(booked)
    assert [template for template, _state in reminders(booked)] == [DAY]


def test_who_is_here_already_is_not_told_to_come(booked: World) -> None:
    go_to(booked, local(THURSDAY, 7, 30))
    change(
        booked,
        lambda session, booking: window.note_arrival(
            session, booking=booking, version=booking.version, actor=SYSTEM, now=booked.now
        ),
    )
    sweep(booked, local(THURSDAY, 8))
    assert reminders(booked) == []


def test_after_an_outage_of_hours_no_late_reminder_goes_out(
    booked: World, mail: MailServer
) -> None:
    """Neither one that no worker queued in time nor one that no gateway took."""
    sweep(booked, local(THURSDAY, 18) - timedelta(days=1))
    assert reminders(booked) == []
    mail.recipient_answer = "450 Later"
    sweep(booked, local(THURSDAY, 8))
    deliver(booked, hours=0.2)
    assert reminders(booked) == [(SOON, "queued")]
    mail.recipient_answer = OK
    go_to(booked, local(THURSDAY, 9))
    before = len(mail.mails)
    deliver(booked, hours=1)
    assert reminders(booked) == [(SOON, "dropped")]
    assert all("快到時間" not in sent["Subject"] for sent in mail.mails[before:])


def test_what_was_booked_before_reminders_were_sent_is_looked_at_once(booked: World) -> None:
    """As the migration leaves it."""
    booked.do(
        lambda session: session.execute(
            update(Booking)
            .values(remind_at=Booking.created_at)
            .execution_options(synchronize_session=False)
        )
    )
    sweep(booked)
    assert reminders(booked) == []
    assert bookings(booked)[0].remind_at == local(THURSDAY, 10) - timedelta(days=1)
