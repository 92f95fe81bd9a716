"""A course of events in one institution: what is foretold of it, and what must always hold."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.core.ledger_chain import seal_entries
from portal.core.ledger_verify import verify
from tests.support.closing import fates, find_wrong, settle_all
from tests.support.promises import LIVE, Given, Promises, by_time
from tests.support.stage import RULES, Gateway, Stage
from tests.support.world import SHANGHAI

BROWSERS = ("anna", "bert", "cleo", "dora")
#: Two browsers to a network.
NETWORK = {"anna": "hall", "bert": "hall", "cleo": "home", "dora": "home"}
CLERK = Actor("staff", 1)
Time = tuple[int, int, datetime]


class Course(RuleBasedStateMachine):
    """One institution from its first day on; rules are added by who acts in it."""

    app: ClassVar[Flask]
    numbers: ClassVar[Any] = itertools.count(1)

    def begin(self) -> None:
        self.stage = Stage(self.app, next(self.numbers))
        self.gateway = Gateway(self.stage.world)
        self.promises = Promises(RULES, SHANGHAI)
        self.is_worker_out = False
        self.proved: dict[str, int | None] = dict.fromkeys(BROWSERS)
        #: The tables as they were after the step before.
        self.seen = self.stage.look()
        #: How many people a time may have: what is offered, or what was promised before.
        self.allowed: dict[Time, int] = {}

    @property
    def now(self) -> datetime:
        return self.stage.world.now

    def attempt(self, work: Callable[[Session], Any]) -> tuple[str, Any]:
        """Run a unit of work as a request would; the error's name, or nothing, and the result."""
        try:
            return "", self.stage.world.do(work)
        except DomainError as error:
            return type(error).__name__, None

    def pick_slot(self, number: int) -> Slot | None:
        """A slot soon to come, so that people meet there; now and then one that has begun."""
        since = self.now - timedelta(minutes=20)
        coming = [slot for slot in self.seen.slots if slot.starts_at > since]
        return coming[number % min(len(coming), 12)] if coming else None

    def pick_booking(self, number: int) -> Given | None:
        """One of the youngest bookings that somebody still comes with; else of all."""
        everyone = list(self.promises.bookings.values())
        given = ([given for given in everyone if given.state in LIVE] or everyone)[-6:]
        return given[number % len(given)] if given else None

    def note_booking(self, row: Booking, order: Order, *, has_priority: bool) -> Given:
        given = Given(
            id=row.id,
            reference=row.reference,
            service=row.service_id,
            slot=row.slot_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            person=order.person.key,
            contact=order.contact_id,
            is_overbooked=order.is_overbooked,
            has_priority=has_priority,
            told=[(0, "confirmed")] if order.contact_id else [],
            history=["made"],
        )
        self.promises.bookings[row.id] = given
        return given

    def tell(self, given: Given, past: str, template: str = "") -> None:
        """Note what a change leaves behind: a version, a line of the ledger, perhaps a message."""
        given.version += 1
        given.history.append(past)
        if template and given.contact is not None:
            given.told.append((given.version, template))

    def order(
        self,
        slot: Slot,
        *,
        person: str | None,
        contact: int | None,
        channel: Channel,
        priority: bool,
        is_overbooked: bool,
    ) -> tuple[Order, str]:
        """What the window asks for, and which error must come of it."""
        now = self.now
        contact_id = None if contact is None else self.stage.contact(contact, now)
        # Nobody is told apart by a name alone.
        key = person if contact is not None else None
        order = Order(
            Person("李建國", key=key, priority="elderly" if priority else ""),
            contact_id,
            channel,
            is_overbooked=is_overbooked,
        )
        asker = Asker(channel, has_priority=priority)
        if not self.promises.is_open(slot, asker, now):
            return order, "SlotTaken"
        foretold = self.promises.person_fails(slot, key, contact_id, now)
        is_full = self.promises.taken(slot.id, now) >= slot.capacity
        return order, foretold or ("SlotTaken" if is_full and not is_overbooked else "")

    @invariant()
    def everything_holds(self) -> None:
        """Count the tables, all read at one moment, and compare them with what was promised."""
        self.seen = self.stage.look()
        self._check_places()
        self._check_bookings()
        self._check_limits()
        self._check_messages()
        self._check_ledger()

    def _check_places(self) -> None:
        seen = self.seen
        held = Counter(hold.slot_id for hold in seen.holds)
        given = Counter(
            row.slot_id
            for row in seen.bookings
            if row.state != "cancelled" and not row.is_overbooked
        )
        for slot in seen.slots:
            assert 0 <= slot.booked <= slot.capacity
            assert slot.booked == held[slot.id] + given[slot.id], "a place was lost or invented"
        running = {hold.holder: hold.slot_id for hold in seen.holds if hold.expires_at > self.now}
        assert running == {h: kept.slot for h, kept in self.promises.running(self.now).items()}
        for key, rows in by_time(seen.slots).items():
            taken = sum(slot.booked for slot in rows)
            assert taken <= self.allowed.get(key, 0), "more people than the window can serve"

    def _check_bookings(self) -> None:
        slots = {slot.id: slot for slot in self.seen.slots}
        assert {
            row.id: (row.reference, row.state, row.version, row.slot_id, row.is_overbooked)
            for row in self.seen.bookings
        } == {
            g.id: (g.reference, g.state, g.version, g.slot, g.is_overbooked)
            for g in self.promises.bookings.values()
        }
        for row in self.seen.bookings:
            slot = slots[row.slot_id]
            assert (row.starts_at, row.post_id) == (slot.starts_at, slot.post_id)
            assert row.local_date == self.promises.day(row.starts_at)

    def _check_limits(self) -> None:
        live = [row for row in self.seen.bookings if row.state in LIVE]
        people = Counter(
            (row.person_key, row.service_id, row.local_date) for row in live if row.person_key
        )
        assert all(count == 1 for count in people.values())
        contacts = Counter(
            row.contact_id for row in live if row.contact_id and row.ends_at > self.now
        )
        assert all(count <= RULES.live_per_contact for count in contacts.values())

    def _check_messages(self) -> None:
        told = Counter(row.key for row in self.seen.messages if row.subject_kind == "booking")
        assert told == Counter(
            f"booking:{g.id}:{version}:{template}"
            for g in self.promises.bookings.values()
            for version, template in g.told
        )
        assert all(count == 1 for count in Counter(self.gateway.sent).values())

    def _check_ledger(self) -> None:
        told: dict[int, list[str]] = {}
        for entry in self.seen.ledger:
            told.setdefault(entry.subject_id or 0, []).append(entry.code.rpartition(".")[2])
        assert told == {g.id: g.history for g in self.promises.bookings.values()}

    def teardown(self) -> None:
        """In the end who was hit by closed hours is settled, and every message has arrived, once.

        The ledger verifies.
        """
        if not hasattr(self, "gateway"):
            return
        self.gateway.is_up = True
        settle_all(self.stage.world)
        assert "planned" not in {fate for fate, _answer in fates(self.stage.world)}
        assert find_wrong(self.stage.world) == []
        self.gateway.drain()
        messages = self.stage.look().messages
        assert {message.state for message in messages} <= {"sent"}
        assert Counter(self.gateway.sent) == Counter(f"message:{m.id}" for m in messages)
        self.stage.world.do(lambda session: seal_entries(session, self.now))
        verdict = self.stage.world.do(lambda session: verify(session, [], self.now))
        assert verdict.finding is None
        self.stage.reset_clock()
