"""What colleagues told each other of a person when they handed work over."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.core.errors import N_
from portal.handover.models import HandoverItem
from portal.handover.queries import subject_of
from portal.identity.events import (
    Erasing,
    PersonalDataAsked,
    Section,
    Value,
    personal_data_asked,
    personal_data_erasing,
)
from portal.matters.models import Matter

#: As many lines as a person's own copy shows.
SHOWN = 200


@personal_data_asked.connect
def show_lines(question: PersonalDataAsked) -> list[Section]:
    """What was said of the matters and appointments of a contact, the latest first."""
    found = [
        line
        for is_of in _is_of(question.session, question.contact_id)
        for line in question.session.scalars(select(HandoverItem).where(is_of))
        if line.words is not None
    ]
    if not found:
        return []
    # Put in order here: for an order, a database would walk through all there ever were.
    lines = sorted(found, key=lambda line: (line.added_at, line.id), reverse=True)[:SHOWN]
    rows = [_row(line) for line in lines]
    about = [subject for line in lines if (subject := subject_of(line)) is not None]
    return [Section(N_("Handed over to a colleague"), rows, about=about, order=80)]


def _row(line: HandoverItem) -> list[tuple[str, Value]]:
    row: list[tuple[str, Value]] = [(N_("Time"), line.added_at)]
    row.append((N_("What else is said"), line.words or ""))
    if line.refusal:
        row.append((N_("What is not clear, or not there"), line.refusal))
    return row


@personal_data_erasing.connect
def erase_lines(event: Erasing) -> None:
    """What was said of them goes; that they were handed over stays."""
    for is_of in _is_of(event.session, event.contact_id):
        event.session.execute(
            update(HandoverItem)
            .where(is_of)
            .values(words=None, refusal=None)
            .execution_options(synchronize_session=False)
        )


def _is_of(session: Session, contact_id: int) -> Iterator[ColumnElement[bool]]:
    """Lines about a matter, and about an appointment of a contact; each by its own index.

    The ids are read first: with the question inside, a database would walk through all lines.
    """
    matters = session.scalars(select(Matter.id).where(Matter.contact_id == contact_id)).all()
    bookings = session.scalars(select(Booking.id).where(Booking.contact_id == contact_id)).all()
    if matters:
        yield HandoverItem.matter_id.in_(matters)
    if bookings:
        yield HandoverItem.booking_id.in_(bookings)
