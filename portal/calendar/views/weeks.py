"""Adding a week's hours from a day on, and withdrawing those that have not begun."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar import services
from portal.calendar.affected import Affected
from portal.calendar.forms import QuestionForm, WeekForm, today, typed
from portal.calendar.impact import find_outside, last_day_of, with_pattern, without_pattern
from portal.calendar.models import ScheduleRow
from portal.calendar.opening import Pattern
from portal.calendar.queries import Openings, get_pattern, get_schedule, read_pattern
from portal.calendar.views.asking import ask, say_who_is_told
from portal.calendar.views.schedules import EDIT, openings_now, pages, way_up
from portal.calendar.wording import word_week
from portal.core.session import db
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.asking import asked_page, has_seen, is_going_back
from portal.web.forms import form_page, landing_on


@pages.route("/<int:schedule_id>/week/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def add_week(schedule_id: int) -> ResponseReturnValue:
    """New hours of a week from a day on."""
    schedule = get_schedule(db.session(), schedule_id)
    openings = openings_now()
    form = _week_form(openings, schedule_id)
    if form.validate_on_submit() and not is_going_back():
        pattern = form.pattern()
        planned = with_pattern(openings, schedule_id, pattern)
        affected = _affected(planned, schedule_id, pattern)
        if not has_seen(affected.count):
            return ask(
                form,
                affected,
                day=pattern.valid_from,
                heading=_("Save these hours?"),
                from_day=pattern.valid_from,
                on_day=None,
                rows=word_week(pattern),
                crumbs=way_up(schedule),
            )
        with landing_on(form):
            _save(schedule, pattern)
            flash(_("The new hours are saved."))
            say_who_is_told(affected.count)
            return redirect(url_for(".show", schedule_id=schedule_id), 303)
    return form_page("calendar/week_form.html", form, schedule=schedule, crumbs=way_up(schedule))


def _week_form(openings: Openings, schedule_id: int) -> WeekForm:
    """A form that begins from the latest hours; the first ones hold from today."""
    patterns = openings.schedules[schedule_id].patterns
    if patterns:
        form = WeekForm(data=typed(patterns[-1]))
        form.notice_days = settings().booking.hours_notice_days
    else:
        form = WeekForm(data={"valid_from": today()})
    form.taken = {pattern.valid_from for pattern in patterns}
    return form


def _affected(planned: Openings, schedule_id: int, pattern: Pattern) -> Affected:
    return find_outside(
        db.session(),
        planned,
        schedule_id=schedule_id,
        from_day=pattern.valid_from,
        until_day=last_day_of(planned, schedule_id, pattern.valid_from),
        now=g.now,
        page=asked_page(),
    )


def _save(schedule: ScheduleRow, pattern: Pattern) -> None:
    services.set_week(
        db.session(),
        schedule=schedule,
        valid_from=pattern.valid_from,
        week=pattern.week,
        holiday=pattern.holiday,
        makeup=pattern.makeup,
        today=today(),
        notice_days=settings().booking.hours_notice_days,
        actor=guards.current_actor(),
        now=g.now,
    )


@pages.route("/<int:schedule_id>/week/<int:pattern_id>/withdraw/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def withdraw_week(schedule_id: int, pattern_id: int) -> ResponseReturnValue:
    """Withdraw hours that have not begun yet."""
    schedule = get_schedule(db.session(), schedule_id)
    row = get_pattern(db.session(), schedule_id, pattern_id)
    planned = without_pattern(openings_now(), schedule_id, row.valid_from)
    affected = _affected(planned, schedule_id, read_pattern(row))
    form = QuestionForm()
    if form.validate_on_submit():
        with landing_on(form):
            services.drop_week(
                db.session(),
                pattern=row,
                today=today(),
                notice_days=settings().booking.hours_notice_days,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The coming hours are withdrawn."))
            say_who_is_told(affected.count)
            return redirect(url_for(".show", schedule_id=schedule_id), 303)
    return form_page(
        "calendar/withdraw_week.html",
        form,
        schedule=schedule,
        pattern=row,
        affected=affected,
        crumbs=way_up(schedule),
    )
