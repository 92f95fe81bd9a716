"""What has happened to appointments, for whoever must react inside the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

#: Sent with a BookingEvent; a failing handler fails the command.
booking_made = Signal()
booking_moved = Signal()
booking_cancelled = Signal()
#: Sent with an OfferEvent; a place whose offer was declined or expired is returned after that.
offer_made = Signal()
offer_taken = Signal()
offer_declined = Signal()
offer_expired = Signal()
#: Sent with a WaitingEvent.
waiting_joined = Signal()
#: Sent with a BreachEvent.
promise_broken = Signal()
complaint_answered = Signal()
#: Sent with a NoShowEvent.
objection_answered = Signal()
#: Sent with a NumberAsked; handlers answer with a Found, or None for a number that is not theirs.
number_asked = Signal()


@dataclass(frozen=True)
class BookingEvent:
    """A booking that was made, moved or cancelled."""

    session: Session
    booking_id: int
    version: int
    now: datetime
    #: The act of the office that did it, and tells of it in its own words: "closure"; "" when
    #: somebody did it with this one booking.
    cause: str = ""
    #: The entry of the waiting list that a booking which was made ends.
    waiting_id: int | None = None


@dataclass(frozen=True)
class OfferEvent:
    """An offer that was made, taken, declined or that expired."""

    session: Session
    offer_id: int
    now: datetime


@dataclass(frozen=True)
class WaitingEvent:
    """Somebody who has joined a waiting list."""

    session: Session
    waiting_id: int
    now: datetime


@dataclass(frozen=True)
class BreachEvent:
    """A promised time that the office broke, or the complaint about it that was answered."""

    session: Session
    breach_id: int
    now: datetime


@dataclass(frozen=True)
class NoShowEvent:
    """A missed appointment of which the person said that it was otherwise, and had an answer."""

    session: Session
    no_show_id: int
    now: datetime


@dataclass(frozen=True)
class NumberAsked:
    """A number that may be no booking's, and who looks for it."""

    session: Session
    number: str
    #: The contact that whoever looks has proved in this browser, if it is the one that was given.
    proved_id: int | None


@dataclass(frozen=True)
class Found:
    """Where whoever looks for what has such a number goes on, by its endpoint.

    "": the contact is proved first, and then it is looked for once more.
    """

    endpoint: str
    values: dict[str, str]
