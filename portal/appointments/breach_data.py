"""What complaints keep of a person: shown to that person, erased in the end.

That a promise was broken stays; what was said about it goes.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach, BreachComplaint
from portal.appointments.models import Booking
from portal.core.errors import N_
from portal.identity.events import (
    Erasing,
    PersonalDataAsked,
    Retention,
    Section,
    Value,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)

#: Complaints that one person's page shows.
SHOWN = 100


@personal_data_asked.connect
def show_complaints(question: PersonalDataAsked) -> list[Section]:
    """The complaints of a contact that still say what was said, the latest first."""
    rows = question.session.execute(
        select(BreachComplaint, Breach.starts_at)
        .join(Breach, Breach.id == BreachComplaint.breach_id)
        .join(Booking, Booking.id == Breach.booking_id)
        .where(Booking.contact_id == question.contact_id, BreachComplaint.erased_at.is_(None))
        .order_by(BreachComplaint.id.desc())
        .limit(SHOWN)
    ).all()
    if not rows:
        return []
    return [Section(N_("Complaints"), [_row(*row) for row in rows])]


def _row(complaint: BreachComplaint, promised: datetime) -> list[tuple[str, Value]]:
    row: list[tuple[str, Value]] = [(N_("Promised"), promised), (N_("Sent"), complaint.sent_at)]
    for label, text in ((N_("Complaint"), complaint.words), (N_("Answer"), complaint.answer)):
        if text:
            row.append((label, text))
    return row


@personal_data_erasing.connect
def erase_complaints(event: Erasing) -> None:
    """Erase what a contact complained of, and what was answered."""
    _erase(event.session, Booking.contact_id == event.contact_id, event.now)


@retention_ending.connect
def end_complaints(event: Retention) -> None:
    """Erase what was said, once it has been kept as long as the booking."""
    _erase(event.session, Booking.ends_at < event.before, event.now)


def _erase(session: Session, whose: ColumnElement[bool], now: datetime) -> None:
    broken = select(Breach.id).join(Booking, Booking.id == Breach.booking_id).where(whose)
    session.execute(
        update(BreachComplaint)
        .where(BreachComplaint.breach_id.in_(broken), BreachComplaint.erased_at.is_(None))
        .values(words=None, answer=None, erased_at=now)
        .execution_options(synchronize_session=False)
    )
