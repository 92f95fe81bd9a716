"""Any course of arrivals, delays, steps at the window, reminders, offers and answers to them.

Every step is foretold by plain Python (``tests/support/kept_promises.py``), over midnights, the
end of a month and changes of the clocks, with one worker, two at once, or none for a while.
"""

import itertools
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.breach_models import Breach
from portal.appointments.models import Booking
from portal.appointments.rules import Channel
from portal.appointments.services import window
from portal.appointments.services.bookings import Order, Person, book_slot, cancel_booking
from portal.appointments.services.moves import move_booking
from portal.appointments.services.no_shows import take_back
from portal.appointments.services.redress import decline_new_times, take_new_time
from portal.core.actor import Actor
from portal.core.errors import DomainError
from tests.support.kept_course import SECOND, KeptCourse, near
from tests.support.kept_promises import LIMIT, LIVE, MINUTE, Kept, Offered
from tests.support.kept_stage import RULES
from tests.support.parallel import together

pytestmark = pytest.mark.hypothesis

CLERK = Actor("staff", 1)
#: What has to happen somewhere in the courses, or they show nothing.
EXPECTED = {"broken", "offered", "taken", "expired", "reminded", "midnight", "month", "clocks"}
who = st.booleans()
rarely = st.sampled_from([False, False, False, True])


