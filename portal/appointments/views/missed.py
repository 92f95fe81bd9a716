"""One's own missed appointments: what counts, until when online is closed, and saying otherwise."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import ObjectionForm
from portal.appointments.no_show_queries import (
    find_standing,
    get_own_no_show,
    list_own_no_shows,
)
from portal.appointments.queries import get_booking
from portal.appointments.services.no_shows import object_to
from portal.appointments.views.own import pages
from portal.catalog.queries import get_service, list_service_names
from portal.core.session import db
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on

__all__ = ["pages"]


@pages.get("/me/missed/")
@guards.citizen
def missed() -> ResponseReturnValue:
    """How many count, what that means now, and each of them."""
    contact_id, rules = g.citizen.contact_id, settings().booking
    found = list_own_no_shows(db.session(), contact_id)
    services = sorted({booking.service_id for _no_show, booking in found})
    return render_template(
        "appointments/missed.html",
        found=found,
        names=list_service_names(db.session(), services),
        standing=find_standing(db.session(), contact_id=contact_id, rules=rules, now=g.now),
        rules=rules,
    )


@pages.route("/me/missed/<int:no_show_id>/", methods=["GET", "POST"])
@guards.citizen
def object_to_no_show(no_show_id: int) -> ResponseReturnValue:
    """Say in one's own words that it was otherwise."""
    no_show = get_own_no_show(db.session(), no_show_id, contact_id=g.citizen.contact_id)
    form = ObjectionForm()
    if form.validate_on_submit():
        with landing_on(form):
            object_to(
                db.session(),
                no_show=no_show,
                words=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Sent. The head of the window reads it; the answer will stand here."))
            return redirect(url_for(".missed"), 303)
    booking = get_booking(db.session(), no_show.booking_id)
    service = get_service(db.session(), booking.service_id)
    return form_page("appointments/object.html", form, no_show=no_show, service=service)
