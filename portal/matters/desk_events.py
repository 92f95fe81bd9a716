"""What the desk asks the floors above: what else waits for somebody, and where it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.core.localized import Localized

#: Sent with a DeskAsked; handlers answer with a list of DeskLine, maybe empty.
desk_asked = Signal()


@dataclass(frozen=True)
class DeskAsked:
    """Somebody looks at the own desk."""

    session: Session
    staff_id: int
    now: datetime


@dataclass(frozen=True)
class DeskLine:
    """What waits: a shape ("near"), a msgid, what it is about, and the page for it."""

    shape: str
    said: str
    title: Localized
    endpoint: str
    values: Mapping[str, int] = field(default_factory=dict)
    #: By when; none: it has no time.
    due_at: datetime | None = None


def ask_desk(question: DeskAsked) -> list[DeskLine]:
    """All that the floors above know of, in their order."""
    return [line for _handler, found in desk_asked.send(question) for line in found]
