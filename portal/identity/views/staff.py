"""Signing in and out, and the locked screen."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.errors import N_, DomainError
from portal.core.session import db
from portal.identity import staff_sessions
from portal.identity.forms.staff import PlainForm, SecondFactorForm, SignInForm, UnlockForm
from portal.identity.models import Staff
from portal.identity.rules import DEVICE_KEPT, LOCK_WINDOW
from portal.identity.services import second_factor as second
from portal.identity.services import signing_in
from portal.identity.services.signing_in import Attempt, Outcome
from portal.identity.views import beforehand
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.feature import Feature
from portal.web.forms import Form, form_page
from portal.web.requests import client_network, page_inside

pages = Blueprint("staff", __name__, template_folder="../templates", url_prefix="/work")
WRONG_CODE = N_("This code does not fit. Write the one that is shown now.")


@pages.before_request
def hash_beforehand() -> None:
    """Passwords are compared before any transaction begins."""
    if request.method != "POST":
        return
    if request.endpoint == "staff.sign_in":
        beforehand.prove_by_number()
    elif request.endpoint == "staff.unlock":
        beforehand.prove_own()


def next_address() -> str:
    """Where the person wanted to go, if it is a page of this institution; else nothing."""
    return page_inside(request.args.get("next", ""))


def refused(form: Form, outcome: Outcome, wrong: str, field: str) -> None:
    """Say on the form how an attempt ended; the request commits all the same."""
    if outcome is Outcome.LOCKED:
        minutes = int(LOCK_WINDOW.total_seconds()) // 60
        form.refuse(
            DomainError(N_("Too many attempts. Try again in %(minutes)d minutes."), minutes=minutes)
        )
    else:
        form.refuse(DomainError(wrong, field=field))


@pages.route("/sign-in/", methods=["GET", "POST"])
@guards.everyone
def sign_in() -> ResponseReturnValue:
    """By staff number and password."""
    form = SignInForm()
    outcome = None
    if form.validate_on_submit():
        attempt = Attempt(form.number.data, client_network(), beforehand.take_proof())
        result = signing_in.sign_in(db.session(), attempt=attempt, now=g.now)
        outcome = result.outcome
        if result.staff is not None and outcome is Outcome.DONE:
            return enter(result.staff)
        if result.staff is not None:
            staff_sessions.wait_for_second_step(result.staff, now=g.now)
            return redirect(url_for(".second_factor", next=next_address() or None), 303)
        refused(form, outcome, N_("The number or the password is not right."), "")
    elif request.method == "GET" and g.staff is not None:
        return redirect(url_for(".home"), 303)
    body, status = form_page("identity/sign_in.html", form)
    return body, 429 if outcome is Outcome.LOCKED else status


@pages.route("/second-factor/", methods=["GET", "POST"])
@guards.everyone
def second_factor() -> ResponseReturnValue:
    """The second step: a code from the telephone or from paper."""
    waiting = staff_sessions.find_waiting(now=g.now)
    if waiting is None:
        flash(_("That took too long. Please sign in again."), "warn")
        return redirect(url_for(".sign_in", next=next_address() or None), 303)
    staff_id, stamp = waiting
    form = SecondFactorForm()
    outcome = None
    if form.validate_on_submit():
        outcome, staff = second.pass_second_factor(
            db.session(), staff_id=staff_id, code=form.code.data, now=g.now
        )
        if outcome is Outcome.DONE and staff.stamp == stamp:
            return enter(staff)
        refused(form, outcome, WRONG_CODE, "code")
    body, status = form_page("identity/second_factor.html", form)
    return body, 429 if outcome is Outcome.LOCKED else status


def enter(staff: Staff) -> Response:
    """Begin the session, remember the device, go where the person wanted to go."""
    address = next_address() or url_for("staff.home")
    staff_sessions.begin_session(staff, now=g.now)
    token = signing_in.remember_device(
        db.session(),
        staff_id=staff.id,
        name=staff_sessions.session_name(),
        token=request.cookies.get(beforehand.DEVICE_COOKIE, "")[:100],
        now=g.now,
    )
    response = redirect(address, 303)
    response.set_cookie(
        beforehand.DEVICE_COOKIE,
        token,
        max_age=DEVICE_KEPT,
        path=f"{request.script_root}/{g.institution.slug}/",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return response


@pages.get("/")
@guards.staff
def home() -> ResponseReturnValue:
    """The first page of the person's own menu."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    entries = sorted(
        (entry.group != "work", entry.order, entry.endpoint)
        for feature in features
        for entry in feature.menu
        if not entry.permission or guards.current_staff().can(entry.permission)
    )
    return redirect(url_for(entries[0][2] if entries else "account.show"), 303)


@pages.post("/sign-out/")
@guards.staff
def sign_out() -> ResponseReturnValue:
    """End this session; the device stays a known one."""
    signing_in.sign_out(
        db.session(),
        name=staff_sessions.session_name(),
        actor=guards.current_actor(),
        now=g.now,
    )
    staff_sessions.end_session()
    flash(_("You are signed out."))
    return redirect(url_for(".sign_in"), 303)


@pages.route("/lock/", methods=["GET", "POST"])
@guards.staff
def lock() -> ResponseReturnValue:
    """The locked screen; POST locks it at once. Being present goes on."""
    if request.method == "POST":
        form = PlainForm()
        if form.validate_on_submit():
            signing_in.lock_screen(db.session(), actor=guards.current_actor(), now=g.now)
            staff_sessions.lock_session()
        return redirect(url_for(".lock", next=_came_from()), 303)
    idle = timedelta(minutes=settings().sign_in.idle_minutes)
    if not staff_sessions.is_locked(now=g.now, idle=idle):
        return redirect(next_address() or url_for(".home"), 303)
    return render_template("identity/lock.html", form=UnlockForm())


def _came_from() -> str | None:
    """The page on which the button was pressed, to come back to."""
    came_from = request.referrer or ""
    if not came_from.startswith(request.host_url):
        return None
    return "/" + came_from.removeprefix(request.host_url)


@pages.post("/unlock/")
@guards.staff
def unlock() -> ResponseReturnValue:
    """Go on with the password; after too many wrong ones the session ends."""
    form = UnlockForm()
    outcome = None
    if form.validate_on_submit():
        outcome = signing_in.unlock_screen(
            db.session(),
            proof=beforehand.take_proof(),
            since=staff_sessions.session_name(),
            actor=guards.current_actor(),
            now=g.now,
        )
        if outcome is Outcome.DONE:
            staff_sessions.unlock_session(now=g.now)
            return redirect(next_address() or url_for(".home"), 303)
        if outcome is Outcome.LOCKED:
            staff_sessions.end_session()
            flash(_("Too many attempts. Please sign in again."), "warn")
            return redirect(url_for(".sign_in", next=next_address() or None), 303)
        refused(form, outcome, N_("The password is not right."), "password")
    return form_page("identity/lock.html", form)
