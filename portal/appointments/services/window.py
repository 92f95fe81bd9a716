"""What happens at the window: arrival, start, finish, no-show, undo, walk-ins, what comes next.

Where a step is entered afterwards, ``happened_at`` is its own time and ``now`` that of entering.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Visit
from portal.appointments.no_show_rules import NeedsReason
from portal.appointments.rules import LIVE, STATE_LABELS, UNDO, Move, State, WrongState, next_state
from portal.appointments.services.bookings import find_contact_seat
from portal.appointments.services.breaches import note_breach
from portal.appointments.services.no_shows import note_missed
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, Stale
from portal.core.ledger import record
from portal.tenancy.settings import BookingRules

Served = Booking | Visit

#: How the ledger words each move.
_PAST = {
    Move.ARRIVE: "arrived",
    Move.START: "started",
    Move.FINISH: "finished",
    Move.MISS: "missed",
    Move.CANCEL: "cancelled",
}


class TooEarly(DomainError):
    """A person cannot be missing before the time that is given to come late."""

    default = N_("Wait until %(minutes)s minutes after the start before noting a no-show.")


class NeedsNext(DomainError):
    """What cannot be finished today needs an appointment, or the citizen's waiver (W-YY-1)."""

    default = N_("Give the next appointment, or write down why the person does not want one.")


def note_arrival(
    session: Session,
    *,
    booking: Booking,
    version: int,
    actor: Actor,
    now: datetime,
    happened_at: datetime | None = None,
) -> None:
    """The person is here; raises WrongState and Stale.

    What the person reported by own device or at the entrance stands, whoever notes it again.
    """
    _move(
        session,
        booking,
        Move.ARRIVE,
        version=version,
        actor=actor,
        now=now,
        happened_at=happened_at,
    )
    booking.arrived_at = booking.arrived_at or happened_at or now
    booking.is_arrival_own = booking.is_arrival_own or actor.kind == "citizen"
    session.flush()


def start_serving(
    session: Session,
    *,
    booking: Booking,
    version: int,
    actor: Actor,
    now: datetime,
    happened_at: datetime | None = None,
) -> None:
    """Serving begins; a person not yet noted as here is noted now.

    A promise that is broken already, and that no sweep has seen, is written down with it
    (W-YY-3).
    """
    _move(
        session, booking, Move.START, version=version, actor=actor, now=now, happened_at=happened_at
    )
    begun = happened_at or now
    booking.arrived_at = booking.arrived_at or begun
    booking.started_at, booking.server_id = begun, actor.id
    session.flush()
    if now > booking.ends_at:
        note_breach(session, booking=booking, now=now)


def finish(
    session: Session,
    *,
    served: Served,
    version: int,
    actor: Actor,
    now: datetime,
    happened_at: datetime | None = None,
) -> None:
    """The matter is finished today."""
    _move(
        session, served, Move.FINISH, version=version, actor=actor, now=now, happened_at=happened_at
    )
    served.finished_at, served.outcome = happened_at or now, "done"
    session.flush()


def finish_later(
    session: Session,
    *,
    served: Served,
    version: int,
    next_booking: Booking | None,
    waiver: str,
    actor: Actor,
    now: datetime,
) -> None:
    """It cannot be finished today: the next appointment is given, or waived (W-YY-1).

    Raises NeedsNext when there is neither.
    """
    if next_booking is None and not waiver.strip():
        raise NeedsNext(field="waiver")
    _move(session, served, Move.FINISH, version=version, actor=actor, now=now)
    served.finished_at, served.outcome = now, "continued"
    served.next_booking_id = next_booking.id if next_booking else None
    served.waiver = waiver.strip() or None
    session.flush()


def note_no_show(
    session: Session,
    *,
    booking: Booking,
    version: int,
    rules: BookingRules,
    actor: Actor,
    now: datetime,
    happened_at: datetime | None = None,
) -> None:
    """The person did not come (失約); not before the grace is over."""
    if now < booking.starts_at + timedelta(minutes=rules.grace_minutes):
        raise TooEarly(minutes=rules.grace_minutes)
    _move(
        session, booking, Move.MISS, version=version, actor=actor, now=now, happened_at=happened_at
    )
    note_missed(session, booking=booking, actor=actor, now=now)


def undo(
    session: Session,
    *,
    served: Served,
    version: int,
    today: date,
    rules: BookingRules,
    actor: Actor,
    now: datetime,
) -> None:
    """Take back the last step of today, with its traces on the row; history keeps both.

    A no-show, which counts against somebody, is taken back with its reason by ``take_back``.

    When a person came stays if they reported it themselves, and so does a breach.

    Raises NeedsReason for a no-show, WrongState when there is nothing to take back or the next
    appointment already stands, AlreadyBooked and TooManyBookings when the person has booked anew
    since it was over.
    """
    before = State(served.state)
    if before is State.NO_SHOW:
        raise NeedsReason
    target = UNDO.get(before)
    if target is None or served.local_date != today or served.next_booking_id is not None:
        raise WrongState(state=STATE_LABELS[before])
    if isinstance(served, Visit) and before is State.SERVING:
        raise WrongState(state=STATE_LABELS[before])
    seat = None
    if isinstance(served, Booking) and before not in LIVE:
        # Its own may have gone to another booking since.
        seat = find_contact_seat(
            session, served.contact_id, ends_at=served.ends_at, rules=rules, now=now
        )
    _set_state(session, served, target, version)
    if isinstance(served, Booking) and before not in LIVE:
        served.contact_seat = seat
    if before is State.DONE:
        served.finished_at, served.outcome, served.waiver = None, "", None
    elif before is State.SERVING:
        served.started_at, served.server_id = None, None
    elif before is State.ARRIVED and not (isinstance(served, Booking) and served.is_arrival_own):
        served.arrived_at = None
    session.flush()
    _record(session, served, "undone", actor, now, state=str(target))


def open_visit(
    session: Session,
    *,
    service_id: int,
    post_id: int,
    name: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Somebody came without an appointment and is served at once."""
    visit = Visit(
        service_id=service_id,
        post_id=post_id,
        local_date=today,
        name=name or None,
        arrived_at=now,
        started_at=now,
        server_id=actor.id,
        created_at=now,
    )
    session.add(visit)
    session.flush()
    _record(session, visit, "opened", actor, now, service=service_id, post=post_id)
    return visit


def _move(
    session: Session,
    served: Served,
    move: Move,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    happened_at: datetime | None = None,
) -> None:
    target = next_state(State(served.state), move)
    _set_state(session, served, target, version)
    entered: dict[str, int | str | bool | None] = {}
    if happened_at is not None:
        # The ledger takes no text: when it happened, in seconds.
        entered = {"afterwards": True, "happened": int(happened_at.timestamp())}
    _record(session, served, _PAST[move], actor, now, **entered)


def _set_state(session: Session, served: Served, state: State, version: int) -> None:
    """Compare-and-set on the version; raises Stale when somebody else was first."""
    session.refresh(served, with_for_update=True)
    if served.version != version:
        raise Stale(version=served.version)
    served.state = state
    served.version += 1


def _record(
    session: Session,
    served: Served,
    what: str,
    actor: Actor,
    now: datetime,
    **data: int | str | bool | None,
) -> None:
    kind = served.__tablename__
    record(
        session,
        f"appointments.{kind}.{what}",
        subject=(kind, served.id),
        actor=actor,
        now=now,
        **data,
    )
