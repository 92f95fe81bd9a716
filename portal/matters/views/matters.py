"""A matter as staff see it: how it stands, who answers, its course, and the steps of it."""

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import VersionForm
from portal.catalog.queries import list_posts_by_id
from portal.core.errors import NotFound
from portal.core.session import db
from portal.files.queries import list_attachments
from portal.identity.looks import note_look
from portal.identity.queries.contacts import list_access
from portal.identity.queries.staff import list_staff_names, list_units
from portal.matters.assistance_queries import list_help_in, list_names_in
from portal.matters.assistance_rules import HELP_LABELS
from portal.matters.awaited import contest_answered_until
from portal.matters.course import Worded, staff_in, word_course
from portal.matters.forms import AddForm
from portal.matters.intake_rules import CHANNEL_LABELS, IDENTITY_LABELS, KIND_LABELS, Channel
from portal.matters.models import Matter
from portal.matters.notice_queries import list_files
from portal.matters.notice_rules import GIVERS, OPEN_FILE
from portal.matters.queries import (
    answerer_of,
    find_matter,
    list_additions,
    list_course,
    list_verdicts,
    parts_of,
)
from portal.matters.rules import (
    ENDED,
    LIMIT_LABELS,
    MAKERS,
    OUTCOME_LABELS,
    STATE_LABELS,
    VERB_LABELS,
    Part,
    State,
    Verb,
    WrongState,
    can,
    first_promise,
)
from portal.matters.services import opening
from portal.matters.views.acts import ACTS, PRESSED, Act
from portal.matters.views.looking import (
    answered_until,
    current_viewer,
    get_shown,
    names_in,
    note_read,
    own_code,
    steps_of,
    urgency,
)
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on, say

#: While the person is here, and who takes it down: only they print the code by which one acts.
AT_INTAKE = frozenset({State.RECEIVED, State.VERIFIED})
TAKING_DOWN = frozenset({Part.FIRST_ASKED, Part.OPENER})
#: Who looked last, on the page of a matter.
LOOKS = 10

pages = Blueprint("matters", __name__, template_folder="../templates", url_prefix="/work/matters")


@pages.get("/<int:matter_id>/")
@guards.staff
def show(matter_id: int) -> ResponseReturnValue:
    """How it stands, who answers for it, and what happened."""
    matter, viewer = get_shown(matter_id)
    course = list_course(db.session(), matter.id, is_public=False)
    parts = parts_of(matter, viewer)
    help_asked = list_help_in(db.session(), matter.id)
    looks = list_access(db.session(), [(opening.KIND, matter.id)], limit=LOOKS)
    lookers = [look.actor_id for look in looks if look.actor_id is not None]
    said = {*staff_in(course), *list_names_in(help_asked), *lookers}
    names = names_in([matter]) | list_staff_names(db.session(), said)
    note_read(matter)
    units = {unit.id: unit.name for unit in list_units(db.session(), with_inactive=True)}
    return render_template(
        "matters/matter.html",
        matter=matter,
        steps=steps_of(matter, viewer),
        help=help_asked,
        help_labels=HELP_LABELS,
        may_ask_help=matter.state == State.IN_PROGRESS and {Part.HOLDER, Part.LEAD} & parts,
        verbs=VERB_LABELS,
        pressed=PRESSED,
        names=names,
        post=list_posts_by_id(db.session(), [matter.holder_post_id or 0]).get(
            matter.holder_post_id or 0
        ),
        unit=units.get(matter.unit_id or 0),
        course=word_course(course, names),
        photos=[
            (row, url_for(".photo", matter_id=matter.id, attachment_id=row.id))
            for row in list_attachments(db.session(), (opening.KIND, matter.id))
        ],
        can_add_photos=State(matter.state) not in ENDED,
        notices=list_files(db.session(), [matter.id]),
        can_notify=State(matter.state) in OPEN_FILE and bool(GIVERS & parts_of(matter, viewer)),
        labels=(KIND_LABELS, CHANNEL_LABELS, IDENTITY_LABELS, STATE_LABELS, OUTCOME_LABELS),
        urgency=urgency(matter),
        answered_until=answered_until(matter),
        contest_until=contest_answered_until(db.session(), matter),
        looks=looks,
        verdicts=list_verdicts(db.session(), matter.id),
        limits=LIMIT_LABELS,
    )


