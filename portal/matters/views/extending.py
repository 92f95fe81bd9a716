"""Asking for more time before the promise ends; allowing it is a step of the matter's page."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.session import db
from portal.matters.forms import MoreTimeForm
from portal.matters.rules import Verb
from portal.matters.services.extending import ask_time
from portal.matters.views.matters import get_for, pages
from portal.web import guards
from portal.web.forms import form_page, landing_on


@pages.route("/<int:matter_id>/more-time/", methods=["GET", "POST"])
@guards.staff
def more_time(matter_id: int) -> ResponseReturnValue:
    """Until when, and why; whoever leads the unit decides."""
    matter, _verb = get_for(matter_id, Verb.ASK_TIME)
    form = MoreTimeForm(version=matter.version)
    if form.validate_on_submit():
        with landing_on(form):
            ask_time(
                db.session(),
                matter=matter,
                version=form.version.data,
                day=form.day.data,
                reason=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Asked. Until it is allowed, the promised time stays."))
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/more_time.html", form, matter=matter)
