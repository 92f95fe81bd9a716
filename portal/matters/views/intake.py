"""Taking a matter down in a minute: kind, account, read back, report (四清楚一報告)."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import NotFound
from portal.core.session import db
from portal.files.rules import MOST_TOGETHER
from portal.identity.contact_models import Contact
from portal.identity.contacts import Address, parse_address
from portal.identity.queries.contacts import find_contact
from portal.identity.queries.heads import find_head
from portal.identity.queries.staff import find_colleague
from portal.identity.services.contacts import confirm_code, issue_code, note_contact
from portal.matters.forms import ConfirmForm, IntakeForm, ReportForm
from portal.matters.intake_rules import (
    KIND_LABELS,
    PROMPTS,
    Channel,
    Confirmation,
    Identity,
    Kind,
    Severity,
)
from portal.matters.models import Matter
from portal.matters.queries import list_additions, parts_of
from portal.matters.referral_rules import NoColleague
from portal.matters.rules import MAKERS, State, Verb, first_promise
from portal.matters.services.opening import Account, Bringer, open_matter
from portal.matters.services.recording import Head, NobodyToReportTo, confirm, report
from portal.matters.views.beforehand import look_for_staff
from portal.matters.views.looking import get_shown, note_read, unit_choices
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
                together_with_id=_asked_as_well(form),
            )
            return redirect(url_for(".read_back", matter_id=matter.id), 303)
    return form_page(
        "matters/add.html", form, label=KIND_LABELS[Kind(kind)], prompts=PROMPTS[Kind(kind)]
    )


def _asked_as_well(form: IntakeForm) -> int | None:
    """The colleague who was asked at the same time; raises NoColleague."""
    if not form.together.data:
        return None
    colleague = find_colleague(db.session(), form.together.data)
    if colleague is None or colleague.id == guards.current_staff().id:
        raise NoColleague(field="together")
    return colleague.id


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
        severity=Severity(form.severity.data),
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
    contact = find_contact(db.session(), matter.contact_id)
    form.offer(_ways(matter, contact))
    hours = settings().matters.resolution_hours
    if form.validate_on_submit() and _is_said_right(form, matter, contact):
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
    note_read(matter)
    until = first_promise(matter.accepted_at or g.now, hours)
    return form_page(
        "matters/read_back.html",
        form,
        matter=matter,
        added=list_additions(db.session(), matter.id),
        until=until,
        masked=Address(contact.kind, contact.value or "").masked if contact else "",
    )


def _ways(matter: Matter, contact: Contact | None) -> set[Confirmation]:
    """How this person can agree: by a code only where one can be sent."""
    ways = {Confirmation.WORD, Confirmation.SIGNATURE}
    if contact is not None:
        ways.add(Confirmation.CODE)
    if matter.agreed_at is not None:
        ways.add(Confirmation.OWN)
    elif matter.channel == Channel.ONLINE and contact is None and not matter.phone:
        ways.add(Confirmation.SENT)
    return ways


def _is_said_right(form: ConfirmForm, matter: Matter, contact: Contact | None) -> bool:
    """Whether the code is right, where it is by a code; a wrong one counts, and is told."""
    if form.way.data != Confirmation.CODE or contact is None:
        return True
    proved = confirm_code(
        db.session(),
        kind=contact.kind,
        value=contact.value or "",
        purpose=_purpose(matter),
        code=form.code.data or "",
        language=contact.language,
        now=g.now,
    )
    if proved is None:
        form.code.errors = [_("This code is not right. Look at the newest message.")]
    return proved is not None


def _purpose(matter: Matter) -> str:
    """What the code is for: the record of this matter as it stands, and nothing else."""
    return f"matter-{matter.id}-{matter.version}"


@pages.post("/<int:matter_id>/read-back/code/")
@guards.staff
def send_code(matter_id: int) -> ResponseReturnValue:
    """Send the person what was taken down, with a code to say where it is right (復清楚)."""
    matter = _get_own(matter_id, Verb.CONFIRM)
    contact = find_contact(db.session(), matter.contact_id)
    if contact is None or State(matter.state) is not State.RECEIVED:
        raise NotFound
    issue_code(
        db.session(),
        kind=contact.kind,
        value=contact.value or "",
        language=matter.language,
        purpose=_purpose(matter),
        network=f"staff-{guards.current_staff().id}",
        template="matters/messages/read_back",
        params={
            "reference": matter.reference,
            "title": matter.title or "",
            "place": matter.place or "",
            "body": matter.body or "",
            "added": "\n".join(list_additions(db.session(), matter.id)),
        },
        now=g.now,
    )
    flash(_("Sent. The person says the code when it is right."))
    return redirect(url_for(".read_back", matter_id=matter.id), 303)


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
