"""Help in a matter: asking for it, giving it or escalating it, and deciding who gives it."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import NotFound
from portal.core.session import db
from portal.identity.queries.staff import get_working_staff, list_staff_names
from portal.matters.assistance_forms import AskHelpForm, DecideHelpForm
from portal.matters.assistance_models import Assistance
from portal.matters.assistance_queries import find_said, get_help, help_steps_of, list_names_in
from portal.matters.assistance_rules import HELP_LABELS, HELP_VERBS, HelpVerb
from portal.matters.forms import WordsForm
from portal.matters.models import Matter
from portal.matters.queries import parts_of
from portal.matters.rules import Part
from portal.matters.services import assisting
from portal.matters.views.looking import (
    colleague_choices,
    current_viewer,
    get_shown,
    note_read,
)
from portal.web import guards
from portal.web.forms import form_page, landing_on

pages = Blueprint("assistance", __name__, template_folder="../templates", url_prefix="/work")


@pages.route("/matters/<int:matter_id>/help/", methods=["GET", "POST"])
@guards.staff
def ask(matter_id: int) -> ResponseReturnValue:
    """Ask another unit for help; whoever holds the matter goes on holding it."""
    matter, viewer = get_shown(matter_id)
    if not {Part.HOLDER, Part.LEAD} & parts_of(matter, viewer):
        raise NotFound
    form = AskHelpForm(version=matter.version)
    form.colleague.choices = colleague_choices()
    if form.validate_on_submit():
        with landing_on(form):
            helper = get_working_staff(db.session(), form.colleague.data)
            assisting.ask_help(
                db.session(),
                matter=matter,
                version=form.version.data,
                helper_id=helper.id,
                words=form.words.data,
                day=form.day.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("%(name)s is asked for help. You go on holding the matter.", name=helper.name))
            return redirect(url_for("matters.show", matter_id=matter.id), 303)
    return form_page("matters/help_ask.html", form, matter=matter)


@pages.get("/help/<int:help_id>/")
@guards.staff
def show(help_id: int) -> ResponseReturnValue:
    """What is asked, of whom and until when, and what somebody may do about it."""
    viewer = current_viewer()
    row, matter = get_help(db.session(), help_id, viewer)
    asked, last = find_said(db.session(), row)
    note_read(matter)
    return render_template(
        "matters/help.html",
        row=row,
        matter=matter,
        asked=asked,
        last=last,
        names=list_staff_names(db.session(), list_names_in([row])),
        steps=help_steps_of(row, viewer),
        labels=HELP_LABELS,
        verbs=HELP_VERBS,
    )


def _get_for(help_id: int, verb: HelpVerb) -> tuple[Assistance, Matter]:
    """A request whose step is whoever's is signed in, now or before; raises NotFound."""
    viewer = current_viewer()
    row, matter = get_help(db.session(), help_id, viewer)
    me = viewer.staff_id
    is_maker = me in (row.helper_id, row.asked_id)
    if verb is HelpVerb.DECIDE:
        is_maker = viewer.led is None or row.decider_id == me
    if not is_maker:
        raise NotFound
    return row, matter


@pages.route("/help/<int:help_id>/done/", methods=["GET", "POST"])
@guards.staff
def give(help_id: int) -> ResponseReturnValue:
    """The help was given."""
    row, matter = _get_for(help_id, HelpVerb.FINISH)
    form = WordsForm(version=row.version)
    if form.validate_on_submit():
        with landing_on(form):
            assisting.give_help(
                db.session(),
                row=row,
                version=form.version.data,
                words=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Written down. Whoever holds the matter reads it."))
            return redirect(url_for(".show", help_id=help_id), 303)
    return form_page("matters/help_give.html", form, row=row, matter=matter)


@pages.route("/help/<int:help_id>/escalate/", methods=["GET", "POST"])
@guards.staff
def escalate(help_id: int) -> ResponseReturnValue:
    """Somebody above both decides who helps."""
    row, matter = _get_for(help_id, HelpVerb.ESCALATE)
    form = WordsForm(version=row.version)
    if form.validate_on_submit():
        with landing_on(form):
            assisting.escalate(
                db.session(),
                row=row,
                version=form.version.data,
                reason=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Escalated. Somebody above decides within a working day."))
            return redirect(url_for(".show", help_id=help_id), 303)
    return form_page("matters/help_escalate.html", form, row=row, matter=matter)


@pages.route("/help/<int:help_id>/decide/", methods=["GET", "POST"])
@guards.staff
def decide(help_id: int) -> ResponseReturnValue:
    """Say who helps; that one does."""
    row, matter = _get_for(help_id, HelpVerb.DECIDE)
    form = DecideHelpForm(version=row.version)
    form.colleague.choices = colleague_choices()
    if form.validate_on_submit():
        with landing_on(form):
            helper = get_working_staff(db.session(), form.colleague.data)
            assisting.decide_help(
                db.session(),
                row=row,
                version=form.version.data,
                helper_id=helper.id,
                words=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Decided: %(name)s helps.", name=helper.name))
            return redirect(url_for(".show", help_id=help_id), 303)
    return form_page("matters/help_decide.html", form, row=row, matter=matter)
