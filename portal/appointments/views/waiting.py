"""The waiting list for citizens: joining it, one's place in it, leaving it."""

from datetime import date, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import offer_priorities
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Person
from portal.appointments.services.waiting import join_list, leave_list
from portal.appointments.views.picker import asked_day
from portal.appointments.waiting_forms import WaitingForm
from portal.appointments.waiting_queries import (
    find_place,
    get_entry_by_link,
    list_places_of_contact,
    offer_token,
    waiting_token,
)
from portal.appointments.waiting_rules import WAITING_LABELS, WaitingState
from portal.catalog.queries import get_active_service, get_service
from portal.core.actor import Actor
from portal.core.session import db
from portal.identity.contacts import person_key
from portal.identity.forms.contacts import DecisionForm
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language

pages = Blueprint("waiting", __name__, template_folder="../templates")


def usual_days() -> tuple[date, date, date]:
    """From which day on, until when the list is joined if nothing else is said, and at most."""
    today = g.now.astimezone(g.institution.zone).date()
    last = today + timedelta(days=settings().booking.horizon_days)
    asked = asked_day()
    if asked is not None and today <= asked <= last:
        return asked, asked, last
    return today + timedelta(days=1), last, last


@pages.route("/book/<code>/wait/", methods=["GET", "POST"])
@guards.citizen
def join(code: str) -> ResponseReturnValue:
    """Wait for a returned time on the days that suit; the contact was proved on the way here."""
    service = get_active_service(db.session(), code)
    first, until, last = usual_days()
    priority = request.args.get("priority", "")
    form = WaitingForm(first_day=first, last_day=until, priority=priority)
    offer_priorities(form, settings().booking)
    if service.asks_id_number:
        form.ask_id_number()
    else:
        del form.id_number
    if form.validate_on_submit():
        with landing_on(form):
            id_number = form.id_number.data if "id_number" in form else None
            entry = join_list(
                db.session(),
                service_id=service.id,
                person=Person(
                    name=form.name.data,
                    key=person_key(
                        id_number=id_number, contact=g.citizen.value, name=form.name.data
                    ),
                    id_number=id_number,
                    is_for_other=form.for_other.data == "yes",
                    priority=form.priority.data,
                    language=current_language(),
                ),
                contact_id=g.citizen.contact_id,
                channel=Channel.ONLINE,
                first_day=form.first_day.data,
                last_day=form.last_day.data,
                rules=settings().booking,
                zone=g.institution.zone,
                actor=Actor("citizen", g.citizen.contact_id),
                now=g.now,
            )
            token = waiting_token(entry.id)
            return redirect(url_for(".show", waiting_id=entry.id, waiting_token=token, new=1), 303)
    return form_page("appointments/wait.html", form, service=service, last=last)


@pages.get("/me/waiting/")
@guards.citizen
def mine() -> ResponseReturnValue:
    """Every list on which the proved contact waits, and what is kept for it."""
    places = list_places_of_contact(db.session(), g.citizen.contact_id)
    return render_template("appointments/waits.html", places=places, token_of=waiting_token)


@pages.get("/w/<int:waiting_id>/<waiting_token>/")
@guards.everyone
def show(waiting_id: int, waiting_token: str) -> ResponseReturnValue:
    """One's place in the list, and the time that is kept at the moment."""
    entry = get_entry_by_link(db.session(), waiting_id=waiting_id, token=waiting_token)
    place = find_place(db.session(), entry.id)
    offer = place.offer if place and place.offer and place.offer.expires_at > g.now else None
    return render_template(
        "appointments/waiting.html",
        entry=entry,
        place=place,
        offer=offer,
        offer_token=offer_token(offer) if offer else "",
        token=waiting_token,
        is_new=bool(request.args.get("new")),
        service=get_service(db.session(), entry.service_id),
        ended=WAITING_LABELS[WaitingState(entry.state)],
    )


@pages.route("/w/<int:waiting_id>/<waiting_token>/leave/", methods=["GET", "POST"])
@guards.everyone
def leave(waiting_id: int, waiting_token: str) -> ResponseReturnValue:
    """Wait no longer."""
    entry = get_entry_by_link(db.session(), waiting_id=waiting_id, token=waiting_token)
    here = url_for(".show", waiting_id=waiting_id, waiting_token=waiting_token)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            actor = Actor("citizen", entry.contact_id)
            leave_list(db.session(), entry=entry, actor=actor, now=g.now)
            flash(_("You have left the waiting list."))
            return redirect(here, 303)
    service = get_service(db.session(), entry.service_id)
    return form_page("appointments/leave_waiting.html", form, service=service, here=here)
