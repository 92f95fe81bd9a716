"""Writing down that the office broke a promised time (W-YY-3); nobody can take that back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach
from portal.appointments.breach_rules import Course, StillHere, entering_ends, is_broken, is_hit
from portal.appointments.events import BreachEvent, promise_broken
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.calendar.opening import Schedule
from portal.calendar.queries import get_openings
from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.core.ledger import record
from portal.core.sweeps import list_outages
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

#: Breaches that one run of the sweep writes down.
BATCH = 100
#: How far back the sweep looks, so that neither an outage nor holidays after it hide a breach.
LOOK_BACK = timedelta(days=21)
#: The sweep's name, by which its rounds are known.
JOB = "appointments.breaches"

_IS_WRITTEN = (
    select(Breach.id)
    .where(
        Breach.institution_id == Booking.institution_id,
        Breach.booking_id == Booking.id,
        Breach.slot_id == Booking.slot_id,
    )
    .exists()
)
#: In the words of the index ``ix_booking_unserved``. What the window says of the person's own
#: report, by taking it back or by noting a no-show, does not make them have been away.
_UNSERVED = select(
    Booking.id,
    Booking.post_id,
    Booking.starts_at,
    Booking.ends_at,
    Booking.arrived_at,
    Booking.started_at,
).where(
    and_(Booking.arrived_at.is_not(None), Booking.started_at.is_(None)),
    Booking.ends_at > bindparam("after"),
    Booking.ends_at < bindparam("before"),
    Booking.state != State.CANCELLED,
    ~_IS_WRITTEN,
)


def course_of(booking: Booking) -> Course:
    """How a booking went, for the rules."""
    return Course(booking.starts_at, booking.ends_at, booking.arrived_at, booking.started_at)


def note_breaches(session: Session, now: datetime) -> None:
    """Sweep: write down each promise that has broken, once, whichever worker is first.

    What an outage of the portal hit is first the window's to enter from paper, for some hours.

    All bookings are locked before anything else is, in ascending id; whoever starts to serve
    at that moment was earlier, and nothing is broken, or finds the booking changed.
    """
    asked = {"after": now - LOOK_BACK, "before": now}
    tenant = get_tenant(session)
    found = [
        _Found(row.id, row.post_id, course, rules)
        for row in session.execute(_UNSERVED, asked)
        if is_broken(
            course := Course(row.starts_at, row.ends_at, row.arrived_at, row.started_at),
            rules := get_settings(session, tenant, at=row.starts_at).booking,
            now,
        )
    ]
    due = sorted(_without_paper(session, tenant, found, now)) if found else []
    locked = session.scalars(
        select(Booking)
        .where(Booking.id.in_(due[:BATCH]), ~_IS_WRITTEN)
        .order_by(Booking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for booking in locked:
        note_breach(session, booking=booking, now=now)


@dataclass(frozen=True)
class _Found:
    """A promise that looks broken, and what is said to it."""

    booking_id: int
    post_id: int
    course: Course
    rules: BookingRules


def _without_paper(
    session: Session, tenant: Tenant, found: list[_Found], now: datetime
) -> list[int]:
    """Those whose course no paper can still tell otherwise."""
    since = min(each.course.starts_at for each in found)
    outages = list_outages(session, JOB, since=since, now=now)
    if not outages:
        return [each.booking_id for each in found]
    openings = get_openings(session, tenant.zone, tenant.region)
    schedules: dict[int, Schedule | None] = {
        post.id: openings.schedule(post.schedule_id)
        for post in session.scalars(
            select(Post).where(Post.id.in_({each.post_id for each in found}))
        )
    }
    return [
        each.booking_id
        for each in found
        if not any(
            is_hit(each.course, each.rules, outage.began_at, outage.ended_at)
            and now < entering_ends(schedules[each.post_id], outage.ended_at)
            for outage in outages
        )
    ]


def note_breach(session: Session, *, booking: Booking, now: datetime) -> Breach | None:
    """Write down that this promise is broken, if it is and nobody has yet; tells the citizen.

    The booking's row is locked. The settings count that held when the promised time began, so
    that no later change of them makes good or bad what was promised.
    """
    rules = get_settings(session, get_tenant(session), at=booking.starts_at).booking
    course = course_of(booking)
    if not is_broken(course, rules, now) or booking.state == State.CANCELLED:
        return None
    if find_breach(session, booking) is not None:
        return None
    breach = _write(session, booking, course, rules, now)
    record(
        session,
        "appointments.breach.recorded",
        subject=("breach", breach.id),
        actor=SYSTEM,
        now=now,
        booking=booking.id,
        slot=booking.slot_id,
    )
    promise_broken.send(BreachEvent(session, breach.id, now))
    return breach


def _write(
    session: Session, booking: Booking, course: Course, rules: BookingRules, now: datetime
) -> Breach:
    assert course.arrived_at is not None
    breach = Breach(
        booking_id=booking.id,
        slot_id=booking.slot_id,
        service_id=booking.service_id,
        post_id=booking.post_id,
        local_date=booking.local_date,
        starts_at=course.starts_at,
        ends_at=course.ends_at,
        arrived_at=course.arrived_at,
        started_at=course.started_at,
        arrival_minutes=rules.breach_arrival_minutes,
        start_minutes=rules.breach_start_minutes,
        recorded_at=now,
    )
    session.add(breach)
    # Whoever decides upon what was shown before must look again.
    booking.version += 1
    session.flush()
    return breach


def find_breach(session: Session, booking: Booking) -> Breach | None:
    """The breach of the time that a booking has now."""
    return session.scalar(
        select(Breach).where(Breach.booking_id == booking.id, Breach.slot_id == booking.slot_id)
    )


def check_not_here(session: Session, booking: Booking, actor: Actor, now: datetime) -> None:
    """Nobody else moves or cancels away whose time has begun and who reported being here.

    Once the breach is written down, another time cannot hide it any more. Raises StillHere.
    """
    is_waiting = booking.is_arrival_own and booking.starts_at <= now
    if is_waiting and actor.kind != "citizen" and find_breach(session, booking) is None:
        raise StillHere
