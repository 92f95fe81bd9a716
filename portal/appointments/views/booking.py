"""Booking online in four short steps: service, time, who, code."""

import json
import secrets
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments import draft as drafts
from portal.appointments.availability import Asker, find_next_time, list_next_times
from portal.appointments.forms import DetailsForm, TimeForm, offer_priorities
from portal.appointments.models import Booking, Hold
from portal.appointments.no_show_queries import find_standing
from portal.appointments.no_show_rules import OnlineClosed
from portal.appointments.queries import booking_token
from portal.appointments.rules import Channel, HoldGone
from portal.appointments.services.bookings import Order, book_held
from portal.appointments.services.holds import (
    Kept,
    fill_in,
    get_kept,
    give_back,
    hold_slot,
    renew_hold,
)
from portal.appointments.views.picker import build_picker
from portal.catalog.queries import (
    get_active_service,
    list_services,
    notice_of,
)
from portal.core.actor import Actor
from portal.core.crypto import blind_index
from portal.core.errors import N_
from portal.core.listing import page_of
from portal.core.session import db
from portal.identity.citizen_sessions import remember_citizen
from portal.identity.contacts import parse_address
from portal.identity.forms.contacts import CodeForm, DecisionForm
from portal.identity.services.contacts import confirm_code, issue_code, open_session
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language
from portal.web.requests import client_network, page_number

#: Said where the contact's own page could not say it.
_CLOSED_CALL = N_(
    "%(count)s appointments of this person were missed, so online booking is closed until "
    "%(until)s. Call %(phone)s or come to the window: there you get a time as always."
)

pages = Blueprint("booking", __name__, template_folder="../templates", url_prefix="/book")


def _priority() -> str:
    """The claim to priority made on the way; anything unknown is none."""
    claim = request.values.get("priority", "")
    return claim if claim in settings().booking.priorities else ""


def _holder() -> str:
    """The random name of this browser's session, made when first needed."""
    if "holder" not in session:
        session["holder"] = secrets.token_urlsafe(24)
        session["institution"] = g.institution.id
    holder: str = session["holder"]
    return holder


def _is_closed_for(contact_id: int | None) -> bool:
    """Whether missed appointments of a proved contact have closed online booking."""
    rules = settings().booking
    if contact_id is None or not rules.no_show_limit:
        return False
    standing = find_standing(db.session(), contact_id=contact_id, rules=rules, now=g.now)
    return standing.closed_until is not None


def _contact_id() -> int | None:
    """The contact that this visitor has proved, if any."""
    return g.citizen.contact_id if g.citizen else None


def _network() -> str:
    """Blind index of the address the request comes from."""
    return blind_index("network", client_network())


@pages.get("/")
@guards.everyone
def services() -> ResponseReturnValue:
    """Step 1: which service, each with its next free time."""
    listing = page_of(list_services(db.session()), page_number())
    times = list_next_times(
        db.session(), service_ids=[s.id for s in listing.rows], asker=Asker(), now=g.now
    )
    return render_template("appointments/services.html", listing=listing, times=times)


@pages.get("/<code>/")
@guards.everyone
def service(code: str) -> ResponseReturnValue:
    """Step 1, the chosen service: what to bring, what it costs, the next free time."""
    chosen = get_active_service(db.session(), code)
    today = g.now.astimezone(g.institution.zone).date()
    return render_template(
        "appointments/service.html",
        service=chosen,
        notice=notice_of(db.session(), chosen, on=today),
        next_time=find_next_time(db.session(), service_id=chosen.id, asker=Asker(), now=g.now),
    )


@pages.route("/<code>/time/", methods=["GET", "POST"])
@guards.everyone
def time(code: str) -> ResponseReturnValue:
    """Step 2: day and time; choosing one keeps it for ten minutes."""
    chosen = get_active_service(db.session(), code)
    asker = Asker(Channel.ONLINE, has_priority=bool(_priority()))
    # Named with the page already: a doubled POST must not be answered to two different holders.
    holder = _holder()
    form = TimeForm(priority=_priority())
    if form.validate_on_submit():
        if _is_closed_for(_contact_id()):
            return redirect(url_for("own.missed"), 303)
        with landing_on(form):
            hold = hold_slot(
                db.session(),
                slot_id=form.slot.data,
                service_id=chosen.id,
                holder=holder,
                network=_network(),
                contact_id=_contact_id(),
                asker=asker,
                rules=settings().booking,
                now=g.now,
            )
            if hold.draft is None and _priority():
                fill_in(db.session(), hold, {"priority": _priority()})
            return redirect(url_for(".details"), 303)
    picker = build_picker(db.session(), service_id=chosen.id, asker=asker)
    return form_page(
        "appointments/time.html", form, service=chosen, picker=picker, priority=_priority()
    )


