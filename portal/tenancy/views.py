"""Pages without an institution, and those on which an institution keeps its settings."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from portal.core.errors import N_, DomainError, NotFound
from portal.core.migrating import current_revision, newest_revision
from portal.core.session import db
from portal.core.worker import is_worker_alive
from portal.tenancy.creating import change_settings
from portal.tenancy.forms import FORMS, changed, shown
from portal.tenancy.queries import list_tenants, list_versions
from portal.tenancy.settings import Settings
from portal.web import guards
from portal.web.forms import form_page, landing_on

platform_pages = Blueprint("platform", __name__, template_folder="templates")


@platform_pages.get("/")
@guards.platform
def index() -> ResponseReturnValue:
    """The institutions that are here."""
    return render_template("tenancy/index.html", tenants=list_tenants())


@platform_pages.get("/healthz")
@guards.platform
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@platform_pages.get("/readyz")
@guards.platform
def readyz() -> ResponseReturnValue:
    """Whether requests can be served: database, schema and worker; 503 with the reasons."""
    reasons = []
    try:
        session = db.session()
        if current_revision(session.connection()) != newest_revision():
            reasons.append("schema is not at the newest revision")
        if not is_worker_alive(session, g.now):
            reasons.append("no worker was seen in the last two minutes")
    except SQLAlchemyError:
        reasons.append("database does not answer")
    return jsonify(status="failing" if reasons else "ok", reasons=reasons), 503 if reasons else 200


@platform_pages.get("/robots.txt")
@guards.platform
def robots() -> ResponseReturnValue:
    """Pages of bookings and staff are nobody's to index."""
    return Response(
        "User-agent: *\nDisallow: /*/b/\nDisallow: /*/work/\nDisallow: /*/admin/\n",
        content_type="text/plain",
    )


settings_pages = Blueprint(
    "institution", __name__, template_folder="templates", url_prefix="/admin/institution"
)
EDIT = "tenancy.settings.edit"
TITLES: Mapping[str, str] = {
    "presence": N_("Name board"),
    "words": N_("Words"),
    "booking": N_("Booking rules"),
    "privacy": N_("Privacy"),
    "sign_in": N_("Signing in"),
}


@settings_pages.get("/")
@guards.permitted(EDIT)
def edit() -> ResponseReturnValue:
    """The sections of the settings, and the versions there have been."""
    return render_template(
        "tenancy/settings.html", versions=list_versions(db.session()), titles=TITLES
    )


@settings_pages.route("/<section>/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def edit_section(section: str) -> ResponseReturnValue:
    """Change a section; the whole document gets a new version that holds from now on."""
    if section not in FORMS:
        raise NotFound
    newest = list_versions(db.session())[0]
    standing = Settings.model_validate(newest.document)
    form = FORMS[section](data={**shown(section, standing), "number": newest.number})
    if form.validate_on_submit():
        with landing_on(form):
            change_settings(
                db.session(),
                document=_valid(changed(section, form, standing)),
                expected=form.number.data,
                valid_from=g.now,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".edit"), 303)
    return form_page("tenancy/section.html", form, title=TITLES[section])


def _valid(document: dict[str, Any]) -> Settings:
    """The document, checked as a whole; raises DomainError when its parts do not fit."""
    try:
        return Settings.model_validate(document)
    except ValidationError:
        raise DomainError(N_("These settings do not fit together. Look at each box.")) from None
