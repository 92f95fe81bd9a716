"""What messages ask the floors above before one goes out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blinker import Signal
from sqlalchemy.orm import Session

from portal.tenancy.queries import Tenant

#: Sent with a Wording; handlers answer with a list of what goes with the mail, maybe empty.
enclosures_asked = Signal()
#: Sent with a Sending right before a message goes out; a handler that answers False stops it.
message_sending = Signal()


@dataclass(frozen=True)
class Enclosure:
    """Something that goes with a mail: a name, what it is, and its bytes."""

    name: str
    #: Main and sub type, as in "text/calendar".
    kind: str
    #: What else the type says, as in {"method": "REQUEST"}.
    params: dict[str, str]
    content: bytes


@dataclass(frozen=True)
class Wording:
    """A mail that is being worded; nothing is read from the database any more."""

    template: str
    language: str
    to: str
    params: dict[str, Any]
    tenant: Tenant
    written_at: datetime


def ask_enclosures(question: Wording) -> tuple[Enclosure, ...]:
    """All that goes with a mail."""
    answers = enclosures_asked.send(question)
    return tuple(enclosure for _handler, found in answers for enclosure in found)


@dataclass(frozen=True)
class Sending:
    """A message about to leave: which one, what it is about and what it says."""

    session: Session
    template: str
    subject: tuple[str, int | None]
    params: dict[str, Any]
    now: datetime


def is_still_wanted(question: Sending) -> bool:
    """Whether nobody knows a reason by now why the message should not go out."""
    return all(answer is not False for _handler, answer in message_sending.send(question))
