"""A claim to priority, verified by one tap while the person stands at the window."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import ClaimForm
from portal.appointments.models import Booking
from portal.appointments.services.priority import note_verdict
from portal.appointments.views.today import SERVE, get_served, pages
from portal.core.session import db
from portal.web import guards
from portal.web.forms import landing_on

__all__ = ["pages"]


@pages.post("/booking/<int:booking_id>/priority/")
@guards.permitted(SERVE)
def claim(booking_id: int) -> ResponseReturnValue:
    """Confirmed or not; nobody but the window and the person ever sees which."""
    booking = get_served("booking", booking_id)
    assert isinstance(booking, Booking)
    form = ClaimForm()
    if form.validate_on_submit():
        with landing_on(form):
            note_verdict(
                db.session(),
                booking=booking,
                version=form.version.data,
                is_confirmed=form.outcome.data == "confirmed",
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Written down."))
            return redirect(url_for(".day", post_id=booking.post_id), 303)
    for message in [*form.form_errors, *form.version.errors, *form.outcome.errors]:
        flash(message, "bad")
    return redirect(url_for(".day", post_id=booking.post_id), 303)
