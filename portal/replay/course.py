"""The course of a replay: every row by the real services, with the clock as it was then."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, list_times
from portal.appointments.models import Booking, PublishedDay
from portal.appointments.rules import AlreadyBooked, Channel, Priority, SlotTaken, State
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.appointments.services.publishing import publish_slots
from portal.appointments.services.window import note_no_show
from portal.catalog.models import Offering, Service
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.identity.contacts import person_key
from portal.replay.history import Row, read_rows
from portal.replay.institution import clinic_of
from portal.replay.models import Replay
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

T = TypeVar("T")


class Outcome(StrEnum):
    """What became of a row; a no-show was accepted before."""

    ACCEPTED = "accepted"
    AFTER_DAY = "rejected: booked after the day"
    NEGATIVE_AGE = "rejected: negative age"
    REPEAT = "refused: booked already"
    FULL = "refused: no place left"
    CLOSED = "refused: no hours that day"
    NO_SHOW = "no-show"


class NoHours(DomainError):
    """The clinic has no times on that day."""


#: Which refusal means what.
REFUSALS: dict[type[DomainError], Outcome] = {
    AlreadyBooked: Outcome.REPEAT,
    SlotTaken: Outcome.FULL,
    NoHours: Outcome.CLOSED,
}
#: Told how far it is: what is being done, the row, and how often each outcome came about.
Tell = Callable[[str, int, Counter[str]], None]


class Overtaken(Exception):
    """Another process replays the same rows at the same time."""


@dataclass(frozen=True)
class Clinic:
    """What a clinic of the file is here."""

    service_id: int
    post_id: int


@dataclass
class Course:
    """One process's way through the file; each row is a unit of work that counts itself."""

    session: Session
    path: Path
    tenant: Tenant
    clinics: dict[str, Clinic]
    tell: Tell
    tally: Counter[str] = field(default_factory=Counter)
    today: date | None = None
    rules: BookingRules = field(default_factory=BookingRules)

    def book_all(self) -> None:
        """Book what is not done yet, in the order in which it was booked."""
        position = self._read_position().rows_done
        for row in read_rows(self.path):
            if row.number < position:
                continue
            self._begin_day(row.booked_at)
            self.tally[self._book(row)] += 1
            self.tell("booking", row.number + 1, self.tally)

    def miss_all(self) -> None:
        """Note who did not come, of those whose booking was accepted: the first of its kind."""
        position = self._read_position().looked_at
        seen: set[tuple[str, str, date]] = set()
        for row in read_rows(self.path):
            if fault_of(row, self.tenant) is not None or row.key in seen:
                continue
            seen.add(row.key)
            if row.number < position or not row.is_no_show:
                continue
            if self._do(lambda row=row: self._miss(row)):  # type: ignore[misc]
                self.tally[Outcome.NO_SHOW] += 1
            self.tell("no-shows", row.number + 1, self.tally)

    def _do(self, work: Callable[[], T]) -> T:
        """One transaction; nothing of it stays in memory."""
        try:
            return run_unit(self.session, work)
        finally:
            self.session.expunge_all()

    def _read_position(self) -> Replay:
        replay = self._do(lambda: self.session.scalars(select(Replay)).one())
        self.tally = Counter(replay.tally)
        return replay

    def _begin_day(self, now: datetime) -> None:
        """When the date changes: publish what is released, and read the rules that hold."""
        today = now.astimezone(self.tenant.zone).date()
        if today == self.today:
            return
        before, standing = -1, self._do(lambda: self._publish(now))
        while standing != before:
            before, standing = standing, self._do(lambda: self._publish(now))
        self.rules = self._do(lambda: get_settings(self.session, self.tenant, at=now).booking)
        self.today = today

    def _publish(self, now: datetime) -> int:
        """One run of the sweep; how many days stand afterwards."""
        publish_slots(self.session, now)
        return self.session.scalar(select(func.count(PublishedDay.id))) or 0

    def _book(self, row: Row) -> Outcome:
        """Book a row, or find out why not; either is counted in the transaction that settles it."""
        refused = fault_of(row, self.tenant)
        if refused is None:
            try:
                self._do(lambda: self._order(row))
                return Outcome.ACCEPTED
            except tuple(REFUSALS) as refusal:
                refused = REFUSALS[type(refusal)]
        self._do(lambda: self._note_row(row, refused))
        return refused

    def _order(self, row: Row) -> None:
        asker = Asker(Channel.COUNTER, has_priority=row.is_disabled)
        service_id = self.clinics[clinic_of(row.clinic)].service_id
        times = list_times(
            self.session, service_id=service_id, day=row.day, asker=asker, now=row.booked_at
        )
        if not times:
            raise NoHours
        person = Person(
            name=f"Person {row.person}",
            key=_person_key(row),
            id_number=row.person,
            priority=Priority.DISABLED if row.is_disabled else Priority.NONE,
        )
        book_slot(
            self.session,
            slot_id=times[0].slot_id,
            service_id=service_id,
            # At the counter with a paper: the person is known, and nobody is written to.
            order=Order(person, contact_id=None, channel=Channel.COUNTER),
            rules=self.rules,
            zone=self.tenant.zone,
            actor=SYSTEM,
            now=row.booked_at,
        )
        self._note_row(row, Outcome.ACCEPTED)

    def _note_row(self, row: Row, outcome: Outcome) -> None:
        """Go one row on; raises Overtaken when it is not this one's turn."""
        asked = {"before": row.number, "after": row.number + 1}
        tally = self.tally + Counter([outcome])
        if self.session.scalar(_BOOKED, {**asked, "counted": dict(tally)}) is None:
            raise Overtaken

    def _miss(self, row: Row) -> bool:
        """Note the no-show after its grace; whether the row's booking stands at all."""
        asked = {
            "person": _person_key(row),
            "post": self.clinics[clinic_of(row.clinic)].post_id,
            "day": row.day,
            "made": row.booked_at,
        }
        booking = self.session.scalar(_STANDING, asked)
        if booking is None:
            return False
        note_no_show(
            self.session,
            booking=booking,
            version=booking.version,
            rules=self.rules,
            actor=SYSTEM,
            now=booking.starts_at + timedelta(minutes=self.rules.grace_minutes),
        )
        tally = self.tally + Counter([Outcome.NO_SHOW])
        self.session.execute(_LOOKED, {"after": row.number + 1, "counted": dict(tally)})
        return True


