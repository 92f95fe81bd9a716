"""A window that is open at night and by day, in any zone, and what its tables say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach, BreachSettlement
from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.offers_models import Offer
from portal.calendar.models import PatternRow
from portal.core.ledger import LedgerEntry
from portal.core.runtime import runtime
from portal.identity.services.contacts import note_contact
from portal.messages.delivery import Letter, Outcome
from portal.messages.models import Message
from portal.tenancy.models import Institution, SettingsVersion
from portal.tenancy.settings import BookingRules
from tests.support.parallel import together
from tests.support.stage import ADDRESSES, Gateway
from tests.support.world import MONDAY, SETTINGS, World, furnish, make_institution

RULES = BookingRules(horizon_days=2, counter_share=0, priority_share=0, live_per_contact=20)
#: Open from midnight to four, around ten, and from ten in the evening, every day.
HOURS = [[0, 240], [540, 660], [1320, 1440]]


@dataclass(frozen=True)
class Beginning:
    """Where and when a course begins: in a zone, by its clock."""

    zone: str
    at: datetime


#: Each begins on the evening before something: a month's end, a change of the clocks, or both.
BEGINNINGS = [
    Beginning("Asia/Shanghai", datetime(2026, 11, 29, 21, 30)),  # noqa: DTZ001 by a zone's clock
    Beginning("Europe/Berlin", datetime(2027, 3, 27, 8, 50)),  # noqa: DTZ001
    Beginning("Europe/Berlin", datetime(2027, 10, 30, 8, 50)),  # noqa: DTZ001
    Beginning("America/New_York", datetime(2027, 3, 13, 21, 30)),  # noqa: DTZ001
]


@dataclass(frozen=True)
class Seen:
    """The tables at one moment."""

    slots: list[Slot]
    holds: list[Hold]
    bookings: list[Booking]
    breaches: list[Breach]
    settlements: list[BreachSettlement]
    offers: list[Offer]
    messages: list[Message]
    ledger: list[LedgerEntry]


class KeptStage:
    """One service at one window, two people at a time."""

    def __init__(self, app: Flask, number: int, beginning: Beginning) -> None:
        self._app = app
        self.zone = ZoneInfo(beginning.zone)
        self.reset_clock()
        self.world: World = make_institution(app, f"kept-{number}")
        self.world.do(self._set_rules)
        furnish(self.world, capacity=2, minutes=60)
        self.world.do(self._set_hours)
        self.wait_until(beginning.at.replace(tzinfo=self.zone))
        self.contacts = [self.world.do(self._contact(address)) for address in ADDRESSES[:2]]

    def reset_clock(self) -> None:
        with self._app.app_context():
            runtime().clock.offset = timedelta()

    def _set_rules(self, session: Session) -> None:
        document = {**SETTINGS, "booking": RULES.model_dump(mode="json")}
        version = SettingsVersion(number=2, valid_from=MONDAY, document=document, created_at=MONDAY)
        session.add(version)
        session.execute(
            update(Institution)
            .where(Institution.id == self.world.id)
            .values(settings_stamp=2, zone=self.zone.key)
        )

    def _set_hours(self, session: Session) -> None:
        session.scalars(select(PatternRow)).one().week = [HOURS] * 7

    def _contact(self, address: Any) -> Callable[[Session], int]:
        now = self.world.now
        return lambda s: note_contact(s, address=address, language="zh_Hant", now=now).id

    def wait_until(self, moment: datetime) -> None:
        """Let time pass up to a moment."""
        wait = moment.astimezone(UTC) - self.world.now
        self.world.wait(seconds=wait.total_seconds())

    def starts(self, day: date) -> set[datetime]:
        """When times begin on a local date: hour by hour, as the clocks there go."""
        noon = datetime.combine(day, time(12), UTC)
        hours = (noon + timedelta(hours=n) for n in range(-36, 37))
        return {hour for hour in hours if self._is_open(hour, day)}

    def _is_open(self, hour: datetime, day: date) -> bool:
        local = hour.astimezone(self.zone)
        minute = local.hour * 60
        return local.date() == day and any(begin <= minute < end for begin, end in HOURS)

    def by_workers(self, count: int, sweep: Callable[[Session, datetime], None]) -> None:
        """A sweep by one worker, or by several at the same moment."""
        now = self.world.now
        if count == 1:
            self.world.do(lambda session: sweep(session, now))
        else:
            together(count, lambda _n: self.world.do(lambda session: sweep(session, now)))

    def look(self) -> Seen:
        """All that tells of what was promised, read at one moment."""

        def read(session: Session) -> Seen:
            seen = Seen(
                slots=list(session.scalars(select(Slot).order_by(Slot.starts_at, Slot.id))),
                holds=list(session.scalars(select(Hold))),
                bookings=list(session.scalars(select(Booking).order_by(Booking.id))),
                breaches=list(session.scalars(select(Breach).order_by(Breach.id))),
                settlements=list(session.scalars(select(BreachSettlement))),
                offers=list(session.scalars(select(Offer).order_by(Offer.id))),
                messages=list(session.scalars(select(Message).order_by(Message.id))),
                ledger=list(session.scalars(select(LedgerEntry).order_by(LedgerEntry.id))),
            )
            session.expunge_all()
            return seen

        return self.world.do(read, is_read_only=True)


class WatchedGateway(Gateway):
    """Notes when which message left, and which were held back at the last moment."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.left: list[tuple[int, bool]] = []

    def _send(self, letter: Letter, key: str) -> Outcome:
        outcome = super()._send(letter, key)
        self.left.append((int(key.rpartition(":")[2]), letter.is_needed))
        return outcome
