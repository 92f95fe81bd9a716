"""What a citizen is told when the window's head answers what they said of a missed appointment."""

from portal.appointments.events import BookingEvent, NoShowEvent, objection_answered
from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.notifications import tell


@objection_answered.connect
def tell_answer(event: NoShowEvent) -> None:
    """Say whether it still counts, and why; it may stand first and be taken back later."""
    session = event.session
    no_show = session.get_one(NoShow, event.no_show_id)
    booking = session.get_one(Booking, no_show.booking_id)
    is_undone = no_show.undone_at is not None
    tell(
        BookingEvent(session, booking.id, booking.version, event.now),
        "objection",
        key=f"no-show-{no_show.id}-{'undone' if is_undone else 'stands'}",
        # The time that was missed, whatever the booking has become.
        starts_at=no_show.starts_at.isoformat(),
        is_undone=is_undone,
        answer=no_show.answer,
    )
