"""One's own booking, by its link or found: see, cancel, move, arrive; put right who it is for."""

from datetime import timedelta

import segno
from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal.appointments.availability import Asker
from portal.appointments.closure_queries import find_closing_of, find_question
from portal.appointments.closure_rules import Answer
from portal.appointments.events import NumberAsked, number_asked
from portal.appointments.forms import CorrectionForm, FindForm, MoveForm, VersionForm
from portal.appointments.invitation import Entry, Method, invitation
from portal.appointments.models import Booking
from portal.appointments.queries import (
    booking_address,
    booking_token,
    find_booking_of_contact,
    get_booking_by_link,
    get_booking_of_contact,
)
from portal.appointments.rules import Channel, State, cancel_until, read_reference
from portal.appointments.services.answering import accept_new_time
from portal.appointments.services.bookings import cancel_booking, correct_person
from portal.appointments.services.moves import move_booking
from portal.appointments.services.window import note_arrival
from portal.appointments.views.picker import build_picker
from portal.appointments.views.promise import look_at
from portal.catalog.queries import get_post, get_service, list_documents
from portal.core.actor import Actor
from portal.core.crypto import blind_index
from portal.core.errors import TooMany
from portal.core.runtime import runtime
from portal.core.session import db
from portal.core.throttle import allow
from portal.identity.contacts import Address, parse_address
from portal.identity.services.contacts import SESSION
from portal.identity.views.citizens import start_proving
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import client_network

pages = Blueprint("own", __name__, template_folder="../templates")

#: Wrong look-ups by reference that one network may make in the window below.
FIND_LIMIT = 20
FIND_WINDOW = timedelta(minutes=15)


def _owner(booking: Booking) -> Actor:
    """Whoever holds the link acts for the booking's contact."""
    return Actor("citizen", booking.contact_id)


def link_of(booking: Booking) -> str:
    """The full address of a booking's page, as its QR says it."""
    return booking_address(g.institution, booking.reference, booking_token(booking.reference))


@pages.get("/b/<reference>/<token>/")
@guards.everyone
def show(reference: str, token: str) -> ResponseReturnValue:
    """The booking: when, where, who, what to bring, the way, and what can be changed."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    rules = settings().booking
    closing = find_closing_of(db.session(), booking)
    is_asked = closing is not None and closing[0].answer == Answer.OPEN
    until = cancel_until(booking.starts_at, rules.cancel_hours_before_midnight, g.institution.zone)
    if is_asked:
        # Whom we moved may say no as long as there is something to say no to.
        until = booking.starts_at
    qr = segno.make(link_of(booking), error="m", micro=False)
    return render_template(
        "appointments/own.html",
        booking=booking,
        token=token,
        is_new=bool(request.args.get("new")),
        service=get_service(db.session(), booking.service_id),
        post=get_post(db.session(), booking.post_id),
        documents=list_documents(db.session(), booking.service_id),
        broken=look_at(booking, token),
        until=until,
        closing=closing,
        is_asked=is_asked and booking.state == State.BOOKED,
        can_change=booking.state == State.BOOKED and g.now < until,
        can_arrive=booking.state == State.BOOKED and _is_today(booking),
        qr=Markup(qr.svg_inline(omitsize=True, border=1, title=_("Code for reporting"))),  # noqa: S704 made by us
    )


def _is_today(booking: Booking) -> bool:
    return bool(booking.local_date == g.now.astimezone(g.institution.zone).date())


@pages.get("/b/<reference>/<token>/invite.ics")
@guards.everyone
def invite(reference: str, token: str) -> ResponseReturnValue:
    """The booking for the person's own calendar."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    post = get_post(db.session(), booking.post_id)
    is_cancelled = booking.state == State.CANCELLED
    method = Method.CANCEL if is_cancelled else Method.PUBLISH
    entry = Entry(
        reference=booking.reference,
        sequence=booking.version,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        service=get_service(db.session(), booking.service_id).name,
        post=post.name,
        place=post.place,
        language=booking.language,
        link=link_of(booking),
    )
    body = invitation(
        entry,
        method=method,
        tenant=g.institution,
        organizer=runtime().config.mail_from,
        now=g.now,
    )
    response = Response(body, content_type=f"text/calendar; charset=utf-8; method={method}")
    response.headers["Content-Disposition"] = f'attachment; filename="{booking.reference}.ics"'
    return response


@pages.route("/b/<reference>/<token>/cancel/", methods=["GET", "POST"])
@guards.everyone
def cancel(reference: str, token: str) -> ResponseReturnValue:
    """Give the time back."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    form = VersionForm(version=booking.version)
    if form.validate_on_submit():
        with landing_on(form):
            cancel_booking(
                db.session(),
                booking=booking,
                version=form.version.data,
                rules=settings().booking,
                zone=g.institution.zone,
                actor=_owner(booking),
                now=g.now,
            )
            return redirect(url_for(".show", reference=reference, token=token), 303)
    return form_page(
        "appointments/cancel.html",
        form,
        booking=booking,
        token=token,
        service=get_service(db.session(), booking.service_id),
    )


@pages.route("/b/<reference>/<token>/move/", methods=["GET", "POST"])
@guards.everyone
def move(reference: str, token: str) -> ResponseReturnValue:
    """Choose another time; the old one is kept until the new one is sure."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    asker = Asker(Channel.ONLINE, has_priority=bool(booking.priority))
    form = MoveForm(version=booking.version)
    if form.validate_on_submit():
        with landing_on(form):
            move_booking(
                db.session(),
                booking=booking,
                version=form.version.data,
                slot_id=form.slot.data,
                asker=asker,
                rules=settings().booking,
                zone=g.institution.zone,
                actor=_owner(booking),
                now=g.now,
            )
            flash(_("Your booking has a new time. The number stays the same."))
            return redirect(url_for(".show", reference=reference, token=token), 303)
    service = get_service(db.session(), booking.service_id)
    picker = build_picker(db.session(), service_id=service.id, asker=asker)
    return form_page(
        "appointments/move.html",
        form,
        booking=booking,
        token=token,
        service=service,
        picker=picker,
    )


