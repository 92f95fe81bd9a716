"""Closing while people book, move and cancel: nobody is left in a closed time, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.appointments.closure_models import ClosedBooking
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot, cancel_booking
from portal.appointments.services.settling import SETTLING, settle
from portal.core.actor import SYSTEM, Actor
from portal.core.clock import Clock
from portal.core.config import read_config
from portal.core.errors import DomainError
from portal.core.worker import Worker
from portal.messages.models import Message
from portal.tenancy.settings import BookingRules
from tests.support.closing import (
    DAY,
    book,
    close_afternoon,
    fates,
    find_wrong,
    post_of,
    settle_all,
    two_windows,
)
from tests.support.parallel import together
from tests.support.walks import bookings
from tests.support.world import MONDAY, SHANGHAI, World, local

PATIENCE = 90.0
RULES = BookingRules()


@pytest.fixture
def windows(institution: World) -> World:
    """Two windows with room for many."""
    two_windows(institution, capacity=20)
    return institution


def attempt(world: World, work: Callable[[Session], object]) -> str:
    try:
        world.do(work)
    except DomainError as error:
        return type(error).__name__
    return "done"


def closed_slots(world: World) -> list[int]:
    def find(session: Session) -> list[int]:
        return list(
            session.scalars(
                select(Slot.id).where(
                    Slot.post_id == post_of(session, "w3").id,
                    Slot.starts_at.between(local(DAY, 12), local(DAY, 18)),
                    Slot.pool == "public",
                )
            )
        )

    return world.do(find)


@pytest.mark.parametrize("is_overbooked", [False, True])
def test_whoever_books_while_it_closes_is_refused_or_settled(
    windows: World, is_overbooked: bool
) -> None:
    slots = closed_slots(windows)

    def act(number: int) -> str:
        if number == 0:
            close_afternoon(windows)
            return "closed"
        order = Order(
            Person(f"人{number}", f"key-{number}"),
            contact_id=None,
            channel=Channel.COUNTER,
            is_overbooked=is_overbooked,
        )
        return attempt(
            windows,
            lambda session: book_slot(
                session,
                slot_id=slots[number % len(slots)],
                order=order,
                rules=RULES,
                zone=SHANGHAI,
                actor=SYSTEM,
                now=windows.now,
            ),
        )

    results = Counter(together(9, act))
    assert results["closed"] == 1
    assert set(results) <= {"closed", "done", "SlotTaken"}
    settle_all(windows)
    left = select(func.count(Booking.id)).where(
        Booking.slot_id.in_(slots), Booking.state == "booked"
    )
    assert windows.do(lambda session: session.scalar(left)) == 0
    assert len(fates(windows)) == results["done"]
    assert find_wrong(windows) == []


def test_a_person_who_cancels_at_the_same_moment_and_the_closure_agree_on_one_outcome(
    windows: World,
) -> None:
    made = [
        book(windows, local(DAY, 14), who=f"人{n}", phone=f"+861391111{n:04}") for n in range(8)
    ]
    close_afternoon(windows)

    def act(number: int) -> str:
        booking, is_person = made[number // 2], number % 2
        if not is_person:
            return attempt(
                windows,
                lambda session: settle(session, row_id=number // 2 + 1, now=windows.now),
            )
        return attempt(
            windows,
            lambda session: cancel_booking(
                session,
                booking=session.get_one(Booking, booking.id),
                version=booking.version,
                rules=RULES,
                zone=SHANGHAI,
                actor=Actor("citizen", booking.contact_id),
                now=windows.now,
            ),
        )

    results = together(16, act)
    for booking, fate, said in zip(bookings(windows), fates(windows), results[1::2], strict=True):
        outcomes = {"done": ("cancelled", ("left", "")), "Stale": ("booked", ("moved", "open"))}
        assert (booking.state, fate) == outcomes[said]
    assert find_wrong(windows) == []


PEOPLE = 30


def work_until_killed(settings: str, institution: str) -> None:
    """What the worker process of the next test does."""
    begun = time.monotonic()
    clock = Clock(source=lambda: MONDAY + timedelta(seconds=time.monotonic() - begun))
    app = create_app(read_config({}, **json.loads(settings)), clock=clock)
    worker = make_worker(app, int(institution), "victim")
    while worker.run_once():
        pass


def make_worker(app: Flask, institution: int, name: str) -> Worker:
    return Worker(
        app,
        deliveries=[SETTLING],
        sweeps=(),
        name=name,
        list_institutions=lambda: [institution],
    )


def settled(world: World) -> int:
    count = select(func.count(ClosedBooking.id)).where(ClosedBooking.state != "planned")
    return world.do(lambda session: session.scalar(count) or 0, is_read_only=True)


def test_a_closure_whose_worker_is_killed_is_continued_and_not_begun_again(
    windows: World,
) -> None:
    for number in range(PEOPLE):
        hour, half = divmod(number % 6, 2)
        at = local(DAY, 14 + hour, 30 * half)
        book(windows, at, who=f"人{number}", phone=f"+861391111{number:04}")
    close_afternoon(windows)
    settings = windows.app.extensions["portal"].config.model_dump_json()
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, __file__, settings, str(windows.id)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    deadline = time.monotonic() + PATIENCE
    while settled(windows) < 3:
        assert time.monotonic() < deadline, "the worker never began"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = settled(windows)
    assert 3 <= done < PEOPLE
    before = {booking.id: booking.slot_id for booking in bookings(windows)}
    first = {row.booking_id for row in rows(windows) if row.state == "moved"}

    # What the dead worker had in its hand is free again after its lease.
    windows.wait(minutes=5)
    heir = make_worker(windows.app, windows.id, "heir")
    while heir.run_once(windows.now):
        pass
    assert fates(windows) == [("moved", "open")] * PEOPLE
    after = {booking.id: booking.slot_id for booking in bookings(windows)}
    assert all(after[booking_id] == before[booking_id] for booking_id in first)
    told = select(Message.subject_id).where(
        Message.template == "appointments/messages/closure_moved"
    )
    subjects = windows.do(lambda session: session.scalars(told).all())
    assert sorted(subject or 0 for subject in subjects) == sorted(after)
    assert find_wrong(windows) == []


def rows(world: World) -> list[ClosedBooking]:
    return world.do(lambda session: list(session.scalars(select(ClosedBooking))))


if __name__ == "__main__":
    work_until_killed(*sys.argv[1:])
