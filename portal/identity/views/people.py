"""Administration of people: the list, one person, accounts, roles, leaving."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import Forbidden, NotFound
from portal.core.localized import Localized, pick
from portal.core.session import db
from portal.identity.forms.people import GrantForm, HandOverForm, StaffForm
from portal.identity.forms.staff import PlainForm
from portal.identity.models import Staff
from portal.identity.queries.heads import list_headed
from portal.identity.queries.principals import StaffPrincipal
from portal.identity.queries.staff import (
    get_staff,
    get_unit,
    list_colleagues,
    list_grants,
    list_roles,
    list_staff,
    list_units,
)
from portal.identity.rules import Holdings
from portal.identity.services import staffing
from portal.identity.services.granting import EDIT_STAFF, can_grant
from portal.identity.services.staffing import Details
from portal.identity.staff_events import StaffLeaving, ask_holdings
from portal.identity.views import beforehand
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language
from portal.web.requests import page_number

pages = Blueprint("people", __name__, template_folder="../templates", url_prefix="/admin/people")
ISSUING = frozenset({"people.add", "people.issue_password", "people.take_back"})


@pages.before_request
def issue_beforehand() -> None:
    """First passwords are hashed before any transaction begins."""
    if request.method == "POST" and request.endpoint in ISSUING:
        beforehand.issue_one()


def named(text: Localized) -> str:
    """An institution's own text in the reader's language."""
    return pick(text, current_language())[0]


def own_holdings() -> Holdings:
    """What the signed-in person may do."""
    principal: StaffPrincipal = g.staff
    return principal.holdings


def get_reached(staff_id: int) -> Staff:
    """Somebody of a unit whose people one may keep; raises NotFound and Forbidden."""
    staff = get_staff(db.session(), staff_id)
    _check_unit(staff.unit_id)
    return staff


def _check_unit(unit_id: int) -> None:
    if not guards.current_staff().can(EDIT_STAFF, unit_id):
        raise Forbidden


@pages.get("/")
@guards.permitted(EDIT_STAFF)
def index() -> ResponseReturnValue:
    """The people, found by number or name."""
    units = list_units(db.session(), with_inactive=True)
    unit_names = {unit.id: named(unit.name) for unit in units}
    unit_id = request.args.get("unit", None, int)
    listing = list_staff(
        db.session(),
        page=page_number(),
        query=request.args.get("q", "")[:60],
        unit_id=unit_id if unit_id in unit_names else None,
        within=own_holdings().units_of(EDIT_STAFF),
        with_left=request.args.get("left") == "yes",
    )
    return render_template(
        "identity/people.html",
        listing=listing,
        unit_names=unit_names,
        grants=list_grants(db.session(), [person.id for person in listing.rows]),
    )


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def add() -> ResponseReturnValue:
    """Take somebody on; the first password is shown in answer, once."""
    form = StaffForm()
    form.unit.choices = _unit_choices()
    if form.validate_on_submit():
        with landing_on(form):
            _check_unit(form.unit.data)
            issued = beforehand.take_issued()[0]
            staff = staffing.add_staff(
                db.session(),
                details=_details(form),
                password_hash=issued.hash,
                actor=guards.current_actor(),
                now=g.now,
            )
            return _show_password(staff, issued.plain)
    return form_page("identity/person_form.html", form, person=None)


def _details(form: StaffForm) -> Details:
    return Details(
        number=form.number.data,
        name=form.name.data,
        unit_id=form.unit.data,
        phone=form.phone.data or "",
        email=form.email.data or "",
    )


def _show_password(staff: Staff, plain: str) -> ResponseReturnValue:
    """Shown in answer to the act itself, since afterwards only its hash is left."""
    return render_template(
        "identity/issued.html",
        person=staff,
        unit=get_unit(db.session(), staff.unit_id),
        password=plain,
    )


def _unit_choices(besides: int | None = None) -> list[tuple[int, str]]:
    """Open units whose people one may keep, and the one that stands already."""
    reach = own_holdings().units_of(EDIT_STAFF)
    return [
        (unit.id, named(unit.name))
        for unit in list_units(db.session(), with_inactive=True)
        if (reach is None or unit.id in reach) and (unit.is_active or unit.id == besides)
    ]


@pages.get("/<int:staff_id>/")
@guards.permitted(EDIT_STAFF)
def show(staff_id: int) -> ResponseReturnValue:
    """One person with roles and what can be done."""
    return _show(get_reached(staff_id), _grant_form())


def _show(person: Staff, form: GrantForm) -> ResponseReturnValue:
    return form_page(
        "identity/person.html",
        form,
        person=person,
        unit=get_unit(db.session(), person.unit_id),
        grants=list_grants(db.session(), [person.id]).get(person.id, []),
    )


def _grant_form() -> GrantForm:
    """What one may pass on: roles that one holds somewhere oneself, and where."""
    form, own = GrantForm(), own_holdings()
    units = list_units(db.session())
    places: list[int | None] = [None, *(unit.id for unit in units)]
    form.role.choices = [
        (role.id, named(role.name))
        for role in list_roles(db.session())
        if any(can_grant(own, role, place) for place in places)
    ]
    form.unit.choices = [
        (0, _("Whole institution")),
        *((unit.id, named(unit.name)) for unit in units),
    ]
    return form


@pages.route("/<int:staff_id>/edit/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def edit(staff_id: int) -> ResponseReturnValue:
    """Correct what is kept of somebody."""
    person = get_reached(staff_id)
    form = StaffForm(obj=person, unit=person.unit_id)
    form.unit.choices = _unit_choices(person.unit_id)
    if form.validate_on_submit():
        with landing_on(form):
            _check_unit(form.unit.data)
            staffing.change_staff(
                db.session(),
                staff_id=staff_id,
                version=form.version.data,
                details=_details(form),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".show", staff_id=staff_id), 303)
    return form_page("identity/person_form.html", form, person=person)


@pages.post("/<int:staff_id>/roles/")
@guards.permitted(EDIT_STAFF)
def grant(staff_id: int) -> ResponseReturnValue:
    """Give somebody a role."""
    person = get_reached(staff_id)
    form = _grant_form()
    if form.validate_on_submit():
        with landing_on(form):
            staffing.grant_role(
                db.session(),
                staff_id=staff_id,
                role_id=form.role.data,
                unit_id=form.unit.data or None,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The role is given."))
            return redirect(url_for(".show", staff_id=staff_id), 303)
    return _show(person, form)


@pages.route("/<int:staff_id>/roles/<int:grant_id>/end/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def end_role(staff_id: int, grant_id: int) -> ResponseReturnValue:
    """Take a role back, after a question."""
    person = get_reached(staff_id)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            staffing.end_role(
                db.session(),
                staff_id=staff_id,
                grant_id=grant_id,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The role is ended."))
            return redirect(url_for(".show", staff_id=staff_id), 303)
    grants = list_grants(db.session(), [staff_id]).get(staff_id, [])
    found = [granted for granted in grants if granted.id == grant_id]
    if not found:
        raise NotFound
    return form_page("identity/end_role.html", form, person=person, grant=found[0])


@pages.route("/<int:staff_id>/password/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def issue_password(staff_id: int) -> ResponseReturnValue:
    """Give somebody a new first password, shown once."""
    person = get_reached(staff_id)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            issued = beforehand.take_issued()[0]
            staff = staffing.issue_first_password(
                db.session(),
                staff_id=staff_id,
                password_hash=issued.hash,
                actor=guards.current_actor(),
                now=g.now,
            )
            return _show_password(staff, issued.plain)
    return form_page("identity/issue_password.html", form, person=person)


@pages.route("/<int:staff_id>/telephone/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def reset_telephone(staff_id: int) -> ResponseReturnValue:
    """Let somebody set up the second factor anew."""
    person = get_reached(staff_id)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            staffing.reset_telephone(
                db.session(), staff_id=staff_id, actor=guards.current_actor(), now=g.now
            )
            flash(_("The second factor is reset. It is set up at the next sign-in."))
            return redirect(url_for(".show", staff_id=staff_id), 303)
    return form_page("identity/reset_telephone.html", form, person=person)


@pages.route("/<int:staff_id>/leave/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def leave(staff_id: int) -> ResponseReturnValue:
    """What somebody holds; with nothing in hand, the work here can end."""
    person = get_reached(staff_id)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            staffing.let_go(
                db.session(), staff_id=staff_id, actor=guards.current_actor(), now=g.now
            )
            flash(_("%(name)s does not work here any more.", name=person.name))
            return redirect(url_for(".show", staff_id=staff_id), 303)
    return _leaving_page(person, form, _hand_over_form(person))


def _hand_over_form(person: Staff) -> HandOverForm:
    form = HandOverForm()
    form.colleague.choices = [
        (staff.id, f"{staff.name} ({staff.number})")
        for staff in list_colleagues(db.session(), besides=person.id)
    ]
    return form


def _leaving_page(
    person: Staff, form: PlainForm | HandOverForm, hand_over_form: HandOverForm
) -> ResponseReturnValue:
    holdings = ask_holdings(StaffLeaving(db.session(), person.id))
    return form_page(
        "identity/leave.html",
        form,
        person=person,
        holdings=holdings,
        headed=list_headed(db.session(), person.id),
        handing=hand_over_form,
    )


@pages.post("/<int:staff_id>/hand-over/")
@guards.permitted(EDIT_STAFF)
def hand_over(staff_id: int) -> ResponseReturnValue:
    """Give all that somebody holds to a named colleague."""
    person = get_reached(staff_id)
    form = _hand_over_form(person)
    if form.validate_on_submit():
        with landing_on(form):
            staffing.hand_over(
                db.session(),
                staff_id=staff_id,
                to_staff_id=form.colleague.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Handed over."))
            return redirect(url_for(".leave", staff_id=staff_id), 303)
    return _leaving_page(person, form, form)


@pages.route("/<int:staff_id>/take-back/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def take_back(staff_id: int) -> ResponseReturnValue:
    """Let somebody who left work here again."""
    person = get_reached(staff_id)
    if person.left_at is None:
        return redirect(url_for(".show", staff_id=staff_id), 303)
    form = PlainForm()
    if form.validate_on_submit():
        with landing_on(form):
            issued = beforehand.take_issued()[0]
            staff = staffing.take_back(
                db.session(),
                staff_id=staff_id,
                password_hash=issued.hash,
                actor=guards.current_actor(),
                now=g.now,
            )
            return _show_password(staff, issued.plain)
    return form_page("identity/take_back.html", form, person=person)
