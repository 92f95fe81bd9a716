"""Taking a matter down in a minute: kind, account, read back, report (四清楚一報告)."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import NotFound
from portal.core.session import db
from portal.files.rules import MOST_TOGETHER
from portal.identity.contacts import parse_address
from portal.identity.queries.heads import find_head
from portal.identity.services.contacts import note_contact
from portal.matters.forms import ConfirmForm, IntakeForm, ReportForm
from portal.matters.models import Matter
from portal.matters.queries import parts_of
from portal.matters.rules import (
    KIND_LABELS,
    MAKERS,
    PROMPTS,
    Channel,
    Confirmation,
    Identity,
    Kind,
    Verb,
    first_promise,
)
from portal.matters.services.opening import Account, Bringer, open_matter
from portal.matters.services.recording import Head, NobodyToReportTo, confirm, report
from portal.matters.views.beforehand import look_for_staff
from portal.matters.views.looking import get_shown, unit_choices
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import takes_files

pages = Blueprint("intake", __name__, template_folder="../templates", url_prefix="/work/matters")
pages.before_request(look_for_staff)


@pages.get("/add/")
@guards.staff
def kinds() -> ResponseReturnValue:
    """What somebody brings."""
    return render_template("matters/kinds.html", kinds=KIND_LABELS)


@pages.route("/add/<kind>/", methods=["GET", "POST"])
@guards.staff
@takes_files(MOST_TOGETHER)
def add(kind: str) -> ResponseReturnValue:
    """Hear and ask: what, where, who."""
    if kind not in set(Kind):
        raise NotFound
    form = IntakeForm()
    if form.validate_on_submit():
        with landing_on(form):
            matter = open_matter(
                db.session(),
                account=_account(form, Kind(kind)),
                bringer=_bringer(form),
                first_asked_id=guards.current_staff().id,
                prefix=settings().matters.prefix,
                zone=g.institution.zone,
                actor=guards.current_actor(),
                now=g.now,
            )
            return redirect(url_for(".read_back", matter_id=matter.id), 303)
    return form_page(
        "matters/add.html", form, label=KIND_LABELS[Kind(kind)], prompts=PROMPTS[Kind(kind)]
    )


def _account(form: IntakeForm, kind: Kind) -> Account:
    channel = Channel(form.channel.data)
    is_visit = channel is Channel.VISIT
    return Account(
        kind=kind,
        channel=channel,
        title=form.title.data,
        body=form.body.data or "",
        place=form.place.data or "",
        reception=tuple(form.reception.data) if is_visit else (),
        reception_note=form.reception_note.data or "" if is_visit else "",
        photos=form.photos.data,
    )


def _bringer(form: IntakeForm) -> Bringer:
    """Who brings it; of somebody anonymous nothing is kept, not even what was typed."""
    if form.identity.data == Identity.ANONYMOUS:
        return Bringer(Identity.ANONYMOUS, language=form.language.data)
    contact = None
    if form.contact.data:
        address = parse_address(form.contact.data, g.institution.region)
        contact = note_contact(
            db.session(), address=address, language=form.language.data, now=g.now
        )
    return Bringer(
        identity=Identity(form.identity.data),
        name=form.name.data,
        contact_id=contact.id if contact else None,
        phone=form.phone.data or "",
        language=form.language.data,
    )


def _get_own(matter_id: int, verb: Verb) -> Matter:
    """A matter whose next step whoever is signed in may make; raises NotFound."""
    matter, viewer = get_shown(matter_id)
    if not MAKERS[verb] & parts_of(matter, viewer):
        raise NotFound
    return matter


@pages.route("/<int:matter_id>/read-back/", methods=["GET", "POST"])
@guards.staff
def read_back(matter_id: int) -> ResponseReturnValue:
    """Read it back, hear that it is right, and say until when there is a result."""
    matter = _get_own(matter_id, Verb.CONFIRM)
    form = ConfirmForm(version=matter.version)
    hours = settings().matters.resolution_hours
    if form.validate_on_submit():
        with landing_on(form):
            confirm(
                db.session(),
                matter=matter,
                version=form.version.data,
                way=Confirmation(form.way.data),
                hours=hours,
                actor=guards.current_actor(),
                now=g.now,
            )
            return redirect(url_for(".report_to", matter_id=matter.id), 303)
    until = first_promise(matter.accepted_at or g.now, hours)
    return form_page("matters/read_back.html", form, matter=matter, until=until)


@pages.route("/<int:matter_id>/report/", methods=["GET", "POST"])
@guards.staff
def report_to(matter_id: int) -> ResponseReturnValue:
    """Report it to the head of the unit that answers for it."""
    matter = _get_own(matter_id, Verb.REPORT)
    form = ReportForm(version=matter.version)
    form.unit.choices = unit_choices()
    if form.validate_on_submit():
        with landing_on(form):
            head = find_head(db.session(), form.unit.data)
            if head is None:
                raise NobodyToReportTo(field="unit")
            report(
                db.session(),
                matter=matter,
                version=form.version.data,
                head=Head(form.unit.data, head.id),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Reported to %(name)s.", name=head.name))
            return redirect(url_for("matters.show", matter_id=matter.id), 303)
    return form_page("matters/report.html", form, matter=matter)
