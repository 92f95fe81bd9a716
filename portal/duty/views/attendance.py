"""Attendance: one's own month, that of the people whose roster one keeps, and contests of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar.spans import YEARS, month_of, read_month
from portal.catalog.models import Post
from portal.catalog.queries import list_posts_by_id
from portal.catalog.views import reach
from portal.core.errors import NotFound
from portal.core.listing import page_of
from portal.core.session import db
from portal.duty import attendance_tables as tables
from portal.duty.attendance_forms import ContestForm, JudgeForm
from portal.duty.attendance_models import AttendanceContest
from portal.duty.attendance_people import MOST, get_of_unit, list_of_units
from portal.duty.attendance_queries import find_entry, read_sheet, span_of
from portal.duty.attendance_rules import Entry, add_up
from portal.duty.contest_queries import (
    find_contest,
    get_contest,
    list_contests,
    list_judges,
    list_to_judge,
)
from portal.duty.offer_queries import get_own_shift
from portal.duty.permissions import EDIT
from portal.duty.services import attendance
from portal.identity.models import Staff
from portal.identity.queries.staff import list_staff_names, list_units
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number
from portal.web.spreadsheets import as_csv, as_workbook

pages = Blueprint(
    "attendance", __name__, template_folder="../templates", url_prefix="/work/attendance"
)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Month:
    """The month that is asked for, and the way to the others; none lies in the future."""

    first: date
    before: str
    after: str
    is_over: bool

    @property
    def said(self) -> str:
        """As an address says it."""
        return f"{self.first:%Y-%m}"


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """One's own month, and what one is to decide."""
    me = guards.current_staff()
    return render_template(
        "duty/attendance.html",
        is_own=True,
        reads_words=True,
        name=me.name,
        keeps=me.can(EDIT),
        to_judge=list_to_judge(db.session(), me.id),
        link=partial(url_for, ".index"),
        **_month_page(me.id),
    )


@pages.get("/people/<int:staff_id>/")
@guards.permitted(EDIT)
def person(staff_id: int) -> ResponseReturnValue:
    """Somebody's month, for whoever keeps the roster of that person's unit."""
    found = get_of_unit(db.session(), staff_id, reach.units_of(EDIT))
    return render_template(
        "duty/attendance.html",
        is_own=False,
        reads_words=guards.current_staff().id in list_judges(db.session(), found),
        name=found.name,
        to_judge=[],
        link=partial(url_for, ".person", staff_id=found.id),
        **_month_page(found.id),
    )


@pages.get("/unit/")
@guards.permitted(EDIT)
def unit() -> ResponseReturnValue:
    """The people of one's units with what their month comes to."""
    month, unit_id = _asked_month(), _asked_unit()
    people = list_of_units(
        db.session(), _within(unit_id), since=_span(month)[0], page=page_number()
    )
    lines, contests = _lines(people.rows, month)
    return render_template(
        "duty/attendance_unit.html",
        month=month,
        said={"month": month.said, **({"unit": unit_id} if unit_id else {})},
        unit_id=unit_id,
        units=_units(),
        lines=lines,
        listing=people,
        waiting={row.staff_id for row in contests.values() if row.decided_at is None},
        length=tables.said,
    )


@pages.get("/unit.<any(csv, xlsx):ending>")
@guards.permitted(EDIT)
def export(ending: str) -> ResponseReturnValue:
    """The same month to take along, with every entry in the workbook."""
    month, unit_id = _asked_month(), _asked_unit()
    people = list_of_units(db.session(), _within(unit_id), since=_span(month)[0], page=1, size=MOST)
    lines, contests = _lines(people.rows, month)
    posts = _posts(entry for line in lines for entry in line.entries)
    plates = {post.id: post.plate for post in posts.values()}
    sheets = tables.as_sheets(lines, contests, plates, g.institution.zone)
    if ending == "csv":
        response = Response(as_csv(tables.as_rows(sheets[0])), mimetype="text/csv")
    else:
        response = Response(as_workbook(sheets), mimetype=WORKBOOK)
    name = f"attendance-{month.said}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.route("/shifts/<int:shift_id>/contest/", methods=["GET", "POST"])
