"""What has happened to appointments, for whoever must react inside the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

#: Sent with a BookingEvent; a failing handler fails the command.
booking_made = Signal()
booking_moved = Signal()
booking_cancelled = Signal()


@dataclass(frozen=True)
class BookingEvent:
    """A booking that was made, moved or cancelled."""

    session: Session
    booking_id: int
    version: int
    now: datetime
