"""Booking for a citizen on the phone or in person, and the next appointment (W-YY-1)."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.availability import Asker
from portal.appointments.forms import DeskBookingForm, NextForm, offer_priorities
from portal.appointments.models import Booking
from portal.appointments.queries import get_booking
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, Promise, book_slot
from portal.appointments.services.window import finish_later
from portal.appointments.views.own import link_of
from portal.appointments.views.picker import Picker, build_picker
from portal.appointments.views.today import check_post, get_served
from portal.catalog.models import Service
from portal.catalog.queries import get_active_service, get_post, get_service, list_services
from portal.core.listing import page_of
from portal.core.session import db
from portal.identity.contacts import parse_address, person_key
from portal.identity.services.contacts import note_contact
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("desk", __name__, template_folder="../templates", url_prefix="/work/book")
BOOK = "appointments.booking.make"
OVERBOOK = "appointments.booking.overbook"


@pages.get("/")
@guards.permitted(BOOK)
def services() -> ResponseReturnValue:
    """For which service."""
    listing = page_of(list_services(db.session()), page_number())
    return render_template("appointments/desk_services.html", listing=listing)


@pages.route("/<code>/", methods=["GET", "POST"])
@guards.permitted(BOOK)
def book(code: str) -> ResponseReturnValue:
    """Choose a time and write down the person, on one page."""
    service = get_active_service(db.session(), code)
    form = DeskBookingForm()
    _fit(form, service)
    if form.validate_on_submit():
        with landing_on(form):
            booking = _book(form, service, Promise())
            flash(_("Booked. Say the number: %(reference)s.", reference=booking.reference))
            return redirect(url_for(".made", booking_id=booking.id), 303)
    return form_page("appointments/desk_book.html", form, service=service, picker=_picker(service))


@pages.get("/made/<int:booking_id>/")
@guards.permitted(BOOK)
def made(booking_id: int) -> ResponseReturnValue:
    """The slip to read out or print."""
    booking = get_booking(db.session(), booking_id)
    check_post(booking.post_id, BOOK)
    return render_template(
        "appointments/desk_made.html",
        booking=booking,
        service=get_service(db.session(), booking.service_id),
        post=get_post(db.session(), booking.post_id),
        link=link_of(booking),
    )


@pages.route("/next/<kind>/<int:served_id>/", methods=["GET", "POST"])
@guards.permitted(BOOK)
def following(kind: str, served_id: int) -> ResponseReturnValue:
    """It cannot be finished today: give the next appointment, with what will be done then."""
    served = get_served(kind, served_id)
    service = get_service(db.session(), served.service_id)
    form = NextForm(version=served.version)
    _fit(form, service)
    if served.name:
        # It is that person: written down already, and shown in full only to who says what for.
        del form.name
    if form.validate_on_submit():
        with landing_on(form):
            promise = Promise(form.purpose.data, form.bring.data or None)
            booking = _book(form, service, promise, name=served.name)
            finish_later(
                db.session(),
                served=served,
                version=form.version.data,
                next_booking=booking,
                waiver="",
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Booked. Say the number: %(reference)s.", reference=booking.reference))
            return redirect(url_for(".made", booking_id=booking.id), 303)
    return form_page(
        "appointments/desk_next.html",
        form,
        service=service,
        served=served,
        kind=kind,
        picker=_picker(service),
    )


def _fit(form: DeskBookingForm, service: Service) -> None:
    """Leave out what this service or this person's permissions do not need."""
    offer_priorities(form, settings().booking)
    if not service.asks_id_number:
        del form.id_number
    if not guards.current_staff().can(OVERBOOK):
        del form.overbook


def _picker(service: Service) -> Picker:
    asker = Asker(Channel.COUNTER, has_priority=True)
    return build_picker(db.session(), service_id=service.id, asker=asker)


def _book(
    form: DeskBookingForm, service: Service, promise: Promise, *, name: str | None = None
) -> Booking:
    """Book under the same rules as online; no contact is allowed and counts as not reachable."""
    name = name or form.name.data
    is_overbooked = bool("overbook" in form and form.overbook.data)
    contact = None
    if form.contact.data:
        address = parse_address(form.contact.data, g.institution.region)
        contact = note_contact(
            db.session(), address=address, language=form.language.data, now=g.now
        )
    id_number = form.id_number.data or None if "id_number" in form else None
    person = Person(
        name=name,
        key=person_key(id_number=id_number, contact=contact.value if contact else None, name=name),
        id_number=id_number,
        priority=form.priority.data,
        language=contact.language if contact else form.language.data,
    )
    booking = book_slot(
        db.session(),
        slot_id=form.slot.data,
        service_id=service.id,
        order=Order(
            person=person,
            contact_id=contact.id if contact else None,
            channel=Channel(form.channel.data),
            promise=promise,
            is_overbooked=is_overbooked,
        ),
        rules=settings().booking,
        zone=g.institution.zone,
        actor=guards.current_actor(),
        now=g.now,
    )
    check_post(booking.post_id, OVERBOOK if is_overbooked else BOOK)
    return booking