@pages.route("/details/", methods=["GET", "POST"])
@guards.everyone
def details() -> ResponseReturnValue:
    """Step 3: who comes, how to reach them, for whom, priority."""
    kept = _kept()
    if kept is None:
        return _gone()
    hold, slot, chosen = kept.hold, kept.slot, kept.service
    form = DetailsForm(data=None if request.form else drafts.for_form(hold, g.citizen))
    offer_priorities(form, settings().booking)
    if chosen.asks_id_number:
        form.ask_id_number()
    else:
        del form.id_number
    if "keep" in request.form:
        with landing_on(form):
            renew_hold(
                db.session(),
                kept,
                contact_id=_contact_id(),
                rules=settings().booking,
                now=g.now,
            )
    elif form.validate_on_submit():
        with landing_on(form):
            draft = drafts.from_form(form, slot, region=g.institution.region, now=g.now)
            fill_in(db.session(), hold, draft)
            if not drafts.is_verified(draft, g.citizen):
                issue_code(
                    db.session(),
                    kind=draft["kind"],
                    value=draft["contact"],
                    language=current_language(),
                    purpose=_purpose(hold),
                    network=_network(),
                    now=g.now,
                )
            return redirect(url_for(".check"), 303)
    return form_page(
        "appointments/details.html",
        form,
        service=chosen,
        slot=slot,
        hold=hold,
        can_renew=hold.contact_id is not None and hold.contact_id == _contact_id(),
    )


@pages.route("/check/", methods=["GET", "POST"])
@guards.everyone
def check() -> ResponseReturnValue:
    """Step 4: read it over and prove the contact by its code; then the time is promised."""
    kept = _kept()
    if kept is None:
        return _gone()
    draft: dict[str, Any] = json.loads(kept.hold.draft or "{}")
    if "contact" not in draft:
        return redirect(url_for(".details"), 303)
    is_verified = drafts.is_verified(draft, g.citizen)
    form = DecisionForm() if is_verified else CodeForm()
    if form.validate_on_submit():
        with landing_on(form):
            confirmed = _confirm(form, kept, draft, is_verified)
            if confirmed is not None:
                return confirmed
    return form_page(
        "appointments/check.html",
        form,
        service=kept.service,
        post=kept.post,
        slot=kept.slot,
        hold=kept.hold,
        draft=draft,
        is_verified=is_verified,
    )


def _confirm(
    form: DecisionForm | CodeForm, kept: Kept, draft: dict[str, Any], is_verified: bool
) -> ResponseReturnValue | None:
    """Book what is held; None when the code was wrong, which is a result and is recorded."""
    opened = None
    if is_verified:
        contact_id = g.citizen.contact_id
    else:
        contact = confirm_code(
            db.session(),
            kind=draft["kind"],
            value=draft["contact"],
            purpose=_purpose(kept.hold),
            code=form.code.data,
            language=current_language(),
            now=g.now,
        )
        if contact is None:
            form.code.errors = [_("This code is not right. Look at the newest message.")]
            return None
        contact_id = contact.id
        opened = open_session(
            db.session(),
            contact,
            is_shared_device=form.is_shared_device.data,
            now=g.now,
        )
    try:
        booking = _book(kept, draft, contact_id)
    except OnlineClosed as closed:
        if not _is_closed_for(contact_id):
            # Closed for the person who was to come, who may be somebody else.
            phone = settings().presence.phones[0].number
            count, until = closed.params["count"], closed.params["until"]
            raise OnlineClosed(_CLOSED_CALL, count=count, until=until, phone=phone) from closed
        # A result: the right code stands, and the person reads how it came to that.
        give_back(db.session(), kept.hold, now=g.now)
        if opened is not None:
            remember_citizen(opened)
        session.pop("holder", None)
        return redirect(url_for("own.missed"), 303)
    if opened is not None:
        remember_citizen(opened)
    session.pop("holder", None)
    token = booking_token(booking.reference)
    return redirect(url_for("own.show", reference=booking.reference, token=token, new=1), 303)


def _book(kept: Kept, draft: dict[str, Any], contact_id: int) -> Booking:
    return book_held(
        db.session(),
        kept=kept,
        order=Order(
            person=drafts.person(draft, language=current_language()),
            contact_id=contact_id,
            channel=Channel.ONLINE,
        ),
        rules=settings().booking,
        zone=g.institution.zone,
        actor=Actor("citizen", contact_id),
        now=g.now,
    )


@pages.post("/leave/")
@guards.everyone
def leave() -> ResponseReturnValue:
    """Give the kept time back and start again."""
    kept = _kept()
    if kept is not None:
        give_back(db.session(), kept.hold, now=g.now)
    session.pop("holder", None)
    return redirect(url_for(".services"), 303)


@pages.post("/code/")
@guards.everyone
def new_code() -> ResponseReturnValue:
    """Send another code to the same contact."""
    kept = _kept()
    if kept is None:
        return _gone()
    draft = json.loads(kept.hold.draft or "{}")
    address = parse_address(draft.get("contact", ""), g.institution.region)
    issue_code(
        db.session(),
        kind=address.kind,
        value=address.value,
        language=current_language(),
        purpose=_purpose(kept.hold),
        network=_network(),
        now=g.now,
    )
    flash(_("A new code is on its way."))
    return redirect(url_for(".check"), 303)


def _purpose(hold: Hold) -> str:
    """What a code is for: what is kept here, and nothing that somebody else keeps."""
    return f"booking:{hold.id}"


def _kept() -> Kept | None:
    """What is kept for this browser, or None when its time ran out."""
    try:
        return get_kept(db.session(), holder=session.get("holder", ""), now=g.now)
    except HoldGone:
        return None


def _gone() -> ResponseReturnValue:
    """Say kindly that the ten minutes are over and where to go on."""
    return render_template("appointments/gone.html"), 410
