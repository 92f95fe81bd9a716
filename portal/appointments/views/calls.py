"""Phoning people whom no message reached: whom of a window's people, and what came of it."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import CallForm
from portal.appointments.models import Booking
from portal.appointments.reach import list_unreached
from portal.appointments.services.calls import note_call
from portal.appointments.views.today import SERVE, check_post, get_served, local_today, pages
from portal.catalog.queries import list_service_names
from portal.core.listing import page_of
from portal.core.session import db
from portal.web import guards
from portal.web.forms import landing_on
from portal.web.requests import page_number


@pages.get("/<int:post_id>/calls/")
@guards.permitted(SERVE)
def calls(post_id: int) -> ResponseReturnValue:
    """Whom to phone, the soonest first."""
    post = check_post(post_id)
    unreached = list_unreached(db.session(), post_id=post_id, today=local_today(), now=g.now)
    listing = page_of(list(unreached.values()), page_number())
    services = sorted({row.booking.service_id for row in listing.rows})
    return render_template(
        "appointments/calls.html",
        post=post,
        listing=listing,
        names=list_service_names(db.session(), services),
    )


@pages.post("/booking/<int:booking_id>/phoned/")
@guards.permitted(SERVE)
def phoned(booking_id: int) -> ResponseReturnValue:
    """Write down how a call went."""
    booking = get_served("booking", booking_id)
    assert isinstance(booking, Booking)
    form = CallForm()
    if form.validate_on_submit():
        with landing_on(form):
            note_call(
                db.session(),
                booking=booking,
                is_reached=form.outcome.data == "reached",
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Written down. Your colleagues see it."))
    else:
        flash(_("Say whether you reached the person."), "bad")
    return redirect(url_for(".served", kind="booking", served_id=booking.id), 303)
