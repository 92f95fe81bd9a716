"""What matters tell: a step that was made."""

from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

#: Sent with a MatterStep inside its transaction.
matter_stepped = Signal()


@dataclass(frozen=True)
class MatterStep:
    """A step of a matter's course: the row of its event says who, and how it stands since."""

    session: Session
    matter_id: int
    event_id: int
    #: The event's code, as "confirm".
    code: str
    now: datetime
