"""Administration of roles."""

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.listing import page_of
from portal.core.session import db
from portal.identity.forms.arranging import RoleForm
from portal.identity.forms.staff import PlainForm
from portal.identity.queries.staff import count_holders, get_role, list_roles
from portal.identity.services import arranging
from portal.identity.services.granting import EDIT_ROLES
from portal.identity.views.units import check_whole
from portal.web import guards
from portal.web.feature import Feature, Permission
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("roles", __name__, template_folder="../templates", url_prefix="/admin/roles")


def all_permissions() -> list[Permission]:
    """Every permission there is, in the order of the features."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    return [permission for feature in features for permission in feature.permissions]


@pages.get("/")
@guards.permitted(EDIT_ROLES)
def index() -> ResponseReturnValue:
    """All roles, with what each may do and how many people have it."""
    return render_template(
        "identity/roles.html",
        listing=page_of(list_roles(db.session()), page_number()),
        counts=count_holders(db.session()),
        labels={permission.code: _(permission.label) for permission in all_permissions()},
    )


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted(EDIT_ROLES)
def add() -> ResponseReturnValue:
    """Make a role."""
    check_whole(EDIT_ROLES)
    form = _form()
    if form.validate_on_submit():
        with landing_on(form):
            arranging.add_role(
                db.session(),
                code=form.code.data,
                name=form.name.data,
                permissions=form.permissions.data,
                needs_second_factor=form.needs_second_factor.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The role is added."))
            return redirect(url_for(".index"), 303)
    return form_page("identity/role_form.html", form, role=None)


def _form(**values: object) -> RoleForm:
    form = RoleForm(**values)
    form.permissions.choices = [
        (permission.code, _(permission.label)) for permission in all_permissions()
    ]
    return form


@pages.route("/<int:role_id>/", methods=["GET", "POST"])
@guards.permitted(EDIT_ROLES)
def edit(role_id: int) -> ResponseReturnValue:
    """Change what a role may do, for everybody who has it."""
    check_whole(EDIT_ROLES)
    role = get_role(db.session(), role_id)
    form = _form(obj=role)
    if form.validate_on_submit():
        with landing_on(form):
            arranging.change_role(
                db.session(),
                role_id=role_id,
                version=form.version.data,
                code=form.code.data,
                name=form.name.data,
                permissions=form.permissions.data,
                needs_second_factor=form.needs_second_factor.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".index"), 303)
    return form_page("identity/role_form.html", form, role=role)


@pages.route("/<int:role_id>/remove/", methods=["GET", "POST"])
@guards.permitted(EDIT_ROLES)
def remove(role_id: int) -> ResponseReturnValue:
    """Remove a role that nobody has, after a question."""
    check_whole(EDIT_ROLES)
    role = get_role(db.session(), role_id)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            arranging.remove_role(
                db.session(), role_id=role_id, actor=guards.current_actor(), now=g.now
            )
            flash(_("The role is removed."))
            return redirect(url_for(".index"), 303)
    return form_page("identity/remove_role.html", form, role=role)
