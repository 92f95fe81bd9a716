"""A matter as staff see it: how it stands, who answers, its course, and the steps of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import VersionForm
from portal.catalog.queries import list_posts_by_id
from portal.core.errors import N_, NotFound
from portal.core.session import db
from portal.files.queries import list_attachments
from portal.identity.looks import note_look
from portal.identity.queries.contacts import list_access
from portal.identity.queries.staff import list_staff_names, list_units
from portal.matters.assistance_queries import list_help_in, list_names_in
from portal.matters.assistance_rules import HELP_LABELS
from portal.matters.course import staff_in, word_course
from portal.matters.forms import AddForm, AmountForm, ContactForm, TellForm, WordsForm
from portal.matters.models import Matter
from portal.matters.notice_queries import list_files
from portal.matters.notice_rules import GIVERS, OPEN_FILE
from portal.matters.queries import list_course, list_verdicts, matter_link, matter_token, parts_of
from portal.matters.rules import (
    CHANNEL_LABELS,
    ENDED,
    IDENTITY_LABELS,
    KIND_LABELS,
    LIMIT_LABELS,
    MAKERS,
    OUTCOME_LABELS,
    STATE_LABELS,
    VERB_LABELS,
    Part,
    State,
    Told,
    Verb,
)
from portal.matters.services import (
    contacting,
    contesting,
    escalating,
    extending,
    handling,
    opening,
    recording,
    referring,
)
from portal.matters.views.looking import get_shown, names_in, steps_of, urgency
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on

#: Who looked last, on the page of a matter.
LOOKS = 10

pages = Blueprint("matters", __name__, template_folder="../templates", url_prefix="/work/matters")


@dataclass(frozen=True)
class Act:
    """A step with a page of its own: its question, its box, its button, and what it does."""

    title: str
    label: str
    button: str
    done: str
    make: Callable[[Matter, WordsForm], None]
    hint: str = ""
    form: type[WordsForm] = WordsForm


def _given(matter: Matter, form: WordsForm) -> dict[str, Any]:
    """What every step is told: the matter as it was shown, by whom, and when."""
    return {
        "matter": matter,
        "version": form.version.data,
        "actor": guards.current_actor(),
        "now": g.now,
    }


def _pause(matter: Matter, form: WordsForm) -> None:
    handling.pause(db.session(), reason=form.words.data, **_given(matter, form))


def _give_back(matter: Matter, form: WordsForm) -> None:
    referring.give_back(db.session(), reason=form.words.data, **_given(matter, form))


def _grant_time(matter: Matter, form: WordsForm) -> None:
    extending.grant_time(db.session(), words=form.words.data, **_given(matter, form))


def _refuse_time(matter: Matter, form: WordsForm) -> None:
    extending.refuse_time(db.session(), words=form.words.data, **_given(matter, form))


def _finish(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, AmountForm)
    handling.finish(
        db.session(), result=form.words.data, amount=form.amount.data, **_given(matter, form)
    )


def _escalate(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, AmountForm)
    escalating.escalate(
        db.session(), words=form.words.data, amount=form.amount.data, **_given(matter, form)
    )


def _settle(matter: Matter, form: WordsForm) -> None:
    escalating.settle(db.session(), words=form.words.data, **_given(matter, form))


def _tell(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, TellForm)
    handling.tell(
        db.session(),
        words=form.words.data,
        way=Told(form.way.data),
        **_given(matter, form),
    )


def _contact(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, ContactForm)
    contacting.contact(
        db.session(),
        words=form.words.data,
        way=Told(form.way.data),
        **_given(matter, form),
    )


def _uphold(matter: Matter, form: WordsForm) -> None:
    contesting.uphold(db.session(), words=form.words.data, **_given(matter, form))


def _reopen(matter: Matter, form: WordsForm) -> None:
    handling.reopen(
        db.session(),
        words=form.words.data,
        hours=settings().matters.resolution_hours,
        **_given(matter, form),
    )


def _void(matter: Matter, form: WordsForm) -> None:
    opening.void(db.session(), reason=form.words.data, **_given(matter, form))


ACTS: Mapping[Verb, Act] = {
    Verb.PAUSE: Act(
        N_("Why can it not go on?"),
        N_("The reason, as the person reads it"),
        N_("Pause it"),
        N_("Paused. The person reads why."),
        _pause,
    ),
    Verb.CONTACT: Act(
        N_("You spoke with the person"),
        N_("What was said or agreed, as the person reads it"),
        N_("Write it down"),
        N_("Written down. It stands on the person's page."),
        _contact,
        form=ContactForm,
    ),
    Verb.UPHOLD: Act(
        N_("Why does the pause stand?"),
        N_("The reason, as the person reads it"),
        N_("The pause stands"),
        N_("The person reads why."),
        _uphold,
        hint=N_("The other answer is to go on with it."),
    ),
    Verb.RETURN: Act(
        N_("Why do you return it?"),
        N_("The reason, for whoever offered it"),
        N_("Return it"),
        N_("Returned."),
        _give_back,
        hint=N_("When it comes back a second time, somebody above both of you decides."),
    ),
    Verb.GRANT_TIME: Act(
        N_("Allow more time?"),
        N_("The reason, as the person reads it"),
        N_("Promise the new time"),
        N_("The person reads the new time and the reason."),
        _grant_time,
    ),
    Verb.REFUSE_TIME: Act(
        N_("Allow no more time?"),
        N_("The reason, for whoever asked"),
        N_("The promise stays"),
        N_("The promised time stays as it is."),
        _refuse_time,
    ),
    Verb.FINISH: Act(
        N_("What came of it?"),
        N_("What was done, for whoever took the matter up"),
        N_("It is done"),
        N_("Done. The result goes back to whoever took the matter up."),
        _finish,
        form=AmountForm,
    ),
    Verb.ESCALATE: Act(
        N_("Put it before the leader"),
        N_("What you propose; only colleagues read it"),
        N_("Put it before the leader"),
        N_("It lies before the leader. You still hold it."),
        _escalate,
        form=AmountForm,
    ),
    Verb.SETTLE: Act(
        N_("What do you decide?"),
        N_("The decision, as the person reads it"),
        N_("Decide it"),
        N_("Decided. The person reads the decision."),
        _settle,
    ),
    Verb.TELL: Act(
        N_("Tell the person"),
        N_("What came of it, in words that the person understands"),
        N_("The person is told"),
        N_("Written down. It stands on the person's page."),
        _tell,
        form=TellForm,
    ),
    Verb.REOPEN: Act(
        N_("It is not solved"),
        N_("What the person says"),
        N_("Open it again"),
        N_("Open again, with the same number."),
        _reopen,
    ),
    Verb.VOID: Act(
        N_("Void this number?"),
        N_("The reason"),
        N_("Void it"),
        N_("Void. The number is not given again."),
        _void,
        hint=N_("For a mistaken entry only. It stays in the book, with its reason."),
    ),
}
#: Steps that need a press and no words.
PRESSED: Mapping[Verb, tuple[Callable[..., None], str]] = {
    Verb.TAKE: (opening.take_up, N_("You have taken it up. You were asked first.")),
    Verb.ACKNOWLEDGE: (recording.acknowledge, N_("Acknowledged. It is in your hands.")),
    Verb.ACCEPT: (referring.accept, N_("Accepted. It is in your hands.")),
    Verb.TAKE_BACK: (referring.take_back, N_("Taken back. You go on with it.")),
    Verb.RESUME: (handling.resume, N_("It goes on. The person reads the new time.")),
    Verb.FEED_BACK: (handling.feed_back, N_("Now tell the person.")),
    Verb.CLOSE: (handling.close_unanswered, N_("Closed without the person's answer.")),
}


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
    note_look((opening.KIND, matter.id), "title body place")
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
        link=matter_link(g.institution, matter.reference, matter_token(matter.reference)),
        urgency=urgency(matter),
        looks=looks,
        verdicts=list_verdicts(db.session(), matter.id),
        limits=LIMIT_LABELS,
    )


def get_for(matter_id: int, code: str) -> tuple[Matter, Verb]:
    """A matter and the step named in an address; raises NotFound for who may not make it."""
    matter, viewer = get_shown(matter_id)
    if code not in set(Verb) or not MAKERS.get(Verb(code), frozenset()) & parts_of(matter, viewer):
        raise NotFound
    return matter, Verb(code)


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
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/act.html", form, matter=matter, act=chosen)


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
    return redirect(url_for(".show", matter_id=matter_id), 303)


@pages.route("/<int:matter_id>/add/", methods=["GET", "POST"])
@guards.staff
def add_words(matter_id: int) -> ResponseReturnValue:
    """Add to the record; whoever may see the matter may add."""
    matter, _viewer = get_shown(matter_id)
    form = AddForm(version=matter.version)
    if form.validate_on_submit():
        with landing_on(form):
            opening.add_words(
                db.session(),
                matter=matter,
                version=form.version.data,
                words=form.words.data,
                is_public=bool(form.is_public.data),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Added."))
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/add_words.html", form, matter=matter)
