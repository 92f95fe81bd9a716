"""Adding and removing other hours on one date."""

from datetime import date

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar import services
from portal.calendar.affected import Affected
from portal.calendar.forms import ExceptionForm, QuestionForm, today
from portal.calendar.impact import find_outside, with_exception
from portal.calendar.models import ScheduleRow
from portal.calendar.opening import ExceptionDay
from portal.calendar.queries import Openings, get_exception, get_schedule
from portal.calendar.views.asking import ask, say_who_is_told
from portal.calendar.views.schedules import EDIT, openings_now, pages, way_up
from portal.calendar.wording import named, word_day
from portal.core.session import db
from portal.web import guards
from portal.web.asking import asked_page, has_seen, is_going_back
from portal.web.forms import form_page, landing_on


@pages.route("/<int:schedule_id>/exception/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def add_exception(schedule_id: int) -> ResponseReturnValue:
    """Other hours on one date, or closed."""
    schedule = get_schedule(db.session(), schedule_id)
    openings = openings_now()
    form = ExceptionForm()
    form.taken = openings.schedules[schedule_id].exceptions.keys()
    if form.validate_on_submit() and not is_going_back():
        day = form.day.data
        exception = ExceptionDay(form.opening(), form.reason.data)
        affected = _affected(
            with_exception(openings, schedule_id, day, exception), schedule_id, day
        )
        if not has_seen(affected.count):
            return ask(
                form,
                affected,
                day=day,
                heading=_("Save this exception?"),
                from_day=None,
                on_day=day,
                rows=[(named(form.reason.data), word_day(exception.hours))],
                crumbs=way_up(schedule),
            )
        with landing_on(form):
            _save(schedule, day, exception)
            flash(_("The exception is saved."))
            say_who_is_told(affected.count)
            return redirect(url_for(".show", schedule_id=schedule_id), 303)
    return form_page(
        "calendar/exception_form.html", form, schedule=schedule, crumbs=way_up(schedule)
    )


def _affected(planned: Openings, schedule_id: int, day: date) -> Affected:
    return find_outside(
        db.session(),
        planned,
        schedule_id=schedule_id,
        from_day=day,
        until_day=day,
        now=g.now,
        page=asked_page(),
    )


def _save(schedule: ScheduleRow, day: date, exception: ExceptionDay) -> None:
    services.set_exception(
        db.session(),
        schedule=schedule,
        day=day,
        hours=exception.hours,
        reason=dict(exception.reason),
        today=today(),
        actor=guards.current_actor(),
        now=g.now,
    )


@pages.route("/<int:schedule_id>/exception/<int:exception_id>/remove/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def remove_exception(schedule_id: int, exception_id: int) -> ResponseReturnValue:
    """Go back to the usual hours of a date."""
    schedule = get_schedule(db.session(), schedule_id)
    row = get_exception(db.session(), schedule_id, exception_id)
    planned = with_exception(openings_now(), schedule_id, row.day, None)
    affected = _affected(planned, schedule_id, row.day)
    form = QuestionForm()
    if form.validate_on_submit():
        with landing_on(form):
            services.drop_exception(
                db.session(), exception=row, today=today(), actor=guards.current_actor(), now=g.now
            )
            flash(_("The exception is removed."))
            say_who_is_told(affected.count)
            return redirect(url_for(".show", schedule_id=schedule_id), 303)
    return form_page(
        "calendar/remove_exception.html",
        form,
        schedule=schedule,
        exception=row,
        then=word_day(planned.schedules[schedule_id].on(row.day).hours),
        affected=affected,
        crumbs=way_up(schedule),
    )