def get_for(matter_id: int, code: str) -> tuple[Matter, Verb]:
    """A matter and the step named in an address.

    Raises NotFound for who may not make it. What nobody can do any more leads whoever has a part
    in the matter back to it, where it is said how it stands: the page may have been opened before.
    """
    matter, viewer = get_shown(matter_id)
    if code not in set(Verb) or code not in MAKERS:
        raise NotFound
    verb = Verb(code)
    parts = parts_of(matter, viewer)
    if not MAKERS[verb] & parts:
        if parts and not can(State(matter.state), verb):
            flash(say(WrongState(state=STATE_LABELS[State(matter.state)])), "bad")
            abort(redirect(url_for("matters.show", matter_id=matter_id), 303))
        raise NotFound
    return matter, verb


def to_page_or_desk(matter_id: int) -> ResponseReturnValue:
    """The page of a matter; the desk for who sees it no more, having let go of it."""
    if find_matter(db.session(), matter_id, current_viewer()) is None:
        return redirect(url_for("work_desk.index"), 303)
    return redirect(url_for("matters.show", matter_id=matter_id), 303)


@pages.route("/<int:matter_id>/step/<step>/", methods=["GET", "POST"])
@guards.staff
def act(matter_id: int, step: str) -> ResponseReturnValue:
    """A step with its words."""
    matter, verb = get_for(matter_id, step)
    if verb not in ACTS:
        raise NotFound
    chosen = ACTS[verb]
    form = chosen.form(version=matter.version)
    if form.validate_on_submit():
        with landing_on(form):
            chosen.make(matter, form)
            flash(_(chosen.done))
            return to_page_or_desk(matter.id)
    return form_page(
        "matters/act.html", form, matter=matter, act=chosen, answered=_answered(matter, chosen)
    )


def _answered(matter: Matter, chosen: Act) -> list[Worded]:
    """The newest of each of the steps that one answers, as they stand now."""
    if not chosen.answers:
        return []
    course = list_course(db.session(), matter.id, is_public=False)
    newest = {step.event.code: step for step in course if step.event.code in chosen.answers}
    steps = sorted(newest.values(), key=lambda step: step.event.number)
    return word_course(steps, list_staff_names(db.session(), staff_in(steps)))


@pages.post("/<int:matter_id>/press/<step>/")
@guards.staff
def press(matter_id: int, step: str) -> ResponseReturnValue:
    """A step that needs no words."""
    matter, verb = get_for(matter_id, step)
    if verb not in PRESSED:
        raise NotFound
    make, said = PRESSED[verb]
    form = VersionForm()
    if form.validate_on_submit():
        with landing_on(form):
            make(
                db.session(),
                matter=matter,
                version=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_(said))
    for message in form.form_errors:
        flash(message, "bad")
    return to_page_or_desk(matter_id)


@pages.get("/<int:matter_id>/slip/")
@guards.staff
def slip(matter_id: int) -> str:
    """What was taken down, on paper: for the person to sign, and to take along (復清楚).

    Its code leads to where the person acts, so it stands there only while the person is here.
    """
    matter, viewer = get_shown(matter_id)
    is_here = matter.channel == Channel.VISIT and State(matter.state) in AT_INTAKE
    gives_link = is_here and bool(TAKING_DOWN & parts_of(matter, viewer))
    if gives_link:
        note_look((opening.KIND, matter.id), "title body place link")
    else:
        note_read(matter)
    until = matter.due_at
    if until is None and State(matter.state) is State.RECEIVED:
        until = first_promise(matter.accepted_at or g.now, settings().matters.resolution_hours)
    return render_template(
        "matters/slip.html",
        matter=matter,
        added=list_additions(db.session(), matter.id),
        until=until,
        answers=names_in([matter]).get(answerer_of(matter) or 0, ""),
        labels=KIND_LABELS,
        qr=own_code(matter) if gives_link else "",
    )


@pages.route("/<int:matter_id>/add/", methods=["GET", "POST"])
@guards.staff
def add_words(matter_id: int) -> ResponseReturnValue:
    """Add to the record; whoever may see the matter may add."""
    matter, viewer = get_shown(matter_id)
    # Before it is read back it is a correction, and is read back as well.
    form = AddForm(is_public="" if matter.confirmed_at else "yes")
    if form.validate_on_submit():
        with landing_on(form):
            opening.add_words(
                db.session(),
                matter=matter,
                words=form.words.data,
                is_public=bool(form.is_public.data),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Added."))
            if Verb.CONFIRM in steps_of(matter, viewer):
                return redirect(url_for("intake.read_back", matter_id=matter.id), 303)
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/add_words.html", form, matter=matter)
