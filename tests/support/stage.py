"""A small institution in which any course of events may be played, and a gateway to watch."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Slot
from portal.calendar.models import PatternRow, ScheduleRow
from portal.calendar.opening import Interval
from portal.calendar.services import set_exception
from portal.catalog.models import Offering, Post, Service
from portal.catalog.services.offers import offer_service
from portal.core.actor import Actor
from portal.core.errors import TooMany
from portal.core.ledger import LedgerEntry
from portal.core.outbox import OutboxEntry, list_parked, retry_parked
from portal.core.runtime import runtime
from portal.core.worker import Worker
from portal.identity.contacts import Address
from portal.identity.models import Unit
from portal.identity.services.contacts import confirm_code, issue_code, note_contact
from portal.messages.delivery import MAIL, SMS, Letter, Outcome, send
from portal.messages.models import Message
from portal.tenancy.models import Institution, SettingsVersion
from portal.tenancy.settings import BookingRules
from tests.support.promises import AFTERNOON, MORNING, Offered
from tests.support.world import MONDAY, SETTINGS, SHANGHAI, World, make_institution

T = TypeVar("T")
RULES = BookingRules(horizon_days=3, holds_per_network=2, counter_share=25, priority_share=15)
SERVICES = ("permit", "night")
NIGHT = (1320, 1560)
ADDRESSES = (
    Address("phone", "+8613812345678"),
    Address("email", "wang@example.org"),
    Address("phone", "+8613912345678"),
)


@dataclass(frozen=True)
class Seen:
    """The tables at one moment."""

    slots: list[Slot]
    holds: list[Hold]
    bookings: list[Booking]
    messages: list[Message]
    ledger: list[LedgerEntry]


class Stage:
    """Two services, one by day at two windows and one at night at a third."""

    def __init__(self, app: Flask, number: int) -> None:
        self._app = app
        self.reset_clock()
        self.world: World = make_institution(app, f"stage-{number}")
        self.offers: dict[str, list[Offered]] = {}
        self.world.do(self._furnish)

    def reset_clock(self) -> None:
        with self._app.app_context():
            runtime().clock.offset = timedelta()

    def _furnish(self, session: Session) -> None:
        document = {**SETTINGS, "booking": RULES.model_dump(mode="json")}
        version = SettingsVersion(number=2, valid_from=MONDAY, document=document, created_at=MONDAY)
        session.add(version)
        session.execute(
            update(Institution).where(Institution.id == self.world.id).values(settings_stamp=2)
        )
        unit = Unit(code="hall", name={"en": "Hall"})
        session.add(unit)
        session.flush()
        by_day, by_night = [MORNING, AFTERNOON], [NIGHT]
        plan: dict[str, tuple[Any, int, list[int]]] = {
            "permit": (by_day, 90, [2, 1]),
            "night": (by_night, 60, [2]),
        }
        for code, (hours, minutes, capacities) in plan.items():
            schedule = ScheduleRow(code=code, name={"en": code}, is_default=code == "permit")
            service = Service(unit_id=unit.id, code=code, name={"en": code}, summary={"en": code})
            session.add_all([schedule, service])
            session.flush()
            week = [[list(each) for each in hours]] * 5 + [[], []]
            session.add(PatternRow(schedule_id=schedule.id, valid_from=date(2020, 1, 1), week=week))
            self.offers[code] = [
                self._offer(session, unit, schedule, service, minutes, capacity, tuple(hours))
                for capacity in capacities
            ]

    def _offer(
        self,
        session: Session,
        unit: Unit,
        schedule: ScheduleRow,
        service: Service,
        minutes: int,
        capacity: int,
        usual: tuple[tuple[int, int], ...],
    ) -> Offered:
        post = Post(
            unit_id=unit.id,
            code=f"{service.code}-{capacity}",
            name={"en": "Window"},
            plate="1",
            place={"en": "Ground floor"},
            schedule_id=schedule.id,
        )
        session.add(post)
        session.flush()
        session.add(
            Offering(
                service_id=service.id, post_id=post.id, slot_minutes=minutes, capacity=capacity
            )
        )
        return Offered(service.id, post.id, minutes, capacity, usual)

    def read(self, statement: Select[T]) -> list[T]:
        """Rows as they are now, free of their session."""

        def rows(session: Session) -> list[T]:
            found = list(session.scalars(statement))
            session.expunge_all()
            return found

        return self.world.do(rows, is_read_only=True)

    def look(self) -> Seen:
        """All that tells of holds and bookings, read at one moment."""

        def read(session: Session) -> Seen:
            entries = select(LedgerEntry).where(LedgerEntry.subject_kind == "booking")
            seen = Seen(
                slots=list(session.scalars(select(Slot).order_by(Slot.starts_at, Slot.id))),
                holds=list(session.scalars(select(Hold))),
                bookings=list(session.scalars(select(Booking).order_by(Booking.id))),
                messages=list(session.scalars(select(Message).order_by(Message.id))),
                ledger=list(session.scalars(entries.order_by(LedgerEntry.id))),
            )
            session.expunge_all()
            return seen

        return self.world.do(read, is_read_only=True)

    def wait_until(self, moment: datetime) -> None:
        """Let time pass up to a moment."""
        self.world.wait(seconds=(moment - self.world.now).total_seconds())

    def contact(self, number: int, now: datetime) -> int:
        """A contact that the window writes down."""
        return self.world.do(
            lambda session: (
                note_contact(session, address=ADDRESSES[number], language="zh_Hant", now=now).id
            )
        )

    def prove(self, number: int, network: str, now: datetime) -> int | None:
        """A contact proved by its code; None when too many were asked for."""
        address = ADDRESSES[number]
        facts = {"kind": address.kind, "value": address.value, "purpose": "booking"}
        issue = partial(issue_code, kind=address.kind, value=address.value, purpose="booking")

        def ask(session: Session) -> str:
            issue(session, language="en", network=network, now=now)
            codes = select(Message).where(Message.template == "messages/code")
            newest = session.scalars(codes.order_by(Message.id.desc())).first()
            found = re.search(r"\d{6}", (newest.params if newest else "") or "")
            assert found
            return found[0]

        def prove(session: Session, code: str) -> int | None:
            contact = confirm_code(session, code=code, language="en", now=now, **facts)
            return contact.id if contact else None

        try:
            code = self.world.do(ask)
        except TooMany:
            return None
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert self.world.do(lambda session: prove(session, wrong)) is None
        contact = self.world.do(lambda session: prove(session, code))
        assert contact is not None
        assert self.world.do(lambda session: prove(session, code)) is None
        return contact

    def change_hours(
        self, service: str, day: date, hours: tuple[tuple[int, int], ...], actor: Actor
    ) -> None:
        now = self.world.now
        today = now.astimezone(SHANGHAI).date()

        def change(session: Session) -> None:
            schedule = session.scalars(select(ScheduleRow).where(ScheduleRow.code == service)).one()
            set_exception(
                session,
                schedule=schedule,
                day=day,
                hours=tuple(Interval(*each) for each in hours),
                reason={"en": "Stocktaking"},
                today=today,
                actor=actor,
                now=now,
            )

        self.world.do(change)
        for offer in self.offers[service]:
            offer.special[day] = hours

    def change_offer(self, service: str, minutes: int, capacity: int, actor: Actor) -> None:
        """Cut the first window of a service anew."""
        offer, now = self.offers[service][0], self.world.now

        def change(session: Session) -> None:
            offer_service(
                session,
                service=session.get_one(Service, offer.service),
                post_id=offer.post,
                slot_minutes=minutes,
                capacity=capacity,
                is_active=True,
                actor=actor,
                now=now,
            )

        self.world.do(change)
        offer.minutes, offer.capacity = minutes, capacity


class Gateway:
    """What a real worker hands to the world; down, it takes nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_up = True
        self.sent: list[str] = []
        self._worker = Worker(
            world.app,
            deliveries=[replace(MAIL, send=self._send), replace(SMS, send=self._send)],
            sweeps=(),
            name=f"worker-{world.id}",
            list_institutions=lambda: [world.id],
        )

    def _send(self, letter: Letter, key: str) -> Outcome:
        if not self.is_up:
            raise ConnectionError
        self.sent.append(key)
        return send(letter, key)

    def work(self) -> None:
        """One round of the worker."""
        self._worker.run_once(self._world.now)

    def drain(self) -> None:
        """Let the worker run until nothing waits, what was given up included."""

        def retry(session: Session) -> int:
            for entry in list_parked(session):
                retry_parked(session, entry.id, now=self._world.now)
            ready = select(OutboxEntry.id).where(OutboxEntry.state == "ready")
            return len(session.scalars(ready).all())

        while self._world.do(retry):
            self._world.wait(hours=7)
            self.work()
