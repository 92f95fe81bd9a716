"""Any course of handing over: one holder each, moved by two signatures or an order (I-1, I-6).

Who holds what is kept in plain Python beside the database; an act that a rule refuses changes
nothing in either.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from portal.appointments.models import Booking
from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.duty.models import Presence
from portal.handover.models import Handover
from portal.handover.rules import ANSWERED, Kind, Reason, State
from portal.handover.services.signing import Signing
from portal.matters.models import Matter, MatterEvent
from tests.support.handover import PIN, Relay, open_relay
from tests.support.world import make_institution

pytestmark = pytest.mark.hypothesis

T = TypeVar("T")
PEOPLE = ("a", "b", "c")
who = st.sampled_from(PEOPLE)
#: Times of the week that people book, as half hours from nine on a day from Monday.
SLOTS = [(day, hour) for day in range(5) for hour in (9, 10, 14, 15)]


class HandoverCourse(RuleBasedStateMachine):
    """Three people at one window who take matters up and hand them on."""

    app: ClassVar[Flask]
    numbers: ClassVar[Iterator[int]]

    @initialize()
    def begin(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()
        slug = f"relay-{next(self.numbers)}"
        self.relay: Relay = open_relay(make_institution(self.app, slug))
        #: Who holds each matter, who was asked first, and who is at the window.
        self.holders: dict[int, str] = {}
        self.asked: dict[int, str] = {}
        self.bookings: set[int] = set()
        self.at_window: str | None = None
        self.slots = iter(SLOTS[4:])

    def _id(self, person: str) -> int:
        found = getattr(self.relay.hall, person)
        assert isinstance(found, int)
        return found

    def _name(self, staff_id: int | None) -> str:
        return next(person for person in PEOPLE if self._id(person) == staff_id)

    def _open(self, *states: State) -> list[Handover]:
        return [row for row in self.relay.handovers() if row.state in states]

    def _may(self, work: Callable[..., T], *args: Any) -> T | None:
        """Do something; none when a rule refused it."""
        try:
            return work(*args)
        except DomainError:
            return None

    @rule(person=who)
    def open_a_matter(self, person: str) -> None:
        matter = self.relay.open_matter(self._id(person))
        self.holders[matter] = self.asked[matter] = person

    @rule()
    def book(self) -> None:
        if (slot := next(self.slots, None)) is None:
            return
        day, hour = slot
        start = self.relay.world.now.replace(hour=1, minute=0, second=0, microsecond=0)
        at = start.replace(day=23) + timedelta(days=day, hours=hour - 9)
        if at > self.relay.world.now:
            self.bookings.add(self.relay.book_at(at, who=f"某{len(self.bookings)}"))

    @rule(person=who)
    def sign_in(self, person: str) -> None:
        if self._may(self.relay.hall.sign_in, self._id(person)) is not None:
            self.at_window = person

    @rule(giver=who, receiver=who, reason=st.sampled_from([Reason.SHIFT, Reason.LEAVE]))
    def list_it(self, giver: str, receiver: str, reason: Reason) -> None:
        self._may(self.relay.begin, self._id(giver), self._id(receiver), reason)

    @rule(choice=st.integers(0, 5))
    def offer_it(self, choice: int) -> None:
        for row in self._open(State.LISTING, State.REFUSED)[choice:][:1]:
            self.relay.add(row.id, Kind.KEY, "鑰匙")
            while self.relay.offer(row.id) is Signing.CHANGED:
                pass

    @rule(choice=st.integers(0, 5), leaves_out=st.booleans(), is_wrong=st.booleans())
    def confirm_it(self, choice: int, leaves_out: bool, is_wrong: bool) -> None:
        for row in self._open(State.OFFERED)[choice:][:1]:
            ids = [item.id for item in self.relay.items(row.id)]
            sent, pin = ids[1:] if leaves_out else ids, "0000" if is_wrong else PIN
            done = self._may(self.relay.confirm, row.id, sent, pin)
            if done is Signing.DONE:
                assert not leaves_out
                assert not is_wrong
                self._moved(row)

    def _moved(self, row: Handover) -> None:
        """What the second signature, or the order, moves in the course."""
        giver, receiver = self._name(row.giver_id), self._name(row.receiver_id)
        for item in self.relay.items(row.id):
            if item.kind == Kind.MATTER and item.gone_at is None and item.state != ANSWERED:
                assert item.matter_id is not None
                assert self.holders[item.matter_id] == giver
                self.holders[item.matter_id] = receiver
        if row.reason != Reason.RETURN:
            assert giver not in self.holders.values()
        if self.at_window == giver:
            self.at_window = receiver

    @rule(choice=st.integers(0, 5))
    def refuse_it(self, choice: int) -> None:
        for row in self._open(State.OFFERED)[choice:][:1]:
            self.relay.refuse(row.id, self.relay.items(row.id)[0].id)

    @rule(choice=st.integers(0, 5))
    def withdraw_it(self, choice: int) -> None:
        for row in self._open(State.LISTING, State.OFFERED, State.REFUSED)[choice:][:1]:
            self._may(self.relay.withdraw, row.id)

    @rule(giver=who, receiver=who)
    def order_it(self, giver: str, receiver: str) -> None:
        ordered = self._may(self.relay.order, self._id(giver), self._id(receiver))
        if ordered is not None:
            self._moved(self.relay.read(ordered))

    @rule(choice=st.integers(0, 5))
    def sign_afterwards(self, choice: int) -> None:
        for row in self._open(State.ORDERED)[choice:][:1]:
            self._may(self.relay.sign_after, row.id)
            self._may(self.relay.confirm, row.id)

    @rule(choice=st.integers(0, 5))
    def give_it_back(self, choice: int) -> None:
        for row in self._open(State.CONFIRMED)[choice:][:1]:
            self._may(self.relay.give_back, row.id)

    @rule(minutes=st.sampled_from([1, 20, 180, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.relay.world.wait(minutes=minutes)

    @invariant()
    def each_matter_has_the_one_holder_that_two_signatures_gave_it(self) -> None:
        rows = self.relay.do(lambda session, _now: list(session.scalars(select(Matter))))
        found = {row.id: (row.holder_staff_id, row.holder_post_id) for row in rows}
        expected = {one: (self._id(person), None) for one, person in self.holders.items()}
        assert found == expected
        first = {row.id: self._name(row.first_asked_id) for row in rows}
        assert first == self.asked

    @invariant()
    def holders_change_only_at_the_second_of_a_handover(self) -> None:
        moved = {row.moved_at for row in self.relay.handovers() if row.moved_at is not None}
        steps = select(MatterEvent.at).where(MatterEvent.code == "handed_over")
        found = self.relay.do(lambda session, _now: set(session.scalars(steps)))
        assert found <= moved
        for row in self.relay.handovers():
            if row.moved_at is not None and row.ordered_by_id is None:
                assert row.giver_signed_at is not None
                assert row.giver_signed_at <= row.moved_at == row.receiver_signed_at

    @invariant()
    def no_appointment_is_lost_and_the_window_has_whom_it_should(self) -> None:
        ids = self.relay.do(lambda session, _now: set(session.scalars(select(Booking.id))))
        assert ids == self.bookings
        there = select(Presence.staff_id).where(
            Presence.signed_out_at.is_(None), Presence.post_id == self.relay.hall.window
        )
        found = self.relay.do(lambda session, _now: list(session.scalars(there)))
        assert [self._name(one) for one in found] == [one for one in [self.at_window] if one]


def test_any_course_of_handing_over(app: Flask) -> None:
    HandoverCourse.app = app
    HandoverCourse.numbers = itertools.count()
    run_state_machine_as_test(HandoverCourse, settings=settings(max_examples=6))