class AnyKeptCourse(KeptCourse):
    """Everybody who acts on a promise."""

    def have_people_coming(self) -> None:
        """Three who come today and the day after."""
        for number, contact in ((1, 0), (2, None), (7, 1)):
            self.book(number=number, contact=contact, is_extra=0)

    def actor(self, kept: Kept, *, is_citizen: bool) -> Actor:
        return Actor("citizen", kept.contact) if is_citizen else CLERK

    @rule(
        number=near, contact=st.sampled_from([0, 0, 1, None]), is_extra=st.sampled_from([0, 0, 1])
    )
    def book(self, number: int, contact: int | None, is_extra: int) -> None:
        slot, now = self.pick_slot(number), self.now
        if slot is None:
            return
        contact_id = None if contact is None else self.stage.contacts[contact]
        person = Person("王小明", key=None)
        order = Order(person, contact_id, Channel.COUNTER, is_overbooked=bool(is_extra))
        is_open = slot.starts_at > now >= slot.public_from
        foretold = is_open and (is_extra or self.promises.has_place(slot, now))
        error, row = self.attempt(
            lambda session: book_slot(
                session,
                slot_id=slot.id,
                order=order,
                rules=RULES,
                zone=self.stage.zone,
                actor=CLERK,
                now=now,
            )
        )
        assert error == ("" if foretold else "SlotTaken")
        if not error:
            self.note_booking(row, contact=contact_id)

    @rule(number=near, is_citizen=who)
    def cancel(self, number: int, is_citizen: bool) -> None:
        kept = self.pick(number)
        if kept is not None:
            self._cancel(kept, is_citizen=is_citizen)

    def _cancel(self, kept: Kept, *, is_citizen: bool) -> None:
        now = self.now
        error, _ = self.attempt(
            lambda session: cancel_booking(
                session,
                booking=session.get_one(Booking, kept.id),
                version=kept.version,
                rules=RULES,
                zone=self.stage.zone,
                actor=self.actor(kept, is_citizen=is_citizen),
                now=now,
            )
        )
        assert error == self.promises.change_fails(kept, is_citizen=is_citizen, now=now)
        if not error:
            kept.state = "cancelled"
            kept.note("cancelled", "cancelled")

    @rule(number=near, to=near, is_citizen=who)
    def move(self, number: int, to: int, is_citizen: bool) -> None:
        kept, slot, now = self.pick(number), self.pick_slot(to), self.now
        if kept is None or slot is None:
            return
        foretold = self.promises.change_fails(kept, is_citizen=is_citizen, now=now)
        if slot.id == kept.slot or not self.promises.has_place(slot, now):
            foretold = foretold or "SlotTaken"
        error, _ = self.attempt(
            lambda session: move_booking(
                session,
                booking=session.get_one(Booking, kept.id),
                version=kept.version,
                slot_id=slot.id,
                asker=Asker(Channel.COUNTER),
                rules=RULES,
                zone=self.stage.zone,
                actor=self.actor(kept, is_citizen=is_citizen),
                now=now,
            )
        )
        assert error == foretold
        if not error:
            self._put(kept, slot.id)

    def _put(self, kept: Kept, slot_id: int) -> None:
        """Another time: expected anew, and reminded of that one from now on."""
        slot = next(slot for slot in self.seen.slots if slot.id == slot_id)
        kept.slot, kept.starts_at, kept.ends_at = slot.id, slot.starts_at, slot.ends_at
        kept.state, kept.came_at, kept.came_by_self = "booked", None, False
        kept.is_overbooked = False
        kept.note("moved", "moved")
        kept.arm(self.stage.zone, self.now)

    # The day itself.

    @rule(
        number=near,
        step=st.sampled_from(["arrive", "start", "finish", "miss", "undo"]),
        is_citizen=who,
    )
    def take_step(self, number: int, step: str, is_citizen: bool) -> None:
        kept = self.pick(number)
        if kept is None:
            return
        if step == "arrive":
            self._arrive(kept, is_citizen=is_citizen)
        elif step == "start":
            self._start(kept)
        elif step == "finish":
            if self._step(kept, step, {"serving"}, "finished"):
                kept.state = "done"
        elif step == "miss":
            is_early = self.now < kept.starts_at + RULES.grace_minutes * MINUTE
            if self._step(kept, step, {"booked"}, "missed", first="TooEarly" if is_early else ""):
                kept.state = "no_show"
        else:
            self._undo(kept)

    def _arrive(self, kept: Kept, *, is_citizen: bool) -> None:
        if self._step(kept, "arrive", {"booked"}, "arrived", is_citizen=is_citizen):
            kept.state, kept.came_at = "arrived", kept.came_at or self.now
            kept.came_by_self = kept.came_by_self or is_citizen

    def _start(self, kept: Kept) -> None:
        now = self.now
        if self._step(kept, "start", {"booked", "arrived"}, "started"):
            kept.state, kept.came_at, kept.began_at = "serving", kept.came_at or now, now
            if kept.is_let_down(now):
                self.break_promise(kept, now, iter(()))

    def _undo(self, kept: Kept) -> None:
        """The window takes its step back; what the person said and what broke stays."""
        before = {"arrived": "booked", "serving": "arrived", "done": "serving", "no_show": "booked"}
        is_today = self.promises.day(kept.starts_at) == self.promises.day(self.now)
        # A mistaken no-show is taken back on whatever day.
        froms = set(before) if is_today else {"no_show"}
        if self._step(kept, "undo", froms, "undone"):
            if kept.state == "serving":
                kept.began_at = None
            elif kept.state == "arrived" and not kept.came_by_self:
                kept.came_at = None
            kept.state = before[kept.state]

    def _step(
        self,
        kept: Kept,
        step: str,
        froms: set[str],
        past: str,
        *,
        is_citizen: bool = False,
        first: str = "",
    ) -> bool:
        actor, now = self.actor(kept, is_citizen=is_citizen), self.now
        facts: dict[str, Any] = {"version": kept.version, "actor": actor, "now": now}

        def work(session: Session) -> None:
            booking = session.get_one(Booking, kept.id)
            if step == "arrive":
                window.note_arrival(session, booking=booking, **facts)
            elif step == "start":
                window.start_serving(session, booking=booking, **facts)
            elif step == "finish":
                window.finish(session, served=booking, **facts)
            elif step == "miss":
                window.note_no_show(session, booking=booking, rules=RULES, **facts)
            elif kept.state == "no_show":
                take_back(session, booking=booking, reason="誤記", rules=RULES, **facts)
            else:
                today = self.promises.day(now)
                window.undo(session, served=booking, today=today, rules=RULES, **facts)

        error, _ = self.attempt(work)
        assert error == (first or ("" if kept.state in froms else "WrongState"))
        if not error:
            kept.note(past)
        return not error

    @rule(
        number=near,
        is_citizen=who,
        minutes=st.sampled_from([-5, 10, 11]),
        answer=st.sampled_from(["", "take", "take", "two", "decline", "late"]),
    )
    def be_let_down(self, number: int, is_citizen: bool, minutes: int, answer: str) -> None:
        """Somebody comes about the start of a time, and nobody begins until it is over."""
        kept = self._expect(number, minutes)
        if kept is None:
            return
        self.pass_to(kept.starts_at + minutes * MINUTE)
        self._arrive(kept, is_citizen=is_citizen)
        self.pass_to(kept.ends_at + LIMIT)
        self.pass_to(kept.ends_at + LIMIT + SECOND)
        if answer:
            self.answer(number=number, answer=answer, is_citizen=is_citizen)

    @rule(number=near, late=st.sampled_from([0, 30, 0, 31, 181]), is_gone=rarely)
    def await_reminder(self, number: int, late: int, is_gone: bool) -> None:
        """A reminder comes due; perhaps no worker is there at first, or the time is given back."""
        armed = [each for each in self.promises.bookings.values() if each.state == "booked"]
        armed = [each for each in armed if each.ahead and each.ahead[-1].at > self.now][-3:]
        if not armed:
            self.book(number=8, contact=0, is_extra=0)
            armed = [each for each in list(self.promises.bookings.values())[-1:] if each.ahead]
        if not armed:
            return
        kept = armed[number % len(armed)]
        moment = kept.ahead[0].at + late * MINUTE
        if is_gone:
            self._cancel(kept, is_citizen=False)
        self.pass_to(moment)

    def _expect(self, number: int, minutes: int) -> Kept | None:
        """One of the youngest who are still to come, or else somebody new."""
        for _time in range(2):
            living = [each for each in self.promises.bookings.values() if each.state in LIVE]
            expected = [
                each
                for each in living[-5:]
                if each.state == "booked" and each.starts_at + minutes * MINUTE > self.now
            ]
            if expected:
                return expected[number % len(expected)]
            self.book(number=number, contact=0, is_extra=0)
            self.everything_holds()
        return None

    # What the person says to it.

    def _pick_offer(self, number: int) -> Offered | None:
        offers = list(self.promises.offers.values())
        offers = ([offer for offer in offers if offer.state == "open"] or offers)[-4:]
        return offers[number % len(offers)] if offers else None

    @rule(number=near, answer=st.sampled_from(["take", "two", "decline", "late"]), is_citizen=who)
    def answer(self, number: int, answer: str, is_citizen: bool) -> None:
        """In time or too late; said by the person or by somebody at the window."""
        offer = self._pick_offer(number)
        if offer is None:
            return
        if answer == "late" and offer.is_open(self.now):
            self.pass_to(offer.until)
        if answer == "decline":
            self._decline(offer)
        elif answer == "two":
            self._take_two_at_once(offer)
        else:
            self._take_one(offer, is_citizen)

    def _take_one(self, offer: Offered, is_citizen: bool) -> None:
        now = self.now
        kept = self.promises.bookings[offer.promise[0]]
        foretold = "" if offer.is_open(now) else "OfferGone"
        if kept.state in {"serving", "done"}:
            foretold = foretold or "WrongState"
        elif kept.state in LIVE and not is_citizen and self.promises.is_held_here(kept, now):
            foretold = foretold or "StillHere"
        error, row = self.attempt(lambda session: self._take(session, offer, is_citizen))
        assert error == foretold
        if not error:
            self._note_taken(kept, offer, row, is_citizen)

    def _take(self, session: Session, offer: Offered, is_citizen: bool) -> Booking:
        kept = self.promises.bookings[offer.promise[0]]
        broken = select(Breach).where(Breach.booking_id == kept.id)
        return take_new_time(
            session,
            breach=session.scalars(broken.where(Breach.slot_id == offer.promise[1])).one(),
            offer_id=offer.id,
            rules=RULES,
            zone=self.stage.zone,
            actor=self.actor(kept, is_citizen=is_citizen),
            now=self.now,
        )

    def _note_taken(self, kept: Kept, offer: Offered, row: Booking, is_citizen: bool) -> None:
        self.happened["taken"] += 1
        for other in self.promises.offers.values():
            if other.promise[0] == kept.id and other.state == "open":
                other.state = "declined"
        offer.state = "taken"
        if kept.state in LIVE:
            assert row.id == kept.id
            self._put(kept, offer.slot)
        else:
            assert row.slot_id == offer.slot
            self.note_booking(row, contact=kept.contact)
        if is_citizen:
            self.promises.settled[offer.promise] = row.id

    def _take_two_at_once(self, offer: Offered) -> None:
        """Two taps on two devices, on two of the new times: one of them is heard."""
        now = self.now
        kept = self.promises.bookings[offer.promise[0]]
        both = self.promises.open_of(kept.id, now)[:2]
        if len(both) < 2 or kept.state in {"serving", "done"}:
            return

        def tap(number: int) -> tuple[str, Booking | None]:
            try:
                return "", self.stage.world.do(lambda s: self._take(s, both[number], True))
            except DomainError as error:
                return type(error).__name__, None

        answers = together(2, tap)
        assert sorted(error for error, _row in answers) == ["", "OfferGone"]
        first = 0 if not answers[0][0] else 1
        row = answers[first][1]
        assert row is not None
        self._note_taken(kept, both[first], row, True)

    def _decline(self, offer: Offered) -> None:
        """None of the new times suits."""
        now = self.now
        own = self.promises.open_of(offer.promise[0], now)
        broken = select(Breach).where(Breach.booking_id == offer.promise[0])
        actor = self.actor(self.promises.bookings[offer.promise[0]], is_citizen=True)
        error, _ = self.attempt(
            lambda session: decline_new_times(
                session,
                breach=session.scalars(broken.order_by(Breach.id)).all()[0],
                actor=actor,
                now=now,
            )
        )
        assert error == ("" if own else "OfferGone")
        for each in own:
            each.state = "declined"


def test_w_yy_3_any_course_breaks_each_promise_once_and_reminds_of_it_once(app: Flask) -> None:
    class Here(AnyKeptCourse):
        pass

    Here.app, Here.numbers, Here.happened = app, itertools.count(1), Counter()
    assert settings.default
    some = settings(max_examples=max(1, settings.default.max_examples // 8))
    run_state_machine_as_test(Here, settings=some)
    assert set(Here.happened) >= EXPECTED, "the courses no longer go everywhere"