@guards.staff
def contest(shift_id: int) -> ResponseReturnValue:
    """Contest the entry of a shift of one's own."""
    session = db.session()
    shift = get_own_shift(session, shift_id, staff_id=guards.current_staff().id)
    entry = find_entry(session, g.institution, shift, now=g.now)
    if entry is None:
        raise NotFound
    form = ContestForm()
    month = f"{shift.starts_at.astimezone(g.institution.zone):%Y-%m}"
    if form.validate_on_submit():
        with landing_on(form):
            attendance.contest(
                session,
                shift=shift,
                words=form.words.data or "",
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Sent. You read here what is decided."))
            return redirect(url_for(".index", month=month), 303)
    return form_page(
        "duty/attendance_contest.html",
        form,
        entry=entry,
        month=month,
        standing=find_contest(session, shift.id),
        days=settings().duty.contest_days,
        **_words([entry]),
    )


@pages.route("/contests/<int:contest_id>/", methods=["GET", "POST"])
@guards.staff
def decide(contest_id: int) -> ResponseReturnValue:
    """Decide on what somebody contests, or read what was decided."""
    session = db.session()
    row, shift, whose = get_contest(session, contest_id, me=guards.current_staff().id)
    form = JudgeForm()
    if form.validate_on_submit():
        with landing_on(form):
            attendance.decide(
                session,
                row=row,
                is_upheld=form.decision.data == "uphold",
                words=form.words.data or "",
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Decided. Whoever contested it reads it."))
            return redirect(url_for(".index"), 303)
    entry = find_entry(session, g.institution, shift, now=g.now)
    return form_page(
        "duty/attendance_decide.html",
        form,
        contest=row,
        shift=shift,
        person=whose,
        post=list_posts_by_id(session, [shift.post_id])[shift.post_id],
        entry=entry,
        judge=list_staff_names(session, [row.decided_by_id] if row.decided_by_id else []),
        **_words([entry] if entry else []),
    )


def _month_page(staff_id: int) -> dict[str, Any]:
    """The entries of somebody's month with what they come to and what was said of them."""
    session, month = db.session(), _asked_month()
    entries = read_sheet(session, g.institution, {staff_id}, month.first, now=g.now).of(staff_id)
    listing = page_of(entries, page_number())
    said = list_contests(session, {staff_id}, *_span(month))
    contests = {row.shift_id: row for row, _since, _until in said}
    # What was decided is read here even where there is no such entry any more.
    elsewhere = {entry.shift_id for entry in entries} - {entry.shift_id for entry in listing.rows}
    judges = {row.decided_by_id for row in contests.values() if row.decided_by_id}
    within = timedelta(days=settings().duty.contest_days)
    open_ones = {
        entry.shift_id
        for entry in listing.rows
        if entry.can_be_contested and entry.shift_id not in contests and g.now < entry.end + within
    }
    return {
        "month": month,
        "listing": listing,
        "totals": add_up(entries, _excused(contests)),
        "contests": contests,
        "said": [each for each in said if each[0].shift_id not in elsewhere],
        "judges": list_staff_names(session, judges),
        "open_ones": open_ones,
        "word_contest": tables.word_contest,
        **_words(listing.rows),
    }


def _words(entries: Sequence[Entry]) -> dict[str, Any]:
    return {"posts": _posts(entries), "word": tables.word, "length": tables.said}


def _posts(entries: Iterable[Entry]) -> dict[int, Post]:
    return list_posts_by_id(db.session(), {entry.post_id for entry in entries})


def _lines(
    people: Sequence[Staff], month: Month
) -> tuple[list[tables.Line], dict[int, AttendanceContest]]:
    session, ids = db.session(), {one.id for one in people}
    sheet = read_sheet(session, g.institution, ids, month.first, now=g.now)
    said = list_contests(session, ids, *_span(month))
    contests = {row.shift_id: row for row, _since, _until in said}
    excused = _excused(contests)
    lines = [
        tables.Line(
            one.id, one.number, one.name, sheet.of(one.id), add_up(sheet.of(one.id), excused)
        )
        for one in people
    ]
    return lines, contests


def _excused(contests: Mapping[int, AttendanceContest]) -> set[int]:
    return {shift_id for shift_id, row in contests.items() if row.is_upheld}


def _asked_month() -> Month:
    """The month of the address; without sense in it, or one to come, the present one."""
    this = month_of(g.now.astimezone(g.institution.zone).date())
    month = read_month(request.args.get("month", "")) or this
    if month.first > this.first:
        month = this
    before, after = month.before.first, month.after.first
    return Month(
        month.first,
        f"{before:%Y-%m}" if before.year >= YEARS[0] else "",
        f"{after:%Y-%m}" if after <= this.first else "",
        month.first < this.first,
    )


def _asked_unit() -> int:
    """The unit of the address; raises NotFound for one that one does not keep."""
    unit_id = request.args.get("unit", 0, int)
    if unit_id and unit_id not in {one.id for one in _units()}:
        raise NotFound
    return unit_id


def _units() -> list[Any]:
    kept = reach.units_of(EDIT)
    return [one for one in list_units(db.session()) if kept is None or one.id in kept]


def _within(unit_id: int) -> Collection[int] | None:
    return frozenset({unit_id}) if unit_id else reach.units_of(EDIT)


def _span(month: Month) -> Any:
    return span_of(g.institution, month.first)