def fault_of(row: Row, tenant: Tenant) -> Outcome | None:
    """What no form would take: an age below nothing, a day that is over."""
    if row.age < 0:
        return Outcome.NEGATIVE_AGE
    is_over = row.day < row.booked_at.astimezone(tenant.zone).date()
    return Outcome.AFTER_DAY if is_over else None


def _person_key(row: Row) -> str | None:
    return person_key(id_number=row.person, contact=None, name="")


_COUNTED = bindparam("counted", type_=Replay.tally.type)
_BOOKED = (
    update(Replay)
    .where(Replay.rows_done == bindparam("before"))
    .values(rows_done=bindparam("after"), tally=_COUNTED)
    .returning(Replay.id)
    .execution_options(synchronize_session=False)
)
_LOOKED = (
    update(Replay)
    .where(Replay.looked_at < bindparam("after"))
    .values(looked_at=bindparam("after"), tally=_COUNTED)
    .execution_options(synchronize_session=False)
)
_STANDING = select(Booking).where(
    # By the index of a post's day: that of persons knows live bookings only, and SQLite would
    # have to be told so in the same words.
    Booking.post_id == bindparam("post"),
    Booking.local_date == bindparam("day"),
    Booking.person_key == bindparam("person"),
    Booking.state == State.BOOKED,
    Booking.created_at == bindparam("made", type_=Booking.created_at.type),
)


@contextmanager
def begin_course(institution_id: int, path: Path, tell: Tell) -> Iterator[Course]:
    """A course in the scope of its institution, in a session of its own."""
    session = db.session.session_factory()
    with closing(session), institution_scope(session, institution_id):

        def read() -> tuple[Tenant, dict[str, Clinic]]:
            offered = select(Service.code, Offering.service_id, Offering.post_id).join(
                Offering, Offering.service_id == Service.id
            )
            return get_tenant(session), {
                code: Clinic(service_id, post_id)
                for code, service_id, post_id in session.execute(offered)
            }

        tenant, clinics = run_unit(session, read)
        yield Course(session, path, tenant, clinics, tell)
