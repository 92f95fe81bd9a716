"""The patterns by which the shifts of a post come round."""

from datetime import time

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_serving
from portal.catalog.views import reach
from portal.core.session import db
from portal.duty.permissions import EDIT
from portal.duty.roster_forms import MINUTES_OF_DAY, PatternForm, ShiftForm
from portal.duty.roster_models import ShiftPattern
from portal.duty.roster_queries import find_first_free, get_pattern, list_patterns
from portal.duty.services import patterns
from portal.duty.services.shifting import monday_of
from portal.identity.queries.staff import list_staff_names
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint(
    "shift_patterns", __name__, template_folder="../templates", url_prefix="/work/roster"
)


@pages.get("/posts/<int:post_id>/patterns/")
@guards.permitted(EDIT)
def index(post_id: int) -> ResponseReturnValue:
    """The patterns of a post that still hold."""
    post = _get_kept(post_id)
    today = g.now.astimezone(g.institution.zone).date()
    found = list_patterns(db.session(), post.id, since=today, page=page_number())
    people = {one for row in found.rows for one in (row.staff_a_id, row.staff_b_id) if one}
    return render_template(
        "duty/patterns.html",
        post=post,
        listing=found,
        names=list_staff_names(db.session(), people),
        days_of=_days_of,
        clock=_clock,
    )


@pages.route("/posts/<int:post_id>/patterns/add/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def add(post_id: int) -> ResponseReturnValue:
    """Add a pattern to a post."""
    post = _get_kept(post_id)
    today = g.now.astimezone(g.institution.zone).date()
    free = find_first_free(db.session(), post.unit_id)
    form = PatternForm(data={"anchor": max(free or today, monday_of(today))})
    people = [SelectChoice(one.staff_id, one.name) for one in list_serving(db.session(), [post.id])]
    form.staff_a.choices = people
    form.staff_b.choices = [SelectChoice(0, _("Nobody")), *people]
    if form.validate_on_submit():
        with landing_on(form):
            start, end = form.read_minutes()
            details = patterns.PatternDetails(
                name=form.name.data,
                start_minute=start,
                end_minute=end,
                cycle_days=form.cycle_days.data,
                anchor=form.anchor.data,
                days=form.read_days(),
                staff_a_id=form.staff_a.data,
                staff_b_id=form.staff_b.data or None,
            )
            patterns.add_pattern(
                db.session(), post=post, details=details, actor=guards.current_actor(), now=g.now
            )
            flash(_("Saved. Have the drafts made, then it stands in the roster."))
            return redirect(url_for(".index", post_id=post.id), 303)
    return form_page("duty/pattern_form.html", form, post=post)


@pages.route("/patterns/<int:shift_pattern_id>/end/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def end(shift_pattern_id: int) -> ResponseReturnValue:
    """End a pattern with today; drafts from tomorrow on are taken out."""
    pattern = get_pattern(db.session(), shift_pattern_id)
    post = _get_kept(pattern.post_id)
    form = ShiftForm(version=pattern.version)
    if form.validate_on_submit():
        with landing_on(form):
            count = patterns.end_pattern(
                db.session(),
                pattern=pattern,
                version=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Ended. Drafts taken out: %(count)d.", count=count))
            return redirect(url_for(".index", post_id=post.id), 303)
    return form_page("duty/pattern_end.html", form, pattern=pattern, post=post)


def _get_kept(post_id: int) -> Post:
    post = get_post(db.session(), post_id)
    reach.check_unit(EDIT, post.unit_id)
    return post


def _days_of(pattern: ShiftPattern) -> str:
    """The days of the cycle as people count them."""
    return ", ".join(str(day + 1) for day in pattern.days)


def _clock(minutes: int) -> time:
    return time(*divmod(minutes % MINUTES_OF_DAY, 60))
