"""The waiting list at the window: who waits, adding somebody, taking off, booking for them."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from portal.appointments.forms import offer_priorities
from portal.appointments.offers_rules import OfferGone
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Person
from portal.appointments.services.offers import take_offer
from portal.appointments.services.waiting import join_list, leave_list
from portal.appointments.views.desk import BOOK
from portal.appointments.views.waiting import usual_days
from portal.appointments.waiting_forms import DeskWaitingForm, KeptTimeForm
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_queries import find_place, get_entry, list_places
from portal.appointments.waiting_rules import STANDING
from portal.catalog.models import Service
from portal.catalog.queries import get_active_service, get_service
from portal.core.errors import Forbidden
from portal.core.listing import fetch_page
from portal.core.session import db
from portal.identity.contacts import parse_address, person_key
from portal.identity.forms.contacts import DecisionForm
from portal.identity.services.contacts import note_contact
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on, say_instead
from portal.web.requests import page_number

pages = Blueprint("desk_waiting", __name__, template_folder="../templates", url_prefix="/work")


@pages.get("/book/<code>/waiting/")
@guards.permitted(BOOK)
def index(code: str) -> ResponseReturnValue:
    """Who waits for a returned time of a service, in order."""
    service = get_active_service(db.session(), code)
    standing = select(Waiting).where(Waiting.service_id == service.id, Waiting.state.in_(STANDING))
    listing = fetch_page(
        db.session(), standing.order_by(Waiting.created_at, Waiting.id), page_number()
    )
    places = list_places(db.session(), [entry.id for entry in listing.rows])
    return render_template(
        "appointments/desk_waiting.html", service=service, listing=listing, places=places
    )


@pages.route("/book/<code>/waiting/add/", methods=["GET", "POST"])
@guards.permitted(BOOK)
def add(code: str) -> ResponseReturnValue:
    """Put somebody on the list who asks on the phone or in person."""
    service = get_active_service(db.session(), code)
    _check_unit(service)
    first, until, last = usual_days()
    form = DeskWaitingForm(first_day=first, last_day=until)
    offer_priorities(form, settings().booking)
    if not service.asks_id_number:
        del form.id_number
    if form.validate_on_submit():
        with landing_on(form):
            _join(form, service)
            flash(_("The person is on the waiting list and has been told."))
            return redirect(url_for(".index", code=code), 303)
    return form_page("appointments/desk_wait.html", form, service=service, last=last)


@pages.route("/waiting/<int:waiting_id>/remove/", methods=["GET", "POST"])
@guards.permitted(BOOK)
def remove(waiting_id: int) -> ResponseReturnValue:
    """Take somebody off the list who says so on the phone or in person."""
    entry = get_entry(db.session(), waiting_id)
    service = get_service(db.session(), entry.service_id)
    _check_unit(service)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            leave_list(db.session(), entry=entry, actor=guards.current_actor(), now=g.now)
            flash(_("Taken off the waiting list."))
            return redirect(url_for(".index", code=service.code), 303)
    return form_page("appointments/desk_remove_waiting.html", form, entry=entry, service=service)


@pages.route("/waiting/<int:waiting_id>/take/", methods=["GET", "POST"])
@guards.permitted(BOOK)
def take(waiting_id: int) -> ResponseReturnValue:
    """Book the time that is kept for somebody who says yes on the phone or in person."""
    entry = get_entry(db.session(), waiting_id)
    service = get_service(db.session(), entry.service_id)
    _check_unit(service)
    place = find_place(db.session(), waiting_id)
    offer = place.offer if place else None
    form = KeptTimeForm(offer=offer.id if offer else None)
    if form.validate_on_submit():
        with landing_on(form):
            if offer is None or offer.id != form.offer.data:
                # Another time may be kept meanwhile, to which nobody has said yes.
                say_instead(form.offer, offer.id if offer else None)
                raise OfferGone
            booking = take_offer(
                db.session(),
                offer=offer,
                rules=settings().booking,
                zone=g.institution.zone,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Booked. Say the number: %(reference)s.", reference=booking.reference))
            return redirect(url_for("desk.made", booking_id=booking.id), 303)
    return form_page("appointments/desk_take.html", form, entry=entry, service=service, place=place)


def _check_unit(service: Service) -> None:
    """Refuse a service of a unit for which the person may not book; raises Forbidden."""
    if not guards.current_staff().can(BOOK, service.unit_id):
        raise Forbidden


def _join(form: DeskWaitingForm, service: Service) -> Waiting:
    address = parse_address(form.contact.data, g.institution.region)
    contact = note_contact(db.session(), address=address, language=form.language.data, now=g.now)
    id_number = form.id_number.data or None if "id_number" in form else None
    return join_list(
        db.session(),
        service_id=service.id,
        person=Person(
            name=form.name.data,
            key=person_key(id_number=id_number, contact=contact.value, name=form.name.data),
            id_number=id_number,
            priority=form.priority.data,
            language=contact.language,
        ),
        contact_id=contact.id,
        channel=Channel(form.channel.data),
        first_day=form.first_day.data,
        last_day=form.last_day.data,
        rules=settings().booking,
        zone=g.institution.zone,
        actor=guards.current_actor(),
        now=g.now,
    )
