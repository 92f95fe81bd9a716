"""Any course of joining, returning and answering: places go on in order, and none is lost.

After each step the tables before and after it are compared by plain Python: who was asked came
first of all who could have had the place, and what went to the public nobody waited for.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

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
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.rules import LIVE, Channel
from portal.appointments.services.bookings import Order, Person, book_slot, cancel_booking
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.offers import decline_offer, expire_offers, take_offer
from portal.appointments.services.publishing import publish_slots
from portal.appointments.services.waiting import end_past_entries, join_list, leave_list
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import kept_until
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import DomainError
from tests.support.stage import RULES, Stage
from tests.support.world import SHANGHAI

pytestmark = pytest.mark.hypothesis

near = st.integers(0, 11)
PEOPLE = ("wang", "li", "zhang", "chen", "zhao")


@dataclass(frozen=True)
class Tables:
    """What is written at one moment."""

    at: datetime
    slots: dict[int, Slot]
    entries: dict[int, Waiting]
    offers: dict[int, Offer]
    bookings: list[Booking]
    holds: list[Hold]

    def day(self, slot: Slot) -> date:
        return slot.starts_at.astimezone(SHANGHAI).date()

    def could_have(self, entry: Waiting, slot: Slot) -> bool:
        """Whether a place of this slot, if it were returned, might be this person's."""
        is_open = slot.public_from <= self.at or (
            bool(entry.priority) if slot.pool == "priority" else entry.channel != "online"
        )
        live = [row for row in self.bookings if row.state in LIVE]
        same_day = any(
            row.person_key == entry.person_key
            and row.service_id == slot.service_id
            and row.local_date == self.day(slot)
            for row in live
        )
        ahead = sum(row.contact_id == entry.contact_id and row.ends_at > self.at for row in live)
        asked = any(
            offer.waiting_id == entry.id and self.slots[offer.slot_id].starts_at == slot.starts_at
            for offer in self.offers.values()
        )
        return (
            entry.state == "waiting"
            and entry.service_id == slot.service_id
            and entry.first_day <= self.day(slot) <= entry.last_day
            and is_open
            and not same_day
            and not asked
            and ahead < RULES.live_per_contact
        )


