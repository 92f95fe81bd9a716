"""What messages keep of a person: shown to that person, erased on demand or in the end."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.orm import Session

from portal.core.errors import N_
from portal.identity.contact_models import Contact, OneTimeCode
from portal.identity.contacts import Address
from portal.identity.events import (
    Erasing,
    Masked,
    PersonalDataAsked,
    Retention,
    Section,
    Term,
    Value,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.messages.models import Message
from portal.messages.queries import GIVEN_UP, read_states

#: A dead code is of no use to anybody; its message goes first.
CODES_KEPT = timedelta(days=1)
#: Messages that one person's page shows.
SHOWN = 200
STATES = {
    "queued": N_("On its way"),
    "sent": N_("Sent"),
    "refused": N_("Not delivered"),
    GIVEN_UP: N_("Not delivered"),
    "dropped": N_("Not needed any more"),
}


@personal_data_asked.connect
def show_messages(question: PersonalDataAsked) -> list[Section]:
    """The messages to a contact, the newest first."""
    messages = question.session.scalars(
        select(Message)
        .where(Message.contact_id == question.contact_id, Message.erased_at.is_(None))
        .order_by(Message.id.desc())
        .limit(SHOWN)
    ).all()
    if not messages:
        return []
    states = read_states(question.session, list(messages))
    rows: list[list[tuple[str, Value]]] = [
        [
            (N_("Written"), message.created_at),
            (N_("To"), Masked(message.address or "", _masked(message))),
            (N_("State"), Term(STATES[states[message.id]])),
        ]
        for message in messages
    ]
    about = [(message.subject_kind, message.subject_id or 0) for message in messages]
    return [Section(N_("Messages to you"), rows, about=about, order=90)]


def _masked(message: Message) -> str:
    return Address(message.kind, message.address or "").masked


@personal_data_erasing.connect
def erase_messages(event: Erasing) -> None:
    """Erase what was written to a contact, codes included; what is not sent yet stays unsent."""
    key = select(Contact.key).where(Contact.id == event.contact_id).scalar_subquery()
    codes = select(OneTimeCode.id).where(OneTimeCode.contact_key == key)
    is_code = and_(Message.subject_kind == "code", Message.subject_id.in_(codes))
    # One after the other: either is found by its own index.
    for wanted in (Message.contact_id == event.contact_id, is_code):
        _erase(event.session, wanted, event.now)


@retention_ending.connect
def end_messages(event: Retention) -> None:
    """Erase messages that have been kept long enough; that one was sent stays written down."""
    is_dead_code = and_(Message.subject_kind == "code", Message.created_at < event.now - CODES_KEPT)
    _erase(event.session, or_(Message.created_at < event.before, is_dead_code), event.now)


#: A provider's own words may speak of the person; that it refused stays.
_WHY = case((Message.refusal != "", "erased"), else_="")


def _erase(session: Session, wanted: ColumnElement[bool], now: datetime) -> None:
    for statement in (
        update(Message).where(Message.state == "queued").values(state="refused", refusal="erased"),
        update(Message).values(address=None, params=None, refusal=_WHY, erased_at=now),
    ):
        session.execute(
            statement.where(wanted, Message.erased_at.is_(None)).execution_options(
                synchronize_session=False
            )
        )
