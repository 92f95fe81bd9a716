"""Administration of services: what is said of each, and whether it is offered at all."""

from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.forms import DecisionForm, ServiceForm
from portal.catalog.models import Service
from portal.catalog.queries import (
    get_service,
    list_fees,
    list_offerings,
    list_services_page,
    notice_of,
)
from portal.catalog.services import service_texts
from portal.catalog.views import reach
from portal.core.session import db
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint(
    "service_admin", __name__, template_folder="../templates", url_prefix="/admin/services"
)
EDIT = "catalog.service.edit"


def today() -> date:
    """The institution's date of this request."""
    day: date = g.now.astimezone(g.institution.zone).date()
    return day


def get_kept(service_id: int) -> Service:
    """A service of a unit whose services one keeps; raises NotFound and Forbidden."""
    service = get_service(db.session(), service_id)
    reach.check_unit(EDIT, service.unit_id)
    return service


@pages.get("/")
@guards.permitted(EDIT)
def index() -> ResponseReturnValue:
    """The services one keeps, in the institution's order."""
    listing = list_services_page(
        db.session(), page=page_number(), with_inactive=True, within=reach.units_of(EDIT)
    )
    return render_template("catalog/admin_services.html", listing=listing)


@pages.get("/<int:service_id>/")
@guards.permitted(EDIT)
def show(service_id: int) -> ResponseReturnValue:
    """A service with all that is said of it."""
    service = get_kept(service_id)
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
    last = list_services_page(db.session(), page=1, with_inactive=True).total
    form = ServiceForm(data={"position": last})
    form.unit.choices = reach.unit_choices(EDIT)
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
    service = get_kept(service_id)
    form = ServiceForm(obj=service, data={"unit": service.unit_id})
    form.unit.choices = reach.unit_choices(EDIT, standing=service.unit_id)
    if form.validate_on_submit():
        with landing_on(form):
            service_texts.change_service(
                db.session(),
                service=service,
                version=form.version.data,
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
    service = get_kept(service_id)
    form = DecisionForm(obj=service)
    if form.validate_on_submit():
        with landing_on(form):
            service_texts.set_service_active(
                db.session(),
                service=service,
                version=form.version.data,
                is_active=not service.is_active,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_service_active.html", form, service=service)


def _details(form: ServiceForm) -> service_texts.ServiceDetails:
    return service_texts.ServiceDetails(
        unit_id=form.unit.data,
        code=form.code.data,
        name=form.name.data,
        summary=form.summary.data,
        promised_days=form.promised_days.data,
        basis=form.basis.data,
        asks_id_number=form.asks_id_number.data,
        position=form.position.data,
        asks_qualification=form.asks_qualification.data,
    )
