"""Pages on which an institution keeps its name and its settings."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import N_, NotFound, Stale
from portal.core.listing import page_of
from portal.core.session import db
from portal.tenancy import services
from portal.tenancy.events import ask_names
from portal.tenancy.forms import FORMS, NameForm, NumberForm, SectionForm, shown, typed
from portal.tenancy.queries import list_versions
from portal.tenancy.settings import Settings
from portal.tenancy.versions import history, in_force, planned
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

settings_pages = Blueprint(
    "institution", __name__, template_folder="templates", url_prefix="/admin/institution"
)
EDIT = "tenancy.settings.edit"
TITLES: Mapping[str, str] = {
    "presence": N_("Name board"),
    "words": N_("Words"),
    "booking": N_("Booking rules"),
    "matters": N_("Matters"),
    "duty": N_("Duty at posts"),
    "privacy": N_("Privacy"),
    "sign_in": N_("Signing in"),
}


@settings_pages.get("/")
@guards.permitted_everywhere(EDIT)
def edit() -> ResponseReturnValue:
    """The sections of the settings, and the versions there have been."""
    versions = list_versions(db.session())
    listing = page_of(versions, page_number())
    chapters = history(versions, listing.rows, g.now)
    return render_template(
        "tenancy/settings.html",
        titles=TITLES,
        listing=listing,
        chapters=chapters,
        names=ask_names(db.session(), (chapter.author_id for chapter in chapters)),
    )


@settings_pages.route("/name/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def edit_name() -> ResponseReturnValue:
    """Change the institution's name; it holds at once, everywhere."""
    name = g.institution.name
    form = NameForm(data={"name": name, "shown": json.dumps(name, ensure_ascii=False)})
    if form.validate_on_submit():
        with landing_on(form):
            services.rename_institution(
                db.session(),
                name=form.name.data,
                shown=_read_shown(form.shown.data),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".edit"), 303)
    return form_page("tenancy/name.html", form)


def _read_shown(text: str | None) -> dict[str, str]:
    try:
        shown_name = json.loads(text or "")
    except ValueError:
        raise Stale from None
    return shown_name if isinstance(shown_name, dict) else {}


@settings_pages.route("/<section>/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def edit_section(section: str) -> ResponseReturnValue:
    """Change a section; the whole document gets a new version that holds from the day named."""
    if section not in FORMS:
        raise NotFound
    versions = list_versions(db.session())
    standing = Settings.model_validate(in_force(versions, g.now).document)
    form = FORMS[section](data={**shown(section, standing), "number": versions[0].number})
    if form.validate_on_submit():
        with landing_on(form):
            _save(section, form)
            flash(_("Saved."))
            return redirect(url_for(".edit"), 303)
    return form_page(
        "tenancy/section.html",
        form,
        title=TITLES[section],
        coming=[version.valid_from for version in planned(versions, g.now)],
    )


def _save(section: str, form: SectionForm) -> None:
    services.change_settings(
        db.session(),
        sections={section: typed(form)},
        expected=form.number.data,
        valid_from=_beginning(form.starts_on()),
        actor=guards.current_actor(),
        now=g.now,
    )


def _beginning(day: date | None) -> datetime:
    """When a day begins here; today and no day at all have begun now."""
    now: datetime = g.now
    if day is None or day == now.astimezone(g.institution.zone).date():
        return now
    return datetime.combine(day, time(), g.institution.zone)


@settings_pages.route("/versions/<int:number>/withdraw/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def withdraw(number: int) -> ResponseReturnValue:
    """Have a planned version not begin."""
    versions = list_versions(db.session())
    coming = {version.number: version for version in planned(versions, g.now)}
    if number not in coming:
        raise NotFound
    form = NumberForm(data={"number": versions[0].number})
    if form.validate_on_submit():
        with landing_on(form):
            services.withdraw_settings(
                db.session(),
                planned_number=number,
                expected=form.number.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The planned change is withdrawn."))
            return redirect(url_for(".edit"), 303)
    return form_page("tenancy/withdraw.html", form, version=coming[number])
