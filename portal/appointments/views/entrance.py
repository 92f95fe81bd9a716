"""The entrance page: a citizen reports by scanning the booking's QR or typing its number."""

from datetime import timedelta

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import ArrivalForm
from portal.appointments.models import Booking
from portal.appointments.queries import booking_token, find_booking, message_token, phone_ends_with
from portal.appointments.rules import State, read_reference
from portal.appointments.services.window import note_arrival
from portal.catalog.queries import get_post
from portal.core.actor import Actor
from portal.core.crypto import blind_index
from portal.core.errors import TooMany
from portal.core.session import db
from portal.core.throttle import allow
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import client_network

pages = Blueprint("entrance", __name__, template_folder="../templates", url_prefix="/arrive")

#: Reports that one entrance may take in ten minutes.
LIMIT = 300
#: Ends of a phone number that may be tried for one booking meanwhile.
TRIES = 5
WINDOW = timedelta(minutes=10)


@pages.route("/", methods=["GET", "POST"])
@guards.everyone
def arrive() -> ResponseReturnValue:
    """Report and read where to go; the next person finds an empty page again."""
    form = ArrivalForm()
    booking = None
    if form.validate_on_submit():
        network = blind_index("network", client_network())
        if not allow(db.session(), f"arrive:{network}", limit=LIMIT, window=WINDOW, now=g.now):
            raise TooMany(retry_after=600)
        with landing_on(form):
            booking = _find(form)
            if booking is None:
                form.form_errors.append(
                    _("We do not find this booking today. Please ask at the desk.")
                )
            elif booking.state == State.BOOKED:
                note_arrival(
                    db.session(),
                    booking=booking,
                    version=booking.version,
                    actor=Actor("citizen", booking.contact_id),
                    now=g.now,
                )
    post = get_post(db.session(), booking.post_id) if booking else None
    return form_page("appointments/arrive.html", form, booking=booking, post=post)


def _find(form: ArrivalForm) -> Booking | None:
    """Today's booking that was scanned, or typed together with the end of its number."""
    typed = form.code.data
    booking = find_booking(db.session(), read_reference(typed))
    today = g.now.astimezone(g.institution.zone).date()
    if booking is None or booking.local_date != today or booking.erased_at is not None:
        return None
    if booking.state == State.CANCELLED:
        return None
    if any(token(booking.reference) in typed for token in (booking_token, message_token)):
        return booking
    if not allow(db.session(), f"arrive-end:{booking.id}", limit=TRIES, window=WINDOW, now=g.now):
        return None
    return booking if phone_ends_with(db.session(), booking, form.last_four.data or "") else None
