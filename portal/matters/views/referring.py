"""Offering a matter to a colleague with its papers, and deciding who takes what came back twice."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.core.session import db
from portal.identity.queries.staff import get_working_staff, list_working
from portal.matters.forms import DecideForm, ReferForm
from portal.matters.queries import list_asked
from portal.matters.rules import Verb
from portal.matters.services import referring
from portal.matters.views.looking import colleague_choices
from portal.matters.views.matters import get_for, pages
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on


@pages.route("/<int:matter_id>/refer/", methods=["GET", "POST"])
@guards.staff
def refer(matter_id: int) -> ResponseReturnValue:
    """Offer it to a colleague; until that one accepts, it stays where it is."""
    matter, _verb = get_for(matter_id, Verb.REFER)
    form = ReferForm(version=matter.version)
    form.colleague.choices = colleague_choices(without=matter.holder_staff_id)
    minutes = settings().matters.answer_minutes
    if form.validate_on_submit():
        with landing_on(form):
            recipient = get_working_staff(db.session(), form.colleague.data)
            referring.refer(
                db.session(),
                matter=matter,
                version=form.version.data,
                recipient_id=recipient.id,
                words=form.words.data,
                papers=form.papers.data or "",
                minutes=minutes,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Offered to %(name)s. Until it is accepted you hold it.", name=recipient.name))
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/refer.html", form, matter=matter, minutes=minutes)


@pages.route("/<int:matter_id>/decide/", methods=["GET", "POST"])
@guards.staff
def decide(matter_id: int) -> ResponseReturnValue:
    """Say who takes it, with the reason; nobody returns that."""
    matter, _verb = get_for(matter_id, Verb.DECIDE)
    form = DecideForm(version=matter.version)
    here = list_working(db.session(), list_asked(db.session(), matter))
    names = {staff.id: staff.name for staff in here}
    form.taker.choices = [SelectChoice(*one) for one in names.items()]
    if form.validate_on_submit():
        with landing_on(form):
            referring.decide(
                db.session(),
                matter=matter,
                version=form.version.data,
                taker=form.taker.data,
                reason=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Decided: %(name)s has it in hand.", name=names[form.taker.data]))
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/decide.html", form, matter=matter)
