"""Citizens: seeing, correcting, taking along and erasing what is kept under their contact."""

from flask import Response, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.session import db
from portal.identity.citizen_sessions import remember_citizen
from portal.identity.contacts import parse_address
from portal.identity.copies import as_csv, as_json, shown
from portal.identity.forms.contacts import ContactForm, DecisionForm, NewContactCodeForm
from portal.identity.purposes import purpose_label
from portal.identity.queries.contacts import list_access
from portal.identity.services.contacts import CHANGE, change_contact, open_session
from portal.identity.services.privacy import collect_data, erase_person
from portal.identity.views.citizens import pages, proving, start_proving, wiped_device
from portal.web import guards
from portal.web.forms import form_page, landing_on

__all__ = ["pages"]


@pages.get("/")
@guards.citizen
def my_data() -> ResponseReturnValue:
    """Everything that is kept under the proved contact, and who looked at it."""
    sections = collect_data(db.session(), contact_id=g.citizen.contact_id)
    subjects = [("contact", g.citizen.contact_id)]
    subjects += [subject for section in sections for subject in section.subjects]
    return render_template(
        "identity/my_data.html",
        sections=sections,
        shown=shown,
        access=[
            (entry.at, purpose_label(entry.purpose))
            for entry in list_access(db.session(), subjects)
        ],
    )


@pages.get("/export.<any(json, csv):ending>")
@guards.citizen
def export(ending: str) -> ResponseReturnValue:
    """The same to take along, as JSON or as a table that no spreadsheet computes."""
    sections = collect_data(db.session(), contact_id=g.citizen.contact_id)
    if ending == "csv":
        response = Response(as_csv(g.citizen.value, sections), mimetype="text/csv")
    else:
        response = Response(as_json(g.citizen.value, sections), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="my-data.{ending}"'
    return response


@pages.route("/contact/", methods=["GET", "POST"])
@guards.citizen
def contact() -> ResponseReturnValue:
    """Give a new contact; a code goes there before it counts."""
    form = ContactForm()
    if form.validate_on_submit():
        with landing_on(form):
            address = parse_address(form.contact.data, g.institution.region)
            start_proving("changing", CHANGE, address)
            return redirect(url_for(".contact_code"), 303)
    return form_page("identity/contact.html", form)


@pages.route("/contact/code/", methods=["GET", "POST"])
@guards.citizen
def contact_code() -> ResponseReturnValue:
    """Prove the new contact; every other device that knew the old one is signed out."""
    asked = proving("changing")
    if asked is None:
        return redirect(url_for(".contact"), 303)
    form = NewContactCodeForm()
    if form.validate_on_submit():
        with landing_on(form):
            changed = change_contact(
                db.session(),
                contact_id=g.citizen.contact_id,
                address=asked.address,
                purpose=asked.purpose,
                code=form.code.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            if changed is not None:
                is_shared = g.citizen.is_shared_device
                token = open_session(db.session(), changed, is_shared_device=is_shared, now=g.now)
                session.pop("changing")
                remember_citizen(token)
                flash(_("Your contact is changed. Messages go to the new one."))
                return redirect(url_for(".my_data"), 303)
            form.code.errors = [_("This code is not right. Look at the newest message.")]
    return form_page("identity/contact_code.html", form, contact=asked.address.value)


@pages.route("/erase/", methods=["GET", "POST"])
@guards.citizen
def erase() -> ResponseReturnValue:
    """Have everything erased that no duty keeps."""
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            erase_person(
                db.session(),
                contact_id=g.citizen.contact_id,
                actor=guards.current_actor(),
                now=g.now,
            )
            return wiped_device()
    return form_page("identity/erase.html", form)
