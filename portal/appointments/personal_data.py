"""What bookings and visits keep of a person: shown to that person, kept right, erased in the end.

That somebody came, and how long it took, stays; who it was goes.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Visit
from portal.appointments.rules import (
    LIVE,
    PRIORITY_LABELS,
    VERDICT_LABELS,
    Priority,
    PriorityVerdict,
)
from portal.catalog.queries import list_service_names
from portal.core.errors import N_, DomainError
from portal.identity.contacts import person_key
from portal.identity.events import (
    ContactChanged,
    Correctable,
    Erasing,
    Masked,
    PersonalDataAsked,
    Retention,
    Section,
    Term,
    Value,
    contact_changed,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.web.masks import mask_id

#: Bookings that one person's page shows.
SHOWN = 200
#: How long after its end a booking may still be on at the window.
OVERTIME = timedelta(days=1)


class StillBooked(DomainError):
    """Who is expected at the window cannot be unknown there."""

    default = N_("You still have a booking. Cancel it first, or wait until it is over.")


@personal_data_asked.connect
def show_bookings(question: PersonalDataAsked) -> list[Section]:
    """The bookings of a contact that still say whose they are, the latest first."""
    bookings = question.session.scalars(
        select(Booking)
        .where(Booking.contact_id == question.contact_id, Booking.erased_at.is_(None))
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(SHOWN)
    ).all()
    if not bookings:
        return []
    names = list_service_names(question.session, sorted({b.service_id for b in bookings}))
    return [
        Section(
            N_("Bookings"),
            [_row(booking, names[booking.service_id]) for booking in bookings],
            subjects=[("booking", booking.id) for booking in bookings],
            names={("booking", booking.id): booking.reference for booking in bookings},
            order=10,
        )
    ]


def _row(booking: Booking, service: dict[str, str]) -> list[tuple[str, Value]]:
    row: list[tuple[str, Value]] = [
        (N_("Booking number"), booking.reference),
        (N_("Service"), service),
        (N_("Time"), booking.starts_at),
        (N_("State"), Term(booking.label_as(booking.state))),
        (N_("Person"), _person(booking)),
    ]
    if booking.id_number:
        row.append((N_("ID number"), Masked(booking.id_number, mask_id(booking.id_number))))
    if booking.priority:
        row.append((N_("Priority"), Term(PRIORITY_LABELS[Priority(booking.priority)])))
    if booking.priority_verdict:
        verdict = VERDICT_LABELS[PriorityVerdict(booking.priority_verdict)]
        row.append((N_("Claim to priority"), Term(verdict)))
    for label, text in (
        (N_("What will be done"), booking.purpose),
        (N_("What to bring"), booking.bring),
        (N_("Why no appointment"), booking.waiver),
    ):
        if text:
            row.append((label, text))
    return row


def _person(booking: Booking) -> Value:
    """For whom it is; put right as long as the person is expected or there."""
    if booking.state not in LIVE:
        return booking.name or ""
    return Correctable(booking.name or "", "own.correct", {"reference": booking.reference})


@contact_changed.connect
def keep_person_keys(event: ContactChanged) -> None:
    """Know the person of a live booking by the new contact, so that the limits go on counting."""
    for booking in event.session.scalars(
        select(Booking).where(Booking.contact_id == event.contact_id, Booking.state.in_(LIVE))
    ):
        booking.person_key = person_key(
            id_number=booking.id_number, contact=event.value, name=booking.name or ""
        )
    event.session.flush()


@personal_data_erasing.connect
def erase_bookings(event: Erasing) -> None:
    """Erase who the bookings of a contact were for; refuses while one is still to come."""
    session, is_own = event.session, Booking.contact_id == event.contact_id
    is_expected = and_(
        is_own,
        Booking.state.in_(LIVE),
        Booking.ends_at > event.now - OVERTIME,
        Booking.erased_at.is_(None),
    )
    if session.scalar(select(Booking.id).where(is_expected).limit(1)):
        raise StillBooked
    _erase(session, Booking, is_own, event.now, **_BOOKING)
    session.execute(
        update(Hold)
        .where(Hold.contact_id == event.contact_id)
        .values(draft=None)
        .execution_options(synchronize_session=False)
    )


@retention_ending.connect
def end_bookings(event: Retention) -> None:
    """Erase who came, once it has been kept long enough."""
    _erase(event.session, Booking, Booking.ends_at < event.before, event.now, **_BOOKING)
    _erase(event.session, Visit, Visit.created_at < event.before, event.now, **_SERVED)


def _without_words(table: type[Booking | Visit]) -> ColumnElement[str | None]:
    """A waiver must stand where it is the reason (W-YY-1); its words go."""
    return case((table.waiver.is_not(None), literal("", table.waiver.type)))


_SERVED: dict[str, Any] = {"name": None, "waiver": _without_words(Visit)}
_BOOKING: dict[str, Any] = {
    "name": None,
    "waiver": _without_words(Booking),
    "id_number": None,
    "person_key": None,
    "priority": "",
    "priority_verdict": "",
    "purpose": None,
    "bring": None,
}


def _erase(
    session: Session,
    table: type[Booking | Visit],
    wanted: ColumnElement[bool],
    now: datetime,
    **values: Any,
) -> None:
    session.execute(
        update(table)
        .where(wanted, table.erased_at.is_(None))
        .values(erased_at=now, **values)
        .execution_options(synchronize_session=False)
    )