class WaitingCourse(RuleBasedStateMachine):
    """One institution from its first day on."""

    app: ClassVar[Flask]
    numbers: ClassVar[Iterator[int]]

    @initialize()
    def open_doors(self) -> None:
        self.stage = Stage(self.app, next(self.numbers))
        self.stage.world.do(lambda session: publish_slots(session, self.now))
        self.contacts = [self.stage.contact(number, self.now) for number in range(3)]
        self.before = self.look()

    @property
    def now(self) -> datetime:
        return self.stage.world.now

    def look(self) -> Tables:
        def rows(kind: Any) -> list[Any]:
            return self.stage.read(select(kind).order_by(kind.id))

        def by_id(kind: Any) -> dict[int, Any]:
            return {row.id: row for row in rows(kind)}

        return Tables(
            at=self.now,
            slots=by_id(Slot),
            entries=by_id(Waiting),
            offers=by_id(Offer),
            bookings=rows(Booking),
            holds=rows(Hold),
        )

    def attempt(self, work: Callable[[Session], Any]) -> str:
        try:
            self.stage.world.do(work)
        except DomainError as error:
            return type(error).__name__
        return ""

    def pick(self, rows: list[Any], number: int) -> Any:
        return rows[-6:][number % len(rows[-6:])] if rows else None

    @rule(number=near, person=st.sampled_from((*PEOPLE, None, None)), contact=st.integers(0, 2))
    def book(self, number: int, person: str | None, contact: int) -> None:
        ahead = [slot for slot in self.before.slots.values() if slot.starts_at > self.now]
        slots = sorted(ahead, key=lambda slot: (slot.service_id, slot.starts_at, slot.id))
        if not slots:
            return
        slot = slots[number % min(len(slots), 12)]
        contact_id = self.contacts[contact] if person else None
        self.attempt(
            lambda session: book_slot(
                session,
                slot_id=slot.id,
                order=Order(Person("某人", key=person), contact_id, Channel.COUNTER),
                rules=RULES,
                zone=SHANGHAI,
                actor=SYSTEM,
                now=self.now,
            )
        )

    @rule(number=near)
    def cancel(self, number: int) -> None:
        booking = self.pick([b for b in self.before.bookings if b.state == "booked"], number)
        if booking is None:
            return
        error = self.attempt(
            lambda session: cancel_booking(
                session,
                booking=session.get_one(Booking, booking.id),
                version=booking.version,
                rules=RULES,
                zone=SHANGHAI,
                actor=SYSTEM,
                now=self.now,
            )
        )
        assert error == ""

    @rule(
        person=st.sampled_from(PEOPLE),
        contact=st.integers(0, 2),
        first=st.integers(0, 2),
        length=st.integers(0, 3),
        channel=st.sampled_from([Channel.ONLINE, Channel.ONLINE, Channel.PHONE]),
        priority=st.sampled_from(["", "", "elderly"]),
    )
    def join(
        self,
        person: str,
        contact: int,
        first: int,
        length: int,
        channel: Channel,
        priority: str,
    ) -> None:
        today = self.now.astimezone(SHANGHAI).date()
        contact_id, service = self.contacts[contact], next(iter(self.before.slots.values()))
        standing = [e for e in self.before.entries.values() if e.state in ("waiting", "offered")]
        foretold = ""
        if first + length > RULES.horizon_days:
            foretold = "WrongDays"
        elif sum(e.contact_id == contact_id for e in standing) >= RULES.live_per_contact:
            foretold = "TooManyWaiting"
        elif any(e.person_key == person for e in standing):
            foretold = "AlreadyWaiting"
        error = self.attempt(
            lambda session: join_list(
                session,
                service_id=service.service_id,
                person=Person("候補", key=person, priority=priority),
                contact_id=contact_id,
                channel=channel,
                first_day=today + timedelta(days=first),
                last_day=today + timedelta(days=first + length),
                rules=RULES,
                zone=SHANGHAI,
                actor=Actor("citizen", contact_id),
                now=self.now,
            )
        )
        assert error == foretold

    @rule(number=near)
    def leave(self, number: int) -> None:
        entry = self.pick(list(self.before.entries.values()), number)
        if entry is None:
            return
        error = self.attempt(
            lambda session: leave_list(
                session, entry=session.get_one(Waiting, entry.id), actor=SYSTEM, now=self.now
            )
        )
        assert error == ("" if entry.state in ("waiting", "offered") else "NotWaiting")

    @rule(number=near, takes=st.booleans())
    def answer(self, number: int, takes: bool) -> None:
        offer = self.pick(list(self.before.offers.values()), number)
        if offer is None:
            return

        def work(session: Session) -> None:
            found, actor = session.get_one(Offer, offer.id), Actor("citizen", offer.contact_id)
            if takes:
                take_offer(
                    session, offer=found, rules=RULES, zone=SHANGHAI, actor=actor, now=self.now
                )
            else:
                decline_offer(session, offer=found, actor=actor, now=self.now)

        error = self.attempt(work)
        is_open = offer.state == "open" and offer.expires_at > self.now
        limits = {"AlreadyBooked", "TooManyBookings"} if takes else set()
        assert error in ({"", *limits} if is_open else {"OfferGone"})

    @rule(minutes=st.sampled_from([1, 29, 31, 90]))
    def wait(self, minutes: int) -> None:
        self.stage.world.wait(minutes=minutes)

    @rule(at=st.sampled_from([time(6, 59), time(20, 50), time(23)]))
    def jump(self, at: time) -> None:
        today = self.now.astimezone(SHANGHAI).date()
        moments = (datetime.combine(today + timedelta(days=n), at, SHANGHAI) for n in (0, 1))
        self.stage.wait_until(min(moment for moment in moments if moment > self.now))

    @rule(order=st.permutations([expire_offers, return_expired_holds, end_past_entries]))
    def work(self, order: list[Callable[[Session, datetime], None]]) -> None:
        """The worker comes round, whichever sweep it begins with."""
        self.stage.world.do(lambda session: publish_slots(session, self.now))
        for sweep in order:
            self.stage.world.do(lambda session, sweep=sweep: sweep(session, self.now))  # type: ignore[misc]

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "before"):
            return
        before, after = self.before, self.look()
        self.before = after
        self._check_places(after)
        self._check_offers(after)
        self._check_order(before, after)

    def _check_places(self, seen: Tables) -> None:
        held = Counter(hold.slot_id for hold in seen.holds)
        given = Counter(row.slot_id for row in seen.bookings if row.state != "cancelled")
        for slot in seen.slots.values():
            assert slot.booked == held[slot.id] + given[slot.id], "a place was lost or invented"

    def _check_offers(self, seen: Tables) -> None:
        holders = {hold.holder for hold in seen.holds}
        standing = [offer for offer in seen.offers.values() if offer.state == "open"]
        for offer in standing:
            assert offer.expires_at <= seen.at or offer.token in holders
            assert offer.expires_at < seen.slots[offer.slot_id].starts_at
        assert max(Counter(offer.waiting_id for offer in standing).values(), default=1) == 1
        asked = Counter(
            (offer.waiting_id, seen.slots[offer.slot_id].starts_at)
            for offer in seen.offers.values()
        )
        assert all(count == 1 for count in asked.values()), "asked twice about one moment"
        offered = {entry.id for entry in seen.entries.values() if entry.state == "offered"}
        assert offered <= {offer.waiting_id for offer in standing}

    def _check_order(self, before: Tables, after: Tables) -> None:
        """Who waited before and after the step, and could have had the place, was not passed."""
        waiting = [
            entry
            for entry in after.entries.values()
            if entry.state == "waiting"
            and entry.id in before.entries
            and before.entries[entry.id].state == "waiting"
        ]
        for offer in (o for o in after.offers.values() if o.id not in before.offers):
            slot = after.slots[offer.slot_id]
            assert not [
                entry
                for entry in waiting
                if entry.id < (offer.waiting_id or 0) and after.could_have(entry, slot)
            ], "somebody who came first was passed over"
        for slot in after.slots.values():
            is_returned = (
                slot.booked < before.slots[slot.id].booked if slot.id in before.slots else False
            )
            if not is_returned or slot.is_withdrawn or slot.starts_at <= after.at:
                continue
            if kept_until(slot.starts_at, RULES, SHANGHAI, after.at) is None:
                continue
            assert not [e for e in waiting if after.could_have(e, slot)], "kept from who waits"

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.reset_clock()


def test_any_course_of_the_waiting_list_goes_in_order(app: Flask) -> None:
    class Here(WaitingCourse):
        pass

    Here.app = app
    Here.numbers = itertools.count(1)
    assert settings.default
    some = settings(max_examples=max(1, settings.default.max_examples // 5))
    run_state_machine_as_test(Here, settings=some)
