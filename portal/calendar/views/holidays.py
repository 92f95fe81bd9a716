"""The region's public holidays and make-up workdays, and the institution's own word on them."""

from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar import services
from portal.calendar.affected import Affected
from portal.calendar.forms import HolidayForm, QuestionForm, today
from portal.calendar.holidays import HolidayCalendar, Override
from portal.calendar.impact import find_outside, with_override
from portal.calendar.queries import (
    Openings,
    get_holidays,
    get_override,
    list_overrides,
)
from portal.calendar.upcoming import special_days
from portal.calendar.views.asking import ask, say_who_is_told
from portal.calendar.views.schedules import EDIT, openings_now, pages, way_up
from portal.calendar.wording import named, word_kind
from portal.core.listing import page_of
from portal.core.session import db
from portal.web import guards
from portal.web.asking import asked_page, has_seen, is_going_back
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number


def _way_up() -> list[tuple[str, str]]:
    return [*way_up(), (_("Holidays"), url_for("hours.holidays"))]


@pages.get("/holidays/")
@guards.permitted_everywhere(EDIT)
def holidays() -> ResponseReturnValue:
    """The special days of the coming twelve months."""
    own = {row.day: row.id for row in list_overrides(db.session(), since=today())}
    calendar = get_holidays(db.session(), g.institution.region)
    listing = page_of(special_days(calendar, own, today=today()), page_number())
    return render_template(
        "calendar/holidays.html",
        listing=listing,
        days=[(special, word_kind(special.kind)) for special in listing.rows],
        announced_until=calendar.announced_until,
        crumbs=way_up(),
    )


@pages.route("/holidays/add/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def add_holiday() -> ResponseReturnValue:
    """Say what a day is, against or before the region's list."""
    form = HolidayForm(data={"day": request.args.get("day", type=date.fromisoformat)})
    form.taken = {row.day for row in list_overrides(db.session(), since=today())}
    if form.validate_on_submit() and not is_going_back():
        override = Override(form.day_kind(), form.name.data)
        planned = with_override(openings_now(), form.day.data, override)
        affected = _affected(planned, form.day.data)
        if not has_seen(affected.count):
            return ask(
                form,
                affected,
                day=form.day.data,
                heading=_("Save this day?"),
                from_day=None,
                on_day=form.day.data,
                rows=[(named(override.name), [word_kind(override.kind)])],
                crumbs=_way_up(),
            )
        with landing_on(form):
            _save(form.day.data, override)
            flash(_("The day is saved."))
            say_who_is_told(affected.count)
            return redirect(url_for(".holidays"), 303)
    return form_page("calendar/holiday_form.html", form, crumbs=_way_up())


def _affected(planned: Openings, day: date) -> Affected:
    return find_outside(
        db.session(),
        planned,
        schedule_id=None,
        from_day=day,
        until_day=day,
        now=g.now,
        page=asked_page(),
    )


def _save(day: date, override: Override) -> None:
    services.set_holiday(
        db.session(),
        day=day,
        kind=str(override.kind),
        name=override.name,
        today=today(),
        actor=guards.current_actor(),
        now=g.now,
    )


@pages.route("/holidays/<int:holiday_id>/remove/", methods=["GET", "POST"])
@guards.permitted_everywhere(EDIT)
def remove_holiday(holiday_id: int) -> ResponseReturnValue:
    """Go back to what the region's list says of a day."""
    row = get_override(db.session(), holiday_id)
    affected = _affected(with_override(openings_now(), row.day, None), row.day)
    form = QuestionForm()
    if form.validate_on_submit():
        with landing_on(form):
            services.drop_holiday(
                db.session(), holiday=row, today=today(), actor=guards.current_actor(), now=g.now
            )
            flash(_("The day follows the list of the region again."))
            say_who_is_told(affected.count)
            return redirect(url_for(".holidays"), 303)
    return form_page(
        "calendar/remove_holiday.html",
        form,
        holiday=row,
        then=word_kind(HolidayCalendar(g.institution.region).kind(row.day)),
        affected=affected,
        crumbs=_way_up(),
    )
