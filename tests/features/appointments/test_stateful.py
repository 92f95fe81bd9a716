"""Any course of holds, bookings, moves, steps at the window, changes of hours and outages.

Every step is foretold by plain Python (``tests/support/promises.py``); after each, the tables are
counted. A failing course is printed as the calls that lead to it; ``make fuzz`` says its seed.
"""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel
from portal.appointments.services import window
from portal.appointments.services.bookings import (
    Order,
    Person,
    book_held,
    book_slot,
    cancel_booking,
)
from portal.appointments.services.holds import get_kept, give_back, hold_slot, renew_hold
from portal.appointments.services.moves import move_booking
from portal.appointments.services.no_shows import take_back
from portal.core.actor import Actor
from tests.support.course import BROWSERS, CLERK, NETWORK
from tests.support.course_of_time import CourseOfTime
from tests.support.promises import Given, Held
from tests.support.stage import RULES
from tests.support.world import SHANGHAI

pytestmark = pytest.mark.hypothesis

PEOPLE = ("wang", "li", "zhang", None)
browsers = st.sampled_from(BROWSERS)
near = st.integers(0, 11)


class AnyCourse(CourseOfTime):
    """One institution from its first day on, with everybody who acts in it."""

    # Citizens.

    @rule(browser=browsers, number=near, priority=st.booleans())
    def hold(self, browser: str, number: int, priority: bool) -> None:
        slot = self.pick_slot(number)
        if slot is None:
            return
        asker, contact = Asker(Channel.ONLINE, has_priority=priority), self.proved[browser]
        network, now = NETWORK[browser], self.now
        before = self.promises.running(now).get(browser)
        is_same = before is not None and before.slot == slot.id
        alike = [
            other
            for other in self.seen.slots
            if (other.service_id, other.starts_at) == (slot.service_id, slot.starts_at)
        ]
        foretold = (
            {""}
            if is_same
            else self.promises.hold_fails(browser, alike, network, contact, asker, now)
        )
        error, row = self.attempt(
            lambda session: hold_slot(
                session,
                slot_id=slot.id,
                holder=browser,
                network=network,
                contact_id=contact,
                asker=asker,
                rules=RULES,
                now=now,
            )
        )
        assert error in foretold
        if not error and not is_same:
            assert row.slot_id in {other.id for other in alike}
            until = now + timedelta(minutes=RULES.hold_minutes)
            self.promises.holds[browser] = Held(row.slot_id, network, contact, until)

    @rule(browser=browsers)
    def leave(self, browser: str) -> None:
        now, kept = self.now, self.promises.running(self.now).get(browser)
        error, _ = self.attempt(
            lambda s: give_back(s, get_kept(s, holder=browser, now=now).hold, now=now)
        )
        assert error == ("" if kept else "HoldGone")
        if kept:
            del self.promises.holds[browser]

    @rule(browser=browsers)
    def renew(self, browser: str) -> None:
        now, held = self.now, self.promises.running(self.now).get(browser)
        contact = self.proved[browser]
        error, _ = self.attempt(
            lambda session: renew_hold(
                session,
                get_kept(session, holder=browser, now=now),
                contact_id=contact,
                rules=RULES,
                now=now,
            )
        )
        if held is None:
            assert error == "HoldGone"
            return
        slot = next(slot for slot in self.seen.slots if slot.id == held.slot)
        is_own = contact is not None and held.contact == contact
        assert error == ("" if is_own and slot.starts_at > now else "NotRenewable")
        if not error:
            held.until = now + timedelta(minutes=RULES.hold_minutes)

    @rule(browser=browsers, contact=st.integers(0, 2))
    def prove_contact(self, browser: str, contact: int) -> None:
        """By the one-time code; who asks for too many gets none."""
        proved = self.stage.prove(contact, NETWORK[browser], self.now)
        self.proved[browser] = proved or self.proved[browser]

    @rule(number=near)
    def let_a_time_go(self, number: int) -> None:
        """Three keep a time and go away without a word; one comes back too late."""
        for contact, browser in enumerate(BROWSERS[:3]):
            if self.proved[browser] is None:
                self.prove_contact(browser=browser, contact=contact)
            self.hold(browser=browser, number=number, priority=False)
        self.stage.world.wait(minutes=RULES.hold_minutes + 1)
        self.leave(browser=BROWSERS[0])
        self.come_round()

    @rule(browser=browsers, person=st.sampled_from(PEOPLE), twice=st.booleans())
    def confirm(self, browser: str, person: str | None, twice: bool) -> None:
        contact, now = self.proved[browser], self.now
        if contact is None:
            return
        for _time in range(1 + twice):
            self._confirm(browser, person or "child", contact, now)

    def _confirm(self, browser: str, person: str, contact: int, now: datetime) -> None:
        kept = self.promises.running(now).get(browser)
        order = Order(Person("王小明", key=person), contact, Channel.ONLINE)
        error, booking = self.attempt(
            lambda session: book_held(
                session,
                kept=get_kept(session, holder=browser, now=now),
                order=order,
                rules=RULES,
                zone=SHANGHAI,
                actor=Actor("citizen", contact),
                now=now,
            )
        )
        if kept is None:
            assert error == "HoldGone"
            return
        slot = next(slot for slot in self.seen.slots if slot.id == kept.slot)
        closed = self.promises.online_fails(person, contact, now)
        assert error == (closed or self.promises.person_fails(slot, person, contact, now))
        if not error:
            del self.promises.holds[browser]
            self.note_booking(booking, order, has_priority=False)

    @rule(browser=browsers, number=near, person=st.sampled_from(PEOPLE), contact=st.integers(0, 2))
    def book_online(self, browser: str, number: int, person: str | None, contact: int) -> None:
        """The whole way at once."""
        if self.proved[browser] is None:
            self.prove_contact(browser=browser, contact=contact)
        self.hold(browser=browser, number=number, priority=False)
        self.confirm(browser=browser, person=person, twice=False)

    @rule(number=near, is_citizen=st.booleans(), is_stale=st.sampled_from([False, False, True]))
    def cancel(self, number: int, is_citizen: bool, is_stale: bool) -> None:
        given = self.pick_booking(number)
        if given is None:
            return
        now, version = self.now, given.version - is_stale
        foretold = self.promises.change_fails(given, version, is_citizen=is_citizen, now=now)
        error, _ = self.attempt(
            lambda session: cancel_booking(
                session,
                booking=session.get_one(Booking, given.id),
                version=version,
                rules=RULES,
                zone=SHANGHAI,
                actor=Actor("citizen", given.contact) if is_citizen else CLERK,
                now=now,
            )
        )
        assert error == foretold
        if not error:
            given.state = "cancelled"
            self.tell(given, "cancelled", "cancelled")

    @rule(number=near, to=near, is_citizen=st.booleans())
    def move(self, number: int, to: int, is_citizen: bool) -> None:
        given, slot = self.pick_booking(number), self.pick_slot(to)
        if given is None or slot is None:
            return
        now = self.now
        channel = Channel.ONLINE if is_citizen else Channel.COUNTER
        asker = Asker(channel, has_priority=given.has_priority)
        foretold = self.promises.change_fails(
            given, given.version, is_citizen=is_citizen, now=now
        ) or self._place_fails(given, slot, asker, now)
        error, _ = self.attempt(
            lambda session: move_booking(
                session,
                booking=session.get_one(Booking, given.id),
                version=given.version,
                slot_id=slot.id,
                asker=asker,
                rules=RULES,
                zone=SHANGHAI,
                actor=Actor("citizen", given.contact) if is_citizen else CLERK,
                now=now,
            )
        )
        assert error == foretold
        if not error:
            given.slot, given.starts_at, given.ends_at = slot.id, slot.starts_at, slot.ends_at
            given.is_overbooked = False
            self.tell(given, "moved", "moved")

    def _place_fails(self, given: Given, slot: Slot, asker: Asker, now: datetime) -> str:
        if slot.id == given.slot or slot.service_id != given.service:
            return "SlotTaken"
        if not self.promises.is_open(slot, asker, now):
            return "SlotTaken"
        if self.promises.taken(slot.id, now) >= slot.capacity:
            return "SlotTaken"
        return self.promises.day_fails(given.service, slot.starts_at, given.person, but=given.id)

    # The window.

    @rule(
        number=near,
        person=st.sampled_from(PEOPLE),
        contact=st.sampled_from([None, 0, 1, 2]),
        channel=st.sampled_from([Channel.PHONE, Channel.COUNTER]),
        priority=st.booleans(),
        is_overbooked=st.sampled_from([False, False, True]),
    )
    def book_at_window(self, number: int, **who: Any) -> None:
        slot = self.pick_slot(number)
        if slot is None:
            return
        order, foretold = self.order(slot, **who)
        error, booking = self.attempt(lambda s: self._book(s, slot, order))
        assert error == foretold
        if not error:
            self.note_booking(booking, order, has_priority=bool(order.person.priority))

    def _book(self, session: Session, slot: Slot, order: Order) -> Booking:
        return book_slot(
            session,
            slot_id=slot.id,
            order=order,
            rules=RULES,
            zone=SHANGHAI,
            actor=CLERK,
            now=self.now,
        )

    @rule(number=near, step=st.sampled_from(["arrive", "start", "finish", "miss"]))
    def take_step(self, number: int, step: str) -> None:
        given = self.pick_booking(number)
        if given is None:
            return
        now, state = self.now, given.state
        froms, to, past = {
            "arrive": ({"booked"}, "arrived", "arrived"),
            "start": ({"booked", "arrived"}, "serving", "started"),
            "finish": ({"serving"}, "done", "finished"),
            "miss": ({"booked"}, "no_show", "missed"),
        }[step]
        foretold = "" if state in froms else "WrongState"
        if step == "miss" and now < given.starts_at + timedelta(minutes=RULES.grace_minutes):
            foretold = "TooEarly"
        error, _ = self.attempt(lambda s: self._step(s, given, step, now))
        assert error == foretold
        if not error:
            given.state = to
            self.tell(given, past)

    def _step(self, session: Session, given: Given, step: str, now: datetime) -> None:
        booking = session.get_one(Booking, given.id)
        facts: dict[str, Any] = {"version": given.version, "actor": CLERK, "now": now}
        if step == "arrive":
            window.note_arrival(session, booking=booking, **facts)
        elif step == "start":
            window.start_serving(session, booking=booking, **facts)
        elif step == "finish":
            window.finish(session, served=booking, **facts)
        else:
            window.note_no_show(session, booking=booking, rules=RULES, **facts)

    @rule(number=near)
    def undo(self, number: int) -> None:
        given = self.pick_booking(number)
        if given is None:
            return
        now = self.now
        before = {"arrived": "booked", "serving": "arrived", "done": "serving", "no_show": "booked"}
        target, today = before.get(given.state), self.promises.day(now)
        foretold = ""
        if target is None or self.promises.day(given.starts_at) != today or given.has_next:
            foretold = "WrongState"
        elif given.state in {"done", "no_show"}:
            foretold = self.promises.person_fails(
                given, given.person, given.contact, now, but=given.id
            )
        is_missed = given.state == "no_show"
        if is_missed and foretold == "WrongState":
            # A mistaken no-show is taken back on whatever day.
            foretold = self.promises.person_fails(
                given, given.person, given.contact, now, but=given.id
            )

        def work(session: Session) -> None:
            booking = session.get_one(Booking, given.id)
            facts: dict[str, Any] = {"version": given.version, "actor": CLERK, "now": now}
            if is_missed:
                take_back(session, booking=booking, reason="誤記", rules=RULES, **facts)
            else:
                window.undo(session, served=booking, today=today, rules=RULES, **facts)

        error, _ = self.attempt(work)
        assert error == foretold
        if not error:
            assert target is not None
            given.state = target
            self.tell(given, "undone")

    @rule(number=near, to=near, is_waived=st.booleans())
    def finish_later(self, number: int, to: int, is_waived: bool) -> None:
        """It cannot be finished today: the next appointment or the waiver, or nothing happens."""
        given, slot = self.pick_booking(number), self.pick_slot(to)
        if given is None or slot is None:
            return
        order, foretold = self.order(
            slot,
            person=given.person,
            contact=None,
            channel=Channel.COUNTER,
            priority=False,
            is_overbooked=False,
        )
        if is_waived:
            foretold = ""
        foretold = foretold or ("" if given.state == "serving" else "WrongState")

        def work(session: Session) -> Booking | None:
            following = None if is_waived else self._book(session, slot, order)
            window.finish_later(
                session,
                served=session.get_one(Booking, given.id),
                version=given.version,
                next_booking=following,
                waiver="下週要出遠門" if is_waived else "",
                actor=CLERK,
                now=self.now,
            )
            return following

        error, following = self.attempt(work)
        assert error == foretold
        if not error:
            given.state, given.has_next = "done", not is_waived
            self.tell(given, "finished")
            if following is not None:
                self.note_booking(following, order, has_priority=False)


def test_any_course_keeps_every_promise(app: Flask) -> None:
    class Here(AnyCourse):
        pass

    Here.app = app
    Here.numbers = itertools.count(1)
    assert settings.default
    some = settings(max_examples=max(1, settings.default.max_examples // 2))
    run_state_machine_as_test(Here, settings=some)
