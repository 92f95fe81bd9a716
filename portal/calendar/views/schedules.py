"""The list of opening hours, adding some, and the page of one."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar import services
from portal.calendar.forms import ScheduleForm, today
from portal.calendar.models import ScheduleRow
from portal.calendar.opening import Schedule
from portal.calendar.queries import (
    Openings,
    get_openings,
    get_schedule,
    list_exceptions,
    list_patterns,
    list_schedules,
    read_day,
    read_pattern,
)
from portal.calendar.upcoming import Change, next_change
from portal.calendar.wording import Lines, named, word_change, word_day, word_week
from portal.core.listing import page_of
from portal.core.session import db
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

EDIT = "calendar.hours.edit"
pages = Blueprint("hours", __name__, template_folder="../templates", url_prefix="/admin/hours")


def openings_now() -> Openings:
    """The hours of the institution as they stand."""
    return get_openings(db.session(), g.institution.zone, g.institution.region)


def way_up(schedule: ScheduleRow | None = None) -> list[tuple[str, str]]:
    """The pages above: the list, and the schedule if one is given."""
    way = [(_("Opening hours"), url_for("hours.index"))]
    if schedule is not None:
        way.append((named(schedule.name), url_for("hours.show", schedule_id=schedule.id)))
    return way


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    schedule: ScheduleRow
    is_open: bool
    today: Lines
    change: Change | None
    why: str
    then: Lines


@pages.get("/")
@guards.permitted_everywhere(EDIT)
def index() -> ResponseReturnValue:
    """All opening hours with those of today and the next change."""
    listing = page_of(list_schedules(db.session()), page_number())
    openings = openings_now()
    rows = [_row(row, openings.schedules[row.id]) for row in listing.rows]
    return render_template("calendar/hours.html", listing=listing, rows=rows)


def _row(row: ScheduleRow, schedule: Schedule) -> Row:
    change = next_change(schedule, today())
    return Row(
        schedule=row,
        is_open=schedule.is_open(g.now),
        today=word_day(schedule.on(today()).hours),
        change=change,
        why=word_change(change) if change else "",
        then=word_day(change.opening.hours) if change else [],
    )


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def add() -> ResponseReturnValue:
    """Add named opening hours; the first are the institution's own."""
    form = ScheduleForm()
    if form.validate_on_submit():
        with landing_on(form):
            row = services.create_schedule(
                db.session(),
                code=form.code.data,
                name=form.name.data,
                is_default=not list_schedules(db.session()),
                is_always_open=form.is_always_open.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The opening hours are added."))
            target = ".show" if row.is_always_open else ".add_week"
            return redirect(url_for(target, schedule_id=row.id), 303)
    return form_page("calendar/schedule_form.html", form, crumbs=way_up())


@pages.get("/<int:schedule_id>/")
@guards.permitted_everywhere(EDIT)
def show(schedule_id: int) -> ResponseReturnValue:
    """One schedule: the hours in force, those to come, and the exceptions ahead."""
    schedule = get_schedule(db.session(), schedule_id)
    patterns = list_patterns(db.session(), schedule_id)
    current = [row for row in patterns if row.valid_from <= today()][:1]
    coming = [row for row in reversed(patterns) if row.valid_from > today()]
    exceptions = list_exceptions(db.session(), schedule_id, since=today())
    listing = page_of(exceptions, page_number())
    return render_template(
        "calendar/schedule.html",
        schedule=schedule,
        current=[(row, word_week(read_pattern(row))) for row in current],
        coming=[(row, word_week(read_pattern(row))) for row in coming],
        listing=listing,
        exceptions=[(row, word_day(read_day(row.hours))) for row in listing.rows],
        crumbs=way_up(),
    )
