"""The roster of a week, to read by everybody and to keep by the heads."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.models import Post
from portal.catalog.views import reach
from portal.core.session import db
from portal.duty.fitness_rules import join_lacks
from portal.duty.permissions import EDIT
from portal.duty.roster_forms import FARTHEST, WeekForm
from portal.duty.roster_grid import (
    Pageful,
    build_days,
    build_people,
    cut,
    list_days,
    list_gaps,
    list_people,
)
from portal.duty.roster_models import RosterWeek
from portal.duty.roster_queries import (
    WEEK,
    Plan,
    list_changes,
    list_weeks,
    read_week,
    week_of,
)
from portal.duty.roster_rules import TROUBLE_LABELS, WAYS_OUT, Finding, Trouble
from portal.duty.services import rostering, shifting
from portal.duty.views.shifts import hands_of, shown_rest
from portal.identity.queries.staff import list_staff_names, list_units
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("roster", __name__, template_folder="../templates", url_prefix="/work/roster")
#: Columns of the grid, and rows of that by person; others are on further pages.
POSTS, PEOPLE = 6, 20
#: How many of the troubles are named; there is a number for the others.
NAMED = 12


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """Who keeps which post in a week, by post or by person."""
    return _show(WeekForm())


@pages.post("/publish/")
@guards.permitted(EDIT)
def publish() -> ResponseReturnValue:
    """Publish the week of the units that one keeps."""
    form = WeekForm()
    if form.validate_on_submit():
        with landing_on(form):
            rostering.publish_week(
                db.session(),
                monday=shifting.monday_of(_near(form.day.data)),
                within=_chosen_units(form.scope.data),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Published. What changes from now on is shown below the roster."))
            return redirect(url_for(".index", day=_near(form.day.data), unit=form.scope.data), 303)
    return _show(form)


@pages.post("/drafts/")
@guards.permitted(EDIT)
def drafts() -> ResponseReturnValue:
    """Make the shifts of the coming weeks out of the patterns."""
    count = rostering.make_drafts(
        db.session(),
        within=reach.units_of(EDIT),
        actor=guards.current_actor(),
        now=g.now,
    )
    flash(_("Shifts added: %(count)d.", count=count) if count else _("Nothing was missing."))
    return redirect(url_for(".index"), 303)


def _show(form: WeekForm) -> ResponseReturnValue:
    session = db.session()
    monday = shifting.monday_of(_asked_day(form))
    unit_id = request.args.get("unit", 0, int) or form.scope.data or 0
    form.day.data, form.scope.data = monday, unit_id
    plan = read_week(session, g.institution, monday)
    posts = [post for post in plan.posts if not unit_id or post.unit_id == unit_id]
    by_person = request.args.get("by") == "person"
    people = sorted(list_people(plan, {post.id for post in posts})) if by_person else []
    page = page_number()
    listing: Pageful[Any] = cut(people, PEOPLE, page) if by_person else cut(posts, POSTS, page)
    weeks = {week.unit_id: week for week in list_weeks(session, [monday])}
    kept = _kept(posts)
    changes = list_changes(session, weeks.values())
    gaps = list_gaps(plan, monday, {post.id for post in posts})
    wrong = _other_troubles(plan, monday, {post.id for post in posts})
    said = {value for line in changes for value in (line.actor_id or 0, int(line.data["staff"]))}
    said |= {week.published_by_id for week in weeks.values()}
    return form_page(
        "duty/roster.html",
        form,
        monday=monday,
        before=(monday - WEEK).isoformat(),
        after=(monday + WEEK).isoformat(),
        week_days=list_days(monday),
        today=_today(),
        unit_id=unit_id,
        units=list_units(session),
        by_person=by_person,
        listing=listing,
        days=[] if by_person else build_days(plan, monday, listing.rows),
        rows=build_people(plan, monday, listing.rows) if by_person else [],
        posts={post.id: post for post in plan.posts},
        names=list_staff_names(session, plan.people() | said | set(people)),
        gaps=gaps,
        wrong=wrong,
        named=NAMED,
        troubles=TROUBLE_LABELS,
        ways_out=WAYS_OUT,
        kept=kept,
        weeks=weeks,
        to_publish=_to_publish(plan, monday, kept, weeks),
        changes=changes,
        at=datetime.fromisoformat,
        hands_of=hands_of,
        label_of=_label_of,
    )


def _to_publish(
    plan: Plan, monday: date, kept: Collection[Post], weeks: dict[int, RosterWeek]
) -> bool:
    """Whether something of what one keeps can still be published."""
    is_ahead = week_of(plan.tenant, monday)[1] > g.now
    return is_ahead and any(post.unit_id not in weeks for post in kept)


def _other_troubles(plan: Plan, monday: date, post_ids: Collection[int]) -> list[Finding]:
    """What else than gaps is wrong with a week."""
    start, end = week_of(plan.tenant, monday)
    return join_lacks(
        each
        for each in plan.findings(shown_rest())
        if each.trouble is not Trouble.GAP
        and each.post_id in post_ids
        and start <= each.start < end
    )


def _kept(posts: Sequence[Post]) -> list[Post]:
    """Those of some posts whose roster one keeps."""
    within = reach.units_of(EDIT) if guards.current_staff().can(EDIT) else frozenset()
    return [post for post in posts if within is None or post.unit_id in within]


def _chosen_units(unit_id: int | None) -> Collection[int] | None:
    """The units that one keeps, or the one of them that was asked for."""
    within = reach.units_of(EDIT)
    if not unit_id:
        return within
    return {unit_id} if within is None or unit_id in within else frozenset()


def _today() -> date:
    today: date = g.now.astimezone(g.institution.zone).date()
    return today


def _asked_day(form: WeekForm) -> date:
    asked = request.args.get("day", "")
    try:
        return _near(date.fromisoformat(asked))
    except ValueError:
        return _near(form.day.data or _today())


def _near(day: date | None) -> date:
    """A day that is shown; the present one for any other."""
    today = _today()
    return day if day is not None and abs(day - today) < FARTHEST else today


def _label_of(post: Post) -> str:
    """What a post is called where no part of it can be marked as another language."""
    return f"{post.plate} {reach.named(post.name)}"
