"""Administration of units."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import Forbidden
from portal.core.listing import page_of
from portal.core.session import db
from portal.identity.forms.arranging import UnitForm
from portal.identity.forms.staff import PlainForm
from portal.identity.models import Unit
from portal.identity.queries.staff import (
    count_staff,
    get_unit,
    list_colleagues,
    list_staff_names,
    list_units,
)
from portal.identity.services import arranging
from portal.identity.services.granting import EDIT_UNITS
from portal.identity.services.heads import Heads
from portal.identity.staff_events import UnitClosing, ask_holdings
from portal.identity.views.people import named, own_holdings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("units", __name__, template_folder="../templates", url_prefix="/admin/units")


def check_whole(permission: str) -> None:
    """Refuse who holds the permission for some unit only; raises Forbidden."""
    if permission not in own_holdings().within(None):
        raise Forbidden


@pages.get("/")
@guards.permitted(EDIT_UNITS)
def index() -> ResponseReturnValue:
    """All units in order, with who answers for each and how many people it has."""
    listing = page_of(list_units(db.session(), with_inactive=True), page_number())
    named_ids = {each for unit in listing.rows for each in (unit.head_id, unit.deputy_id) if each}
    return render_template(
        "identity/units.html",
        listing=listing,
        names=list_staff_names(db.session(), named_ids),
        counts=count_staff(db.session()),
        form=PlainForm(),
    )


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted(EDIT_UNITS)
def add() -> ResponseReturnValue:
    """Found a unit."""
    check_whole(EDIT_UNITS)
    form = UnitForm()
    _offer_choices(form, None)
    if form.validate_on_submit():
        with landing_on(form):
            arranging.add_unit(
                db.session(),
                code=form.code.data,
                name=form.name.data,
                parent_id=form.parent.data or None,
                heads=Heads(form.head.data or None, form.deputy.data or None),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The unit is added."))
            return redirect(url_for(".index"), 303)
    return form_page("identity/unit_form.html", form, unit=None)


def _offer_choices(form: UnitForm, unit: Unit | None) -> None:
    form.parent.choices = _parents(unit)
    form.head.choices = form.deputy.choices = [
        (0, _("Nobody is named")),
        *((staff.id, f"{staff.name} ({staff.number})") for staff in list_colleagues(db.session())),
    ]


def _parents(unit: Unit | None) -> list[tuple[int, str]]:
    units = [other for other in list_units(db.session()) if other.parent_id is None]
    return [
        (0, _("No other unit")),
        *((other.id, named(other.name)) for other in units if unit is None or other.id != unit.id),
    ]


@pages.route("/<int:unit_id>/", methods=["GET", "POST"])
@guards.permitted(EDIT_UNITS)
def edit(unit_id: int) -> ResponseReturnValue:
    """Rename a unit, put it below another, or name who answers for it."""
    check_whole(EDIT_UNITS)
    unit = get_unit(db.session(), unit_id)
    form = UnitForm(
        obj=unit,
        parent=unit.parent_id or 0,
        head=unit.head_id or 0,
        deputy=unit.deputy_id or 0,
    )
    _offer_choices(form, unit)
    if form.validate_on_submit():
        with landing_on(form):
            arranging.change_unit(
                db.session(),
                unit_id=unit_id,
                version=form.version.data,
                code=form.code.data,
                name=form.name.data,
                parent_id=form.parent.data or None,
                heads=Heads(form.head.data or None, form.deputy.data or None),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".index"), 303)
    return form_page("identity/unit_form.html", form, unit=unit)


@pages.post("/<int:unit_id>/<any(up, down):way>/")
@guards.permitted(EDIT_UNITS)
def move(unit_id: int, way: str) -> ResponseReturnValue:
    """Change places with the neighbour."""
    check_whole(EDIT_UNITS)
    arranging.move_unit(
        db.session(),
        unit_id=unit_id,
        up=way == "up",
        actor=guards.current_actor(),
        now=g.now,
    )
    return redirect(url_for(".index"), 303)


@pages.route("/<int:unit_id>/close/", methods=["GET", "POST"])
@guards.permitted(EDIT_UNITS)
def close(unit_id: int) -> ResponseReturnValue:
    """Close a unit to which nothing belongs any more."""
    check_whole(EDIT_UNITS)
    unit = get_unit(db.session(), unit_id)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            arranging.close_unit(
                db.session(), unit_id=unit_id, actor=guards.current_actor(), now=g.now
            )
            flash(_("The unit is closed."))
            return redirect(url_for(".index"), 303)
    return form_page(
        "identity/close_unit.html",
        form,
        unit=unit,
        people=count_staff(db.session()).get(unit_id, 0),
        holdings=ask_holdings(UnitClosing(db.session(), unit_id)),
    )


@pages.post("/<int:unit_id>/reopen/")
@guards.permitted(EDIT_UNITS)
def reopen(unit_id: int) -> ResponseReturnValue:
    """Open a closed unit again."""
    check_whole(EDIT_UNITS)
    arranging.reopen_unit(db.session(), unit_id=unit_id, actor=guards.current_actor(), now=g.now)
    flash(_("The unit is open again."))
    return redirect(url_for(".index"), 303)
