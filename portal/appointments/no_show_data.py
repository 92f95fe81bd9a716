"""What missed appointments keep of a person: shown to that person, erased when it may be."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Session

from portal.appointments.no_show_models import NoShow
from portal.appointments.no_show_queries import list_own_no_shows
from portal.appointments.no_show_rules import reach_back
from portal.catalog.queries import list_service_names
from portal.core.errors import N_
from portal.identity.events import (
    Correctable,
    Erasing,
    PersonalDataAsked,
    Retention,
    Section,
    Term,
    Value,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.tenancy.queries import get_settings, get_tenant


@personal_data_asked.connect
def show_no_shows(question: PersonalDataAsked) -> list[Section]:
    """The missed appointments of a contact, with what was said on both sides."""
    found = list_own_no_shows(question.session, question.contact_id)
    if not found:
        return []
    services = sorted({booking.service_id for _no_show, booking in found})
    names = list_service_names(question.session, services)
    rows = [_row(no_show, names[booking.service_id]) for no_show, booking in found]
    return [Section(N_("Missed appointments"), rows, [("no_show", n.id) for n, _b in found])]


def _row(no_show: NoShow, service: Mapping[str, str]) -> list[tuple[str, Value]]:
    is_open = no_show.undone_at is None and no_show.objected_at is None
    row: list[tuple[str, Value]] = [
        (N_("Time"), no_show.starts_at),
        (N_("Service"), dict(service)),
        (N_("State"), Term(N_("Taken back") if no_show.undone_at else N_("Noted as missed"))),
    ]
    if is_open:
        values = {"no_show_id": str(no_show.id)}
        target = Correctable("", "own.object_to_no_show", values, N_("That is not right"))
        row.append((N_("Your words"), target))
    for label, text in ((N_("Your words"), no_show.objection), (N_("Our answer"), no_show.answer)):
        if text:
            row.append((label, text))
    return row


@personal_data_erasing.connect
def erase_words(event: Erasing) -> None:
    """Erase what was said; that it was missed counts on, unreadable, for as long as it may."""
    _erase(event.session, NoShow.contact_id == event.contact_id)


@retention_ending.connect
def end_no_shows(event: Retention) -> None:
    """Erase what was said in time, and whom it was of once it counts no more."""
    session = event.session
    _erase(session, NoShow.starts_at < event.before)
    rules = get_settings(session, get_tenant(session), at=event.now).booking
    over = reach_back(rules, event.now) - timedelta(days=1)
    is_over = and_(NoShow.starts_at < over, NoShow.person_key.is_not(None))
    session.execute(
        update(NoShow)
        .where(is_over)
        .values(person_key=None)
        .execution_options(synchronize_session=False)
    )


def _erase(session: Session, wanted: ColumnElement[bool]) -> None:
    says_something = or_(NoShow.objection.is_not(None), NoShow.answer.is_not(None))
    session.execute(
        update(NoShow)
        # Not all there have ever been again and again.
        .where(wanted, says_something)
        .values(objection=None, answer=None)
        .execution_options(synchronize_session=False)
    )