@pages.route("/b/<reference>/<token>/agree/", methods=["GET", "POST"])
@guards.everyone
def agree(reference: str, token: str) -> ResponseReturnValue:
    """Agree to the time given instead of a closed one; opening the page agrees to nothing."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    form = VersionForm(version=booking.version)
    if form.validate_on_submit():
        with landing_on(form):
            accept_new_time(
                db.session(),
                booking=booking,
                version=form.version.data,
                actor=_owner(booking),
                now=g.now,
            )
            flash(_("Thank you. We expect you at the new time."))
            return redirect(url_for(".show", reference=reference, token=token), 303)
    return form_page(
        "appointments/agree.html",
        form,
        booking=booking,
        token=token,
        question=find_question(db.session(), booking.id),
        service=get_service(db.session(), booking.service_id),
    )


@pages.route("/b/<reference>/<token>/here/", methods=["GET", "POST"])
@guards.everyone
def here(reference: str, token: str) -> ResponseReturnValue:
    """Report on one's own phone on the day."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    form = VersionForm(version=booking.version)
    if form.validate_on_submit() and _is_today(booking):
        with landing_on(form):
            note_arrival(
                db.session(),
                booking=booking,
                version=form.version.data,
                actor=_owner(booking),
                now=g.now,
            )
            flash(_("We know that you are here."))
            return redirect(url_for(".show", reference=reference, token=token), 303)
    return form_page(
        "appointments/here.html",
        form,
        booking=booking,
        token=token,
        is_today=_is_today(booking),
        post=get_post(db.session(), booking.post_id),
    )


@pages.route("/me/bookings/<reference>/", methods=["GET", "POST"])
@guards.citizen
def correct(reference: str) -> ResponseReturnValue:
    """Put right who the booking is for; not by its link, which may be in other hands."""
    booking = get_booking_of_contact(
        db.session(), reference=reference, contact_id=g.citizen.contact_id
    )
    form = CorrectionForm(name=booking.name, version=booking.version)
    service = get_service(db.session(), booking.service_id)
    if not service.asks_id_number:
        del form.id_number
    if form.validate_on_submit():
        with landing_on(form):
            correct_person(
                db.session(),
                booking=booking,
                version=form.version.data,
                name=form.name.data,
                id_number=form.id_number.data if "id_number" in form else None,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Corrected. The time and the number stay the same."))
            return redirect(url_for("citizens.my_data"), 303)
    return form_page("appointments/correct.html", form, booking=booking, service=service)


@pages.route("/find/", methods=["GET", "POST"])
@guards.everyone
def find() -> ResponseReturnValue:
    """Find what is one's own by number and contact; says the same for every wrong pair."""
    form = FindForm(reference=request.args.get("reference", ""))
    if form.validate_on_submit():
        network = blind_index("network", client_network())
        if not allow(
            db.session(), f"find:{network}", limit=FIND_LIMIT, window=FIND_WINDOW, now=g.now
        ):
            raise TooMany(retry_after=900)
        with landing_on(form):
            address = parse_address(form.contact.data, g.institution.region)
            return _look_up(form, address) or form_page("appointments/find.html", form)
    elif request.method == "GET" and g.citizen and form.reference.data:
        # Whoever has just proved the contact goes on with the number that was asked for.
        found = _look_up(form, Address(g.citizen.kind, g.citizen.value))
        return found or form_page("appointments/find.html", form)[0]
    return form_page("appointments/find.html", form)


def _look_up(form: FindForm, address: Address) -> ResponseReturnValue | None:
    """On to what has the number; None where there is nothing, which the form says."""
    known = g.citizen is not None and (g.citizen.kind, g.citizen.value) == (
        address.kind,
        address.value,
    )
    proved_id = g.citizen.contact_id if known else None
    asked = NumberAsked(db.session(), form.reference.data, proved_id)
    for _handler, found in number_asked.send(asked):
        if found is not None and found.endpoint:
            return redirect(url_for(found.endpoint, **found.values), 303)
        if found is not None:
            start_proving("proving", SESSION, address)
            goal = url_for(".find", reference=form.reference.data)
            return redirect(url_for("citizens.code", next=goal), 303)
    booking = find_booking_of_contact(db.session(), read_reference(form.reference.data), address)
    if booking is not None:
        token = booking_token(booking.reference)
        return redirect(url_for(".show", reference=booking.reference, token=token), 303)
    form.form_errors.append(_("There is nothing with this number and contact. Check both."))
    return None
