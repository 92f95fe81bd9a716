"""Reads of closures: how far each is, whom it hit, and who has not answered yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.closure_rules import Answer, Fate
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import State
from portal.catalog.models import Post
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.messages.models import Message

#: After which time a message that has not gone out is one more reason to phone.
LATE = timedelta(hours=1)


def get_closure(session: Session, closure_id: int) -> Closure:
    """A closure by id; raises NotFound."""
    closure = session.get(Closure, closure_id)
    if closure is None:
        raise NotFound
    return closure


def list_closures(
    session: Session, *, within: frozenset[int] | None, page: int
) -> Listing[Closure]:
    """A page of the closures, the newest first: of windows of these units, None: of all.

    Changed hours are not one window's; they stand in everybody's list, with the people of their
    own windows.
    """
    found = select(Closure).order_by(Closure.id.desc())
    if within is not None:
        own = select(Post.id).where(Post.unit_id.in_(sorted(within)))
        found = found.where(or_(Closure.post_id.is_(None), Closure.post_id.in_(own)))
    return fetch_page(session, found, page)


def _at_windows_of(within: frozenset[int] | None) -> tuple[ColumnElement[bool], ...]:
    """Whose closed time was at a window of these units; None: of all."""
    if within is None:
        return ()
    at_window = (
        select(Slot.id)
        .join(Post, Post.id == Slot.post_id)
        .where(Slot.id == ClosedBooking.old_slot_id, Post.unit_id.in_(sorted(within)))
    )
    return (at_window.exists(),)


@dataclass(frozen=True)
class Progress:
    """How many bookings a closure hit, and what became of them."""

    counts: Mapping[tuple[Fate, Answer], int]

    def fate(self, fate: Fate) -> int:
        """How many have come to this."""
        return sum(count for (found, _answer), count in self.counts.items() if found is fate)

    def answered(self, answer: Answer) -> int:
        """How many who were moved say this."""
        return sum(count for (_fate, found), count in self.counts.items() if found is answer)

    @property
    def total(self) -> int:
        """How many it hit."""
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        """How many are done with."""
        return self.total - self.fate(Fate.PLANNED)


def read_progress(
    session: Session, closure_ids: Collection[int], *, within: frozenset[int] | None
) -> dict[int, Progress]:
    """How far each of these closures is at windows of these units; one statement."""
    counted: dict[int, dict[tuple[Fate, Answer], int]] = {each: {} for each in closure_ids}
    if not counted:
        return {}
    columns = (ClosedBooking.closure_id, ClosedBooking.state, ClosedBooking.answer)
    for closure_id, state, answer, count in session.execute(
        select(*columns, func.count(ClosedBooking.id))
        .where(ClosedBooking.closure_id.in_(closure_ids), *_at_windows_of(within))
        .group_by(*columns)
    ):
        counted[closure_id][Fate(state), Answer(answer)] = count
    return {each: Progress(counts) for each, counts in counted.items()}


def list_closed_bookings(
    session: Session,
    closure_id: int,
    *,
    within: frozenset[int] | None,
    only: str,
    page: int,
    now: datetime,
) -> Listing[ClosedBooking]:
    """A page of whom a closure hit at windows of these units.

    All, ``"phone"``: whom no message reached, or ``"open"``: who has not answered.
    """
    found = (
        select(ClosedBooking)
        .where(ClosedBooking.closure_id == closure_id, *_at_windows_of(within))
        .order_by(ClosedBooking.old_starts_at, ClosedBooking.id)
    )
    if only == "open":
        found = found.where(ClosedBooking.answer == str(Answer.OPEN))
    elif only == "phone":
        found = (
            found.join(Booking, Booking.id == ClosedBooking.booking_id)
            .outerjoin(Message, Message.id == ClosedBooking.message_id)
            .where(*_to_phone(now))
        )
    return fetch_page(session, found, page)


def count_to_phone(
    session: Session, closure_id: int, *, within: frozenset[int] | None, now: datetime
) -> int:
    """How many of those it hit at windows of these units no message has reached."""
    return (
        session.scalar(
            select(func.count(ClosedBooking.id))
            .join(Booking, Booking.id == ClosedBooking.booking_id)
            .outerjoin(Message, Message.id == ClosedBooking.message_id)
            .where(ClosedBooking.closure_id == closure_id, *_at_windows_of(within), *_to_phone(now))
        )
        or 0
    )


def _to_phone(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Moved or cancelled, and neither told by a message nor in person."""
    return (
        ClosedBooking.state.in_((str(Fate.MOVED), str(Fate.CANCELLED))),
        ClosedBooking.told_at.is_(None),
        or_(
            ClosedBooking.message_id.is_(None),
            Message.state == "refused",
            (Message.state == "queued") & (Message.created_at <= now - LATE),
        ),
        # Who has answered knows.
        ClosedBooking.answer.in_((str(Answer.NONE), str(Answer.OPEN))),
    )


def get_closed_booking(session: Session, closure_id: int, row_id: int) -> ClosedBooking:
    """One whom a closure hit; raises NotFound."""
    row = session.get(ClosedBooking, row_id)
    if row is None or row.closure_id != closure_id:
        raise NotFound
    return row


def list_messages_by_id(session: Session, message_ids: Collection[int]) -> list[Message]:
    """The messages that told them."""
    if not message_ids:
        return []
    return list(session.scalars(select(Message).where(Message.id.in_(message_ids))))


_QUESTION = select(ClosedBooking).where(
    ClosedBooking.booking_id == bindparam("booking"), ClosedBooking.answer == "open"
)


def find_question(session: Session, booking_id: int) -> ClosedBooking | None:
    """The move of a booking that its person has not answered yet."""
    return session.scalar(_QUESTION, {"booking": booking_id})


def find_closing_of(session: Session, booking: Booking) -> tuple[ClosedBooking, Closure] | None:
    """The closure that moved or cancelled a booking last, for the booking's own page."""
    found = session.execute(
        select(ClosedBooking, Closure)
        .join(Closure, Closure.id == ClosedBooking.closure_id)
        .where(
            ClosedBooking.booking_id == booking.id,
            ClosedBooking.state.in_((str(Fate.MOVED), str(Fate.CANCELLED))),
        )
        .order_by(ClosedBooking.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


_UNCONFIRMED = select(ClosedBooking.booking_id).where(
    ClosedBooking.booking_id.in_(bindparam("bookings", expanding=True)),
    ClosedBooking.answer == str(Answer.OPEN),
)


def list_unconfirmed(session: Session, bookings: Sequence[Booking]) -> set[int]:
    """Which of these bookings were moved and not yet answered."""
    ids = [booking.id for booking in bookings if booking.state == State.BOOKED]
    if not ids:
        return set()
    return set(session.scalars(_UNCONFIRMED, {"bookings": ids}))
