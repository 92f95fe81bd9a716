"""The page of a time that is kept for somebody: take it, or leave it to others.

Whoever holds the link acts for the contact; opening it changes nothing, as mail scanners do that.
"""

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferState
from portal.appointments.queries import booking_token
from portal.appointments.rules import LIVE
from portal.appointments.services.offers import decline_offer, take_offer
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_queries import get_offer_by_link
from portal.catalog.queries import get_post, get_service
from portal.core.actor import Actor
from portal.core.session import db
from portal.identity.forms.contacts import DecisionForm
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on

pages = Blueprint("offers", __name__, template_folder="../templates", url_prefix="/o")


@pages.route("/<int:offer_id>/<offer_token>/", methods=["GET", "POST"])
@guards.everyone
def show(offer_id: int, offer_token: str) -> ResponseReturnValue:
    """What is kept until when; taking it books or moves."""
    offer = get_offer_by_link(db.session(), offer_id=offer_id, token=offer_token)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            booking = take_offer(
                db.session(),
                offer=offer,
                rules=settings().booking,
                zone=g.institution.zone,
                actor=Actor("citizen", offer.contact_id),
                now=g.now,
            )
            token = booking_token(booking.reference)
            return redirect(
                url_for("own.show", reference=booking.reference, token=token, new=1), 303
            )
    return _page("appointments/offer.html", form, offer, offer_token)


@pages.route("/<int:offer_id>/<offer_token>/decline/", methods=["GET", "POST"])
@guards.everyone
def decline(offer_id: int, offer_token: str) -> ResponseReturnValue:
    """Leave the time to others."""
    offer = get_offer_by_link(db.session(), offer_id=offer_id, token=offer_token)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            actor = Actor("citizen", offer.contact_id)
            decline_offer(db.session(), offer=offer, actor=actor, now=g.now)
            flash(_("You have left this time to others."))
            return redirect(url_for(".show", offer_id=offer_id, offer_token=offer_token), 303)
    return _page("appointments/decline.html", form, offer, offer_token)


def _page(template: str, form: DecisionForm, offer: Offer, token: str) -> tuple[str, int]:
    session = db.session()
    slot = session.get_one(Slot, offer.slot_id)
    booking = session.get(Booking, offer.booking_id) if offer.booking_id else None
    named = booking or session.get_one(Waiting, offer.waiting_id)
    taken = session.get(Booking, offer.taken_booking_id) if offer.taken_booking_id else None
    return form_page(
        template,
        form,
        offer=offer,
        token=token,
        slot=slot,
        name=named.name or "",
        moved=booking if booking is not None and booking.state in LIVE else None,
        is_open=offer.state == OfferState.OPEN and offer.expires_at > g.now,
        taken=taken,
        taken_token=booking_token(taken.reference) if taken else "",
        service=get_service(session, slot.service_id),
        post=get_post(session, slot.post_id),
    )
