"""Citizens: proving a contact, ending the session, and one's own data."""

import csv
import io
import json
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.crypto import blind_index
from portal.core.session import db
from portal.identity.citizen_sessions import remember_citizen
from portal.identity.contacts import Address, parse_address
from portal.identity.events import Section
from portal.identity.forms.contacts import CodeForm, ContactForm, DecisionForm
from portal.identity.services.contacts import (
    confirm_code,
    end_session,
    issue_code,
    open_session,
)
from portal.identity.services.privacy import collect_data, erase_person, list_access
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language

pages = Blueprint("citizens", __name__, template_folder="../templates", url_prefix="/me")
PURPOSE = "session"


def _next(default: str) -> str:
    """Where to go on: a page of this institution only."""
    target = request.values.get("next", "")
    parts = urlsplit(target)
    own = f"/{g.institution.slug}/"
    is_own = not parts.scheme and not parts.netloc and parts.path.startswith(own)
    return target if is_own and "\\" not in target else default


@pages.route("/verify/", methods=["GET", "POST"])
@guards.everyone
def verify() -> ResponseReturnValue:
    """Say which contact is yours; a code goes there."""
    form = ContactForm()
    if form.validate_on_submit():
        with landing_on(form):
            address = parse_address(form.contact.data, g.institution.region)
            _send_code(address)
            session["proving"] = {"kind": address.kind, "value": address.value}
            session["institution"] = g.institution.id
            return redirect(url_for(".code", next=_next("")), 303)
    return form_page("identity/verify.html", form)


@pages.route("/code/", methods=["GET", "POST"])
@guards.everyone
def code() -> ResponseReturnValue:
    """Write the code; opening the link in a message proves nothing by itself."""
    proving: dict[str, str] | None = session.get("proving")
    if proving is None:
        return redirect(url_for(".verify"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        contact = confirm_code(
            db.session(),
            kind=proving["kind"],
            value=proving["value"],
            purpose=PURPOSE,
            code=form.code.data,
            language=current_language(),
            now=g.now,
        )
        if contact is not None:
            is_shared = form.is_shared_device.data
            token = open_session(db.session(), contact, is_shared_device=is_shared, now=g.now)
            session.pop("proving")
            remember_citizen(token)
            return redirect(_next(url_for(".my_data")), 303)
        form.code.errors = [_("This code is not right. Look at the newest message.")]
    return form_page("identity/code.html", form, contact=proving["value"])


@pages.post("/code/again/")
@guards.everyone
def new_code() -> ResponseReturnValue:
    """Send another code to the same contact."""
    proving: dict[str, str] | None = session.get("proving")
    if proving is None:
        return redirect(url_for(".verify"), 303)
    _send_code(Address(proving["kind"], proving["value"]))
    flash(_("A new code is on its way."))
    return redirect(url_for(".code"), 303)


def _send_code(address: Address) -> None:
    issue_code(
        db.session(),
        kind=address.kind,
        value=address.value,
        language=current_language(),
        purpose=PURPOSE,
        network=blind_index("network", request.remote_addr or ""),
        now=g.now,
    )


@pages.post("/finished/")
@guards.everyone
def finished() -> ResponseReturnValue:
    """Leave nothing of oneself on this device."""
    token = session.get("citizen")
    if token:
        end_session(db.session(), token, now=g.now)
    session.clear()
    response = redirect(url_for(".goodbye"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.get("/goodbye/")
@guards.everyone
def goodbye() -> ResponseReturnValue:
    """What was wiped."""
    return render_template("identity/goodbye.html")


@pages.get("/privacy/")
@guards.everyone
def privacy() -> ResponseReturnValue:
    """What is kept, why, how long, and who sees it."""
    return render_template("identity/privacy.html")


@pages.get("/")
@guards.citizen
def my_data() -> ResponseReturnValue:
    """Everything that is kept under the proved contact."""
    subject = ("contact", g.citizen.contact_id)
    return render_template(
        "identity/my_data.html",
        sections=collect_data(db.session(), contact_id=g.citizen.contact_id),
        access=list_access(db.session(), subject=subject),
    )


@pages.get("/export.<ending>")
@guards.citizen
def export(ending: str) -> ResponseReturnValue:
    """The same to take along, as JSON or as CSV that no spreadsheet computes."""
    sections = collect_data(db.session(), contact_id=g.citizen.contact_id)
    if ending == "csv":
        body, kind = _as_csv(sections), "text/csv"
    else:
        body, kind = _as_json(sections), "application/json"
    response = Response(body, content_type=f"{kind}; charset=utf-8")
    name = f"my-data.{'csv' if ending == 'csv' else 'json'}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _as_json(sections: list[Section]) -> str:
    data: dict[str, Any] = {_("Contact"): g.citizen.value}
    for section in sections:
        data[_(section.title)] = [{_(label): value for label, value in row} for row in section.rows]
    return json.dumps(data, ensure_ascii=False, indent=2)


def _as_csv(sections: list[Section]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Contact"), _harmless(g.citizen.value)])
    for section in sections:
        for row in section.rows:
            cells = [_(section.title)]
            for label, value in row:
                cells += [_(label), _harmless(value)]
            writer.writerow(cells)
    return "\ufeff" + out.getvalue()


def _harmless(value: str) -> str:
    """A text that a spreadsheet shows and never computes."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@pages.route("/erase/", methods=["GET", "POST"])
@guards.citizen
def erase() -> ResponseReturnValue:
    """Have everything erased that no duty keeps."""
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            contact_id = g.citizen.contact_id
            actor = guards.current_actor()
            erase_person(db.session(), contact_id=contact_id, actor=actor, now=g.now)
            session.clear()
            return redirect(url_for(".goodbye"), 303)
    return form_page("identity/erase.html", form)
