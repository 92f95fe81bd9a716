"""Administration of services: texts, papers, steps, grounds, fees and where they are offered."""

from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.forms import DecisionForm, FeeForm, OfferForm, ServiceForm
from portal.catalog.queries import (
    get_service,
    list_fees,
    list_offerings,
    list_posts,
    list_services,
    notice_of,
)
from portal.catalog.services import offers, service_texts
from portal.core.localized import pick
from portal.core.session import db
from portal.identity.queries.staff import list_units
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language

pages = Blueprint(
    "service_admin", __name__, template_folder="../templates", url_prefix="/admin/services"
)
EDIT = "catalog.service.edit"


def today() -> date:
    """The institution's date of this request."""
    day: date = g.now.astimezone(g.institution.zone).date()
    return day


@pages.get("/")
@guards.permitted(EDIT)
def index() -> ResponseReturnValue:
    """All services."""
    return render_template(
        "catalog/admin_services.html", services=list_services(db.session(), with_inactive=True)
    )


@pages.get("/<int:service_id>/")
@guards.permitted(EDIT)
def show(service_id: int) -> ResponseReturnValue:
    """A service with all that is said of it."""
    service = get_service(db.session(), service_id)
    return render_template(
        "catalog/admin_service.html",
        notice=notice_of(db.session(), service, on=today()),
        fees=list_fees(db.session(), service.id),
        today=today(),
        offerings=list_offerings(db.session(), service.id),
    )


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def add() -> ResponseReturnValue:
    """Add a service."""
    form = ServiceForm()
    _offer_units(form)
    if form.validate_on_submit():
        with landing_on(form):
            service = service_texts.create_service(
                db.session(), details=_details(form), actor=guards.current_actor(), now=g.now
            )
            flash(_("Saved."))
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_service_form.html", form, service=None)


@pages.route("/<int:service_id>/edit/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def edit(service_id: int) -> ResponseReturnValue:
    """Change what is said of a service."""
    service = get_service(db.session(), service_id)
    form = ServiceForm(obj=service, data={"unit": service.unit_id})
    _offer_units(form)
    if form.validate_on_submit():
        with landing_on(form):
            service_texts.change_service(
                db.session(),
                service=service,
                version=form.version.data or 0,
                details=_details(form),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_service_form.html", form, service=service)


@pages.route("/<int:service_id>/active/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def active(service_id: int) -> ResponseReturnValue:
    """Withdraw a service, or offer it again."""
    service = get_service(db.session(), service_id)
    form = DecisionForm()
    if form.validate_on_submit():
        service_texts.set_service_active(
            db.session(),
            service=service,
            is_active=not service.is_active,
            actor=guards.current_actor(),
            now=g.now,
        )
        flash(_("Saved."))
        return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_service_active.html", form, service=service)


@pages.route("/<int:service_id>/fee/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def fee(service_id: int) -> ResponseReturnValue:
    """A new fee from a day on; what was charged stays as it was."""
    service = get_service(db.session(), service_id)
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


@pages.post("/<int:service_id>/fee/<int:fee_id>/withdraw/")
@guards.permitted(EDIT)
def withdraw_fee(service_id: int, fee_id: int) -> ResponseReturnValue:
    """Withdraw a fee that has not begun to hold."""
    offers.withdraw_fee(
        db.session(),
        service=get_service(db.session(), service_id),
        fee_id=fee_id,
        today=today(),
        actor=guards.current_actor(),
        now=g.now,
    )
    flash(_("Withdrawn."))
    return redirect(url_for(".show", service_id=service_id), 303)


@pages.route("/<int:service_id>/offer/", methods=["GET", "POST"])
@pages.route("/<int:service_id>/offer/<int:post_id>/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def offer(service_id: int, post_id: int | None = None) -> ResponseReturnValue:
    """Where the service is offered, how long a person takes, how many at a time."""
    service = get_service(db.session(), service_id)
    standing = next(
        (row for row, _post in list_offerings(db.session(), service_id) if row.post_id == post_id),
        None,
    )
    form = OfferForm(obj=standing, data={"post": post_id} if post_id else None)
    language = current_language()
    form.post.choices = [
        SelectChoice(post.id, pick(post.name, language)[0]) for post in list_posts(db.session())
    ]
    if form.validate_on_submit():
        with landing_on(form):
            offers.offer_service(
                db.session(),
                service=service,
                post_id=form.post.data,
                slot_minutes=form.slot_minutes.data,
                capacity=form.capacity.data,
                is_active=form.is_active.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved. New times appear within a minute."))
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_offer.html", form, service=service)


def _offer_units(form: ServiceForm) -> None:
    language = current_language()
    form.unit.choices = [
        SelectChoice(unit.id, pick(unit.name, language)[0]) for unit in list_units(db.session())
    ]


def _details(form: ServiceForm) -> service_texts.ServiceDetails:
    return service_texts.ServiceDetails(
        unit_id=form.unit.data,
        code=form.code.data,
        name=form.name.data,
        summary=form.summary.data,
        promised_days=form.promised_days.data,
        basis=form.basis.data,
        asks_id_number=form.asks_id_number.data,
    )
