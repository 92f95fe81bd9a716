"""One's own account: password, second factor, sessions elsewhere."""

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal.core.errors import N_
from portal.core.localized import pick
from portal.core.session import db
from portal.identity import staff_sessions
from portal.identity.forms.staff import (
    ChangePasswordForm,
    NewPasswordForm,
    PinForm,
    PlainForm,
    TelephoneCodeForm,
)
from portal.identity.queries.principals import StaffPrincipal
from portal.identity.queries.staff import get_staff, get_unit, list_grants
from portal.identity.services import second_factor as second
from portal.identity.services import signing_code, signing_in
from portal.identity.services.signing_in import Outcome
from portal.identity.views import beforehand
from portal.identity.views.staff import WRONG_CODE, next_address, refused
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language

pages = Blueprint("account", __name__, template_folder="../templates", url_prefix="/work/account")


@pages.before_request
def hash_beforehand() -> None:
    """Passwords are compared and hashed before any transaction begins."""
    if request.method != "POST":
        return
    if request.endpoint in ("account.change_password", "account.pin"):
        beforehand.prove_own()
    if request.endpoint == "account.pin":
        beforehand.hash_pin()
    if request.endpoint in ("account.change_password", "account.first_password"):
        beforehand.hash_chosen()


def own() -> StaffPrincipal:
    """The person whose account it is."""
    principal: StaffPrincipal = g.staff
    return principal


@pages.get("/")
@guards.staff
def show() -> ResponseReturnValue:
    """Who one is here, and what one can change about it."""
    return render_template(
        "identity/account.html",
        person=own(),
        unit=get_unit(db.session(), own().unit_id),
        grants=list_grants(db.session(), [own().id]).get(own().id, []),
        codes_left=second.count_recovery_codes(db.session(), own().id),
        has_pin=get_staff(db.session(), own().id).pin_hash is not None,
    )


@pages.route("/first-password/", methods=["GET", "POST"])
@guards.staff
def first_password() -> ResponseReturnValue:
    """Replace the password that was issued."""
    if not own().must_change_password:
        return redirect(next_address() or url_for("staff.home"), 303)
    form = NewPasswordForm()
    if form.validate_on_submit():
        with landing_on(form):
            staff = signing_in.choose_first_password(
                db.session(),
                new_hash=beforehand.take_chosen_hash(),
                actor=guards.current_actor(),
                now=g.now,
            )
            staff_sessions.keep_session(staff)
            flash(_("Your password is set."))
            return redirect(next_address() or url_for("staff.home"), 303)
    shortest = settings().sign_in.password_length
    return form_page("identity/first_password.html", form, shortest=shortest)


@pages.route("/password/", methods=["GET", "POST"])
@guards.staff
def change_password() -> ResponseReturnValue:
    """Replace one's own password; sessions elsewhere end."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        with landing_on(form):
            outcome = signing_in.change_own_password(
                db.session(),
                proof=beforehand.take_proof(),
                new_hash=beforehand.take_chosen_hash(),
                since=staff_sessions.session_name(),
                actor=guards.current_actor(),
                now=g.now,
            )
            if outcome is Outcome.DONE:
                staff_sessions.keep_session(get_staff(db.session(), own().id))
                flash(_("Your password is changed. Other devices are signed out."))
                return redirect(url_for(".show"), 303)
            refused(form, outcome, N_("The present password is not right."), "password")
    shortest = settings().sign_in.password_length
    return form_page("identity/change_password.html", form, shortest=shortest)


@pages.route("/pin/", methods=["GET", "POST"])
@guards.staff
def pin() -> ResponseReturnValue:
    """Set the PIN by which one signs what is handed over."""
    form = PinForm()
    if form.validate_on_submit():
        with landing_on(form):
            outcome = signing_code.set_pin(
                db.session(),
                proof=beforehand.take_proof(),
                pin_hash=beforehand.take_chosen_hash(),
                since=staff_sessions.session_name(),
                actor=guards.current_actor(),
                now=g.now,
            )
            if outcome is Outcome.DONE:
                flash(_("Your signing PIN is set."))
                return redirect(next_address() or url_for(".show"), 303)
            refused(form, outcome, N_("The present password is not right."), "password")
    return form_page("identity/pin.html", form)


@pages.route("/second-factor/", methods=["GET", "POST"])
@guards.staff
def set_up_second_factor() -> ResponseReturnValue:
    """Let a telephone learn the secret, and show the recovery codes once."""
    if own().has_second_factor:
        return redirect(next_address() or url_for(".show"), 303)
    form = TelephoneCodeForm()
    secret = staff_sessions.secret_to_learn(second.new_secret())
    if form.validate_on_submit():
        with landing_on(form):
            codes = second.enrol(
                db.session(),
                staff_id=own().id,
                secret=secret,
                code=form.code.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            staff_sessions.forget_secret()
            return _show_codes(codes)
    address = second.provisioning_address(
        secret, number=own().number, institution=pick(g.institution.name, current_language())[0]
    )
    qr = segno.make(address, error="m", micro=False)
    return form_page(
        "identity/set_up_second_factor.html",
        form,
        person=own(),
        secret=secret,
        qr=Markup(qr.svg_inline(omitsize=True, border=1)),  # noqa: S704 made by us
    )


@pages.route("/recovery-codes/", methods=["GET", "POST"])
@guards.staff
def renew_codes() -> ResponseReturnValue:
    """New codes on paper instead of the old ones."""
    if not own().has_second_factor:
        return redirect(url_for(".set_up_second_factor"), 303)
    form = TelephoneCodeForm()
    if form.validate_on_submit():
        outcome, codes = second.renew_recovery_codes(
            db.session(),
            staff_id=own().id,
            code=form.code.data,
            actor=guards.current_actor(),
            now=g.now,
        )
        if outcome is Outcome.DONE:
            return _show_codes(codes)
        refused(form, outcome, WRONG_CODE, "code")
    return form_page("identity/renew_codes.html", form)


def _show_codes(codes: list[str]) -> ResponseReturnValue:
    """Shown in answer to the act itself, since afterwards only hashes are left."""
    return render_template(
        "identity/recovery_codes.html", codes=codes, onward=next_address() or url_for(".show")
    )


@pages.route("/sign-out-everywhere/", methods=["GET", "POST"])
@guards.staff
def sign_out_everywhere() -> ResponseReturnValue:
    """End all sessions of one's own, this one too."""
    form = PlainForm()
    if form.validate_on_submit():
        signing_in.sign_out_everywhere(db.session(), actor=guards.current_actor(), now=g.now)
        staff_sessions.end_session()
        flash(_("You are signed out everywhere."))
        return redirect(url_for("staff.sign_in"), 303)
    return form_page("identity/sign_out_everywhere.html", form)
