"""Citizens: proving a contact by a code, ending the session, and how data are used."""

import secrets
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.crypto import blind_index
from portal.core.session import db
from portal.identity.citizen_sessions import remember_citizen
from portal.identity.contacts import Address, parse_address
from portal.identity.forms.contacts import CodeForm, ContactForm
from portal.identity.services.contacts import (
    SESSION,
    confirm_code,
    end_session,
    issue_code,
    open_session,
)
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import (
    LANGUAGES,
    PREFERENCES,
    current_language,
    page_in_language,
)
from portal.web.requests import client_network, page_inside

pages = Blueprint("citizens", __name__, template_folder="../templates", url_prefix="/me")
#: Bytes by which the codes of one browser are told from those of all others.
MARK = 9


def local_next(default: str) -> str:
    """Where to go on: a page of this institution only."""
    return page_inside(request.values.get("next", "")) or default


@pages.route("/verify/", methods=["GET", "POST"])
@guards.everyone
def verify() -> ResponseReturnValue:
    """Say which contact is yours; a code goes there."""
    form = ContactForm()
    if form.validate_on_submit():
        with landing_on(form):
            address = parse_address(form.contact.data, g.institution.region)
            start_proving("proving", SESSION, address)
            return redirect(url_for(".code", next=local_next("") or None), 303)
    return form_page("identity/verify.html", form, why=request.args.get("why", ""))


@pages.route("/code/", methods=["GET", "POST"])
@guards.everyone
def code() -> ResponseReturnValue:
    """Write the code; opening a link in a message proves nothing by itself."""
    asked = proving("proving")
    if asked is None:
        return redirect(url_for(".verify", next=local_next("") or None), 303)
    form = CodeForm()
    if form.validate_on_submit():
        contact = confirm_code(
            db.session(),
            kind=asked.address.kind,
            value=asked.address.value,
            purpose=asked.purpose,
            code=form.code.data,
            language=current_language(),
            now=g.now,
        )
        if contact is not None:
            is_shared = form.is_shared_device.data
            token = open_session(db.session(), contact, is_shared_device=is_shared, now=g.now)
            session.pop("proving")
            remember_citizen(token)
            return redirect(local_next(url_for(".my_data")), 303)
        form.code.errors = [_("This code is not right. Look at the newest message.")]
    again = url_for(".new_code", next=local_next("") or None)
    return form_page("identity/code.html", form, contact=asked.address.value, again=again)


@pages.post("/code/again/")
@guards.everyone
def new_code() -> ResponseReturnValue:
    """Send another code to the same contact."""
    asked = proving("proving")
    if asked is None:
        return redirect(url_for(".verify", next=local_next("") or None), 303)
    send_code(asked)
    flash(_("A new code is on its way."))
    return redirect(url_for(".code", next=local_next("") or None), 303)


@pages.post("/finished/")
@guards.everyone
def finished() -> ResponseReturnValue:
    """Leave nothing of oneself on this device."""
    token = session.get("citizen")
    if token:
        end_session(db.session(), token, now=g.now)
    return wiped_device()


@pages.get("/goodbye/")
@guards.everyone
def goodbye() -> ResponseReturnValue:
    """What was wiped, once more in the language that was read before."""
    said = request.args.get("said", "")
    if said not in {language.code for language in LANGUAGES}:
        return render_template("identity/goodbye.html")
    with page_in_language(said):
        return render_template("identity/goodbye.html")


@pages.get("/privacy/")
@guards.everyone
def privacy() -> ResponseReturnValue:
    """What is kept, why, how long, and who sees it."""
    return render_template("identity/privacy.html")


@dataclass(frozen=True)
class Proving:
    """A contact that is being proved in this browser, and for what its codes are sent."""

    address: Address
    purpose: str


def send_code(asked: Proving) -> None:
    """Send a code to a contact, in the language of this page."""
    issue_code(
        db.session(),
        kind=asked.address.kind,
        value=asked.address.value,
        language=current_language(),
        purpose=asked.purpose,
        network=blind_index("network", client_network()),
        now=g.now,
    )


def start_proving(name: str, purpose: str, address: Address) -> None:
    """Send a code that counts in this browser alone, and keep here which contact it proves."""
    asked = Proving(address, f"{purpose}:{secrets.token_urlsafe(MARK)}")
    send_code(asked)
    session["institution"] = g.institution.id
    session[name] = {"kind": address.kind, "value": address.value, "purpose": asked.purpose}


def proving(name: str) -> Proving | None:
    """The contact that a code was sent to from this browser."""
    kept: dict[str, str] = session.get(name) or {}
    if "purpose" not in kept:
        return None
    return Proving(Address(kept["kind"], kept["value"]), kept["purpose"])


def wiped_device() -> Response:
    """Go to the goodbye page and have the browser forget cookies, stored data and pages.

    Cookies are also taken back one by one, for browsers that do not know the header or may not
    heed it on this address.
    """
    session.clear()
    response = redirect(url_for(".goodbye", said=current_language()), 303)
    for name in PREFERENCES:
        response.delete_cookie(name, path="/")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
