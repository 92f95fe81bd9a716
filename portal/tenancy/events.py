"""What tenancy asks the floors above it."""

from collections.abc import Iterable
from dataclasses import dataclass

from blinker import Signal
from sqlalchemy.orm import Session

#: Sent with a NamesAsked; handlers answer with names by staff id.
names_asked = Signal()


@dataclass(frozen=True)
class NamesAsked:
    """Staff ids stand in a history; the question is what the people are called."""

    session: Session
    staff_ids: tuple[int, ...]


def ask_names(session: Session, staff_ids: Iterable[int | None]) -> dict[int, str]:
    """Names by staff id, as far as anybody knows them."""
    question = NamesAsked(session, tuple(sorted({number for number in staff_ids if number})))
    names: dict[int, str] = {}
    for _handler, known in names_asked.send(question):
        names |= known
    return names
