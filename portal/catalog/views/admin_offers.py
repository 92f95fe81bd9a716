"""Administration of what a service costs, and at which posts it is offered."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.forms import DecisionForm, FeeForm, OfferForm
from portal.catalog.models import Service
from portal.catalog.queries import get_fee, get_offering, list_posts_without
from portal.catalog.services import offers
from portal.catalog.views import reach
from portal.catalog.views.admin_services import EDIT, get_kept, pages, today
from portal.core.session import db
from portal.web import guards
from portal.web.forms import form_page, landing_on


@pages.route("/<int:service_id>/fee/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def fee(service_id: int) -> ResponseReturnValue:
    """A new fee from a day on; what was charged stays as it was (I-18)."""
    service = get_kept(service_id)
    form = FeeForm()
    if form.validate_on_submit():
        with landing_on(form):
            offers.add_fee(
                db.session(),
                service=service,
                amount=form.amount.data,
                basis=form.basis.data,
                valid_from=form.valid_from.data,
                today=today(),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_fee.html", form, service=service)


@pages.route("/<int:service_id>/fee/<int:fee_id>/withdraw/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def withdraw_fee(service_id: int, fee_id: int) -> ResponseReturnValue:
    """Withdraw a fee that has not begun to hold, after a question."""
    service = get_kept(service_id)
    ahead = get_fee(db.session(), service_id=service_id, fee_id=fee_id)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            offers.withdraw_fee(
                db.session(),
                service=service,
                fee=ahead,
                today=today(),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Withdrawn."))
            return redirect(url_for(".show", service_id=service_id), 303)
    return form_page("catalog/admin_fee_withdraw.html", form, service=service, fee=ahead)


@pages.route("/<int:service_id>/offer/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def add_offer(service_id: int) -> ResponseReturnValue:
    """Offer the service at one more post."""
    service = get_kept(service_id)
    form = OfferForm()
    kept = reach.units_of(EDIT)
    form.post.choices = [
        SelectChoice(post.id, reach.named(post.name))
        for post in list_posts_without(db.session(), service_id)
        if kept is None or post.unit_id in kept
    ]
    if form.validate_on_submit():
        with landing_on(form):
            return _offer(service, form.post.data, form)
    return form_page("catalog/admin_offer.html", form, service=service, post=None)


@pages.route("/<int:service_id>/offer/<int:post_id>/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def edit_offer(service_id: int, post_id: int) -> ResponseReturnValue:
    """How long a person takes there, how many come at a time, whether it can be booked."""
    service = get_kept(service_id)
    offering, post = get_offering(db.session(), service_id=service_id, post_id=post_id)
    form = OfferForm(obj=offering, data={"version": service.version})
    del form.post
    if form.validate_on_submit():
        with landing_on(form):
            return _offer(service, post_id, form, version=form.version.data)
    return form_page("catalog/admin_offer.html", form, service=service, post=post)


def _offer(
    service: Service, post_id: int, form: OfferForm, *, version: int | None = None
) -> ResponseReturnValue:
    offers.offer_service(
        db.session(),
        service=service,
        post_id=post_id,
        slot_minutes=form.slot_minutes.data,
        capacity=form.capacity.data,
        is_active=form.is_active.data,
        actor=guards.current_actor(),
        now=g.now,
        version=version,
    )
    flash(_("Saved. New times appear within a minute."))
    return redirect(url_for(".show", service_id=service.id), 303)
