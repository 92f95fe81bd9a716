"""Who could not be told by message and must be phoned, and who has phoned already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.appointments.call_models import PhoneCall
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.messages.queries import LOST, Fate, is_lost, list_fates

#: Bookings of a post that are looked through, the soonest first.
LOOKED_AT = 200
#: A person who is expected, or who would come in vain, has to know.
TO_BE_TOLD = (State.BOOKED, State.CANCELLED)


@dataclass(frozen=True)
class Unreached:
    """A booking whose person does not know the latest, as far as we know."""

    booking: Booking
    lost_at: datetime
    #: Calls since then that reached nobody, the latest last.
    tries: list[PhoneCall]


_CANDIDATES = (
    select(Booking)
    .where(
        Booking.post_id == bindparam("post"),
        Booking.local_date >= bindparam("today", type_=Booking.local_date.type),
        Booking.ends_at > bindparam("now", type_=Booking.ends_at.type),
        Booking.state.in_(TO_BE_TOLD),
        Booking.contact_id.is_not(None),
        is_lost("booking", Booking.id),
    )
    .order_by(Booking.local_date, Booking.starts_at, Booking.id)
    .limit(LOOKED_AT)
)


def list_unreached(
    session: Session, *, post_id: int, today: date, now: datetime
) -> dict[int, Unreached]:
    """By booking, whom of a post's people still to come no message has reached, the soonest first.

    A message that arrived later tells the latest, and so does a call in which the person was
    reached.
    """
    asked = {"post": post_id, "today": today, "now": now}
    candidates = session.scalars(_CANDIDATES, asked).all()
    if not candidates:
        return {}
    ids = [booking.id for booking in candidates]
    fates, calls = list_fates(session, "booking", ids), list_calls(session, ids)
    found = (
        _judge(booking, fates.get(booking.id, []), calls.get(booking.id, []))
        for booking in candidates
    )
    return {each.booking.id: each for each in found if each is not None}


def find_unreached(session: Session, booking: Booking, *, now: datetime) -> Unreached | None:
    """Whether the person of one booking has to be phoned."""
    if booking.state not in TO_BE_TOLD or booking.ends_at <= now or booking.contact_id is None:
        return None
    ids = [booking.id]
    fates, calls = list_fates(session, "booking", ids), list_calls(session, ids)
    return _judge(booking, fates.get(booking.id, []), calls.get(booking.id, []))


def _judge(booking: Booking, fates: list[Fate], calls: list[PhoneCall]) -> Unreached | None:
    decided = [fate for fate in fates if fate.state == "sent" or fate.state in LOST]
    if not decided or decided[-1].state not in LOST:
        return None
    lost_at = decided[-1].written_at
    since = [call for call in calls if call.called_at >= lost_at]
    if any(call.is_reached for call in since):
        return None
    return Unreached(booking, lost_at, since)


def list_calls(session: Session, booking_ids: Sequence[int]) -> dict[int, list[PhoneCall]]:
    """The calls about some bookings, each booking's in order."""
    found: dict[int, list[PhoneCall]] = {}
    for call in session.scalars(
        select(PhoneCall).where(PhoneCall.booking_id.in_(booking_ids)).order_by(PhoneCall.id)
    ):
        found.setdefault(call.booking_id, []).append(call)
    return found
