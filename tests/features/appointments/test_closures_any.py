"""Any course of a closure: people change their bookings meanwhile, and workers die at any point.

However it goes, each booking that is hit has one outcome, foretold by who was quicker.
"""

import contextlib
import itertools
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.closure_models import ClosedBooking
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel, WrongState
from portal.appointments.services.bookings import cancel_booking
from portal.appointments.services.moves import move_booking
from portal.appointments.services.settling import settle
from portal.core.actor import Actor
from portal.messages.models import Message
from portal.tenancy.settings import BookingRules
from tests.support.closing import (
    DAY,
    book,
    close,
    find_wrong,
    post_of,
    settle_all,
    two_windows,
)
from tests.support.parallel import together
from tests.support.walks import bookings
from tests.support.world import SHANGHAI, World, local, make_institution

pytestmark = pytest.mark.hypothesis

PEOPLE, RULES = 4, BookingRules()
steps = st.tuples(
    st.sampled_from(["cancel", "move", "settle", "settle together", "die"]),
    st.integers(0, PEOPLE - 1),
)


class DeathError(Exception):
    """The worker dies before it commits."""


class Closing:
    """Four people booked at a window that closes, and what must become of each."""

    def __init__(self, app: Flask, number: int, *, is_crowded: bool) -> None:
        self.world: World = make_institution(app, f"closing-{number}")
        two_windows(self.world, capacity=4)
        for n in range(PEOPLE):
            book(
                self.world,
                local(DAY, 14 + n // 2, n % 2 * 30),
                who=f"人{n}",
                phone=f"+861391111{n:04}",
            )
        first, last = local(DAY, 12), local(DAY, 23)
        if is_crowded:
            # There is no other time within reach.
            first, last = local(DAY, 0), local(DAY + timedelta(days=9), 0)
            close(self.world, first, last, code="w5")
        close(self.world, first, last)
        self.expected = "cancelled" if is_crowded else "moved"
        self.fates = ["planned"] * PEOPLE

    def take(self, step: str, number: int) -> None:
        if step in {"cancel", "move"}:
            self._change(step, number)
        elif step == "settle together":
            together(2, lambda _n: self._settle(number))
        else:
            self._settle(number, is_dying=step == "die")
        if step.startswith("settle") and self.fates[number] == "planned":
            self.fates[number] = self.expected
        elif step.startswith("settle") and self.fates[number] == "own":
            self.fates[number] = "left"

    def _settle(self, number: int, *, is_dying: bool = False) -> None:
        row = self.rows()[number]

        def work(session: Session) -> None:
            settle(session, row_id=row.id, now=self.world.now)
            if is_dying:
                raise DeathError

        with contextlib.suppress(DeathError):
            self.world.do(work)

    def _change(self, step: str, number: int) -> None:
        """What the person does; who is quicker than the worker has decided."""
        booking = bookings(self.world)[number]
        facts: dict[str, Any] = {
            "version": booking.version,
            "rules": RULES,
            "zone": SHANGHAI,
            "actor": Actor("citizen", booking.contact_id),
            "now": self.world.now,
        }

        def work(session: Session) -> None:
            own = session.get_one(Booking, booking.id)
            if step == "cancel":
                cancel_booking(session, booking=own, **facts)
                return
            free = select(Slot.id).where(
                Slot.booked < Slot.capacity,
                ~Slot.is_withdrawn,
                Slot.id != own.slot_id,
                Slot.pool == "public",
                Slot.starts_at > local(DAY, 0),
            )
            slot_id = session.scalars(free.order_by(Slot.id)).first()
            assert slot_id is not None
            asker = Asker(Channel.ONLINE)
            move_booking(session, booking=own, slot_id=slot_id, asker=asker, **facts)

        try:
            self.world.do(work)
        except WrongState:
            assert booking.state == "cancelled"
            return
        if self.fates[number] == "planned":
            self.fates[number] = "own"

    def rows(self) -> list[ClosedBooking]:
        """What is written down of the four, in order."""
        rows = select(ClosedBooking).order_by(ClosedBooking.id)
        return self.world.do(lambda session: list(session.scalars(rows)))

    def check(self) -> None:
        """What is settled stays so, and no place is lost or given twice."""
        foretold = ["planned" if fate == "own" else fate for fate in self.fates]
        assert [row.state for row in self.rows()] == foretold
        assert find_wrong(self.world) == []

    def finish(self) -> None:
        """In the end another worker has done the rest, and each was told of it once."""
        settle_all(self.world)
        self.fates = [{"own": "left", "planned": self.expected}.get(f, f) for f in self.fates]
        self.check()
        left = self.world.do(lambda session: post_of(session, "w3").id)
        assert not [
            each
            for each in bookings(self.world)
            if each.state == "booked"
            and each.post_id == left
            and local(DAY, 12) <= each.starts_at < local(DAY, 23)
        ]
        told = select(Message.template).where(
            Message.template.in_(
                [f"appointments/messages/closure_{fate}" for fate in ("moved", "cancelled")]
            )
        )
        messages = self.world.do(lambda session: list(session.scalars(told)))
        settled = [fate for fate in self.fates if fate != "left"]
        assert sorted(messages) == [f"appointments/messages/closure_{fate}" for fate in settled]


def test_any_course_of_a_closure_gives_each_booking_one_outcome(app: Flask) -> None:
    assert settings.default
    numbers = itertools.count(1)

    @settings(max_examples=max(1, settings.default.max_examples // 20))
    @given(is_crowded=st.booleans(), course=st.lists(steps, max_size=12))
    def play(is_crowded: bool, course: list[tuple[str, int]]) -> None:
        closing = Closing(app, next(numbers), is_crowded=is_crowded)
        closing.check()
        for step, number in course:
            closing.take(step, number)
            closing.check()
        closing.finish()

    play()
