"""What heads read of matters: how often passed on, how long kept, and what must be empty."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar.views.asked_month import Asked
from portal.catalog.queries import list_posts_by_id
from portal.core.listing import Listing, page_of
from portal.core.localized import pick
from portal.core.session import db
from portal.identity.queries.staff import list_staff_names
from portal.matters import report_tables as tables
from portal.matters.intake_rules import KIND_LABELS
from portal.matters.models import Matter
from portal.matters.permissions import REPORTS
from portal.matters.reports import (
    MOST,
    Courses,
    count_empty,
    get_courses,
    list_by_id,
    list_seen_ids,
    list_unanswered,
    list_unowned,
)
from portal.matters.reports_rules import Holder, Life, Summary, Turn, group_hops, summarise
from portal.matters.rules import STATE_LABELS
from portal.matters.views.looking import current_viewer, names_in, urgency
from portal.matters.views.report_scope import (
    Choice,
    asked,
    asked_choice,
    scope_of,
    untaken_before,
)
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.languages import current_language
from portal.web.report_tables import said_time, send_tables
from portal.web.requests import page_number

pages = Blueprint(
    "matter_reports", __name__, template_folder="../templates", url_prefix="/work/reports"
)


@pages.get("/")
@guards.permitted(REPORTS)
def index() -> ResponseReturnValue:
    """The report of a month (RP-06), each figure opening into its matters."""
    wanted = asked()
    courses = get_courses(db.session(), scope_of(wanted))
    by_unit = summarise(courses.lives(courses.unit_of))
    lines = tables.lines_of(by_unit, wanted.name_unit)
    people = _people(wanted, courses)
    return render_template(
        "matters/reports.html",
        asked=wanted,
        said=wanted.address(),
        units=wanted.named_units,
        summary=by_unit,
        hops=tables.hop_lines(by_unit),
        listing=page_of(lines, page_number()),
        most=max((line.minutes for line in lines), default=0),
        people=people[:MOST_PEOPLE],
        is_cut=courses.is_cut,
        counted=MOST,
        empty=_empty(wanted),
        earlier=url_for(".index", **wanted.address(wanted.month.before)),
        later=url_for(".index", **wanted.address(wanted.month.after)),
    )


#: People of a unit that the page tells apart; the tables to take along have all of them.
MOST_PEOPLE = 50


def _empty(wanted: Asked) -> tuple[int, int]:
    """How many stand in the two lists that must be empty, in whichever month they began."""
    return count_empty(db.session(), wanted.within, now=g.now, untaken_before=untaken_before())


def _people(wanted: Asked, courses: Courses) -> list[tables.Line[Holder]]:
    """Those of the one unit that was chosen; of all units at once nobody is compared."""
    if wanted.unit is None:
        return []
    found: Summary[Holder] = summarise(courses.lives(lambda holder: holder))
    own = {key: held for key, held in found.held.items() if courses.unit_of(key) == wanted.unit}
    names = _names(list(own))
    return tables.lines_of(Summary(held=own), lambda key: names[key])


def _names(holders: Sequence[Holder]) -> dict[Holder, str]:
    """What people and windows are called."""
    staff = [holder.id for holder in holders if holder.kind == "staff"]
    names: dict[Holder, str] = {
        Holder("staff", staff_id): name
        for staff_id, name in list_staff_names(db.session(), staff).items()
    }
    posts = [holder.id for holder in holders if holder.kind == "post"]
    for post in list_posts_by_id(db.session(), posts).values():
        names[Holder("post", post.id)] = pick(post.name, current_language())[0]
    return names


@pages.get("/rows/")
@guards.permitted(REPORTS)
def rows() -> ResponseReturnValue:
    """The matters that a figure counts, and in whose hands each was how long."""
    wanted, choice = asked(), asked_choice()
    courses = get_courses(db.session(), scope_of(wanted))
    turns = {life.matter_id: life for life in courses.lives(lambda holder: holder)}
    listing = page_of(_choose(courses, choice), page_number())
    shown = list_by_id(db.session(), listing.rows)
    holders = {turn.key for each in listing.rows for turn in turns[each].turns}
    return render_template(
        "matters/report_rows.html",
        said=wanted.address(),
        asked=wanted,
        label=_label(wanted, choice),
        listing=Listing(shown, listing.page, listing.total),
        lives=turns,
        names=_names(list(holders)),
        seen=list_seen_ids(db.session(), current_viewer(), listing.rows),
        said_time=said_time,
        total_of=_waited,
        labels=(KIND_LABELS, STATE_LABELS),
    )


def _choose(courses: Courses, choice: Choice) -> list[int]:
    """The matters of a figure; those of a unit or a person with the longest stay first."""
    lives: list[Life[Any]] = list(courses.lives(courses.unit_of))
    key: Any = choice.by_unit
    if choice.by_staff is not None:
        key = Holder("staff", choice.by_staff)
        lives = list(courses.lives(lambda holder: holder))
    if choice.hops is not None:
        lives = [life for life in lives if group_hops(life.hops) == choice.hops]
    if key is not None:
        stays = {
            life.matter_id: max(turn.worked for turn in life.turns if turn.key == key)
            for life in lives
            if any(turn.key == key for turn in life.turns)
        }
        return sorted(stays, key=lambda matter_id: (-stays[matter_id], matter_id))
    return [life.matter_id for life in lives]


def _waited(turns: Sequence[Turn[Any]]) -> str:
    """How long the person had the word."""
    total = sum((turn.waited for turn in turns), start=type(turns[0].waited)()) if turns else None
    return said_time(total) if total else ""


def _label(wanted: Asked, choice: Choice) -> str:
    if choice.hops is not None:
        return tables.name_hops(choice.hops)
    if choice.by_staff is not None:
        who = Holder("staff", choice.by_staff)
        return _names([who]).get(who, "")
    if choice.by_unit in wanted.every:
        return wanted.name_unit(choice.by_unit or 0)
    label: str = _("All matters")
    return label


@pages.get("/table.<any(csv, xlsx):ending>")
@guards.permitted(REPORTS)
def export(ending: str) -> ResponseReturnValue:
    """The same figures to take along."""
    wanted = asked()
    courses = get_courses(db.session(), scope_of(wanted))
    summary = summarise(courses.lives(courses.unit_of))
    lines: dict[str, Any] = {_("Unit"): tables.lines_of(summary, wanted.name_unit)}
    if wanted.unit is not None:
        lines[_("Who held it")] = _people(wanted, courses)
    sheets = tables.as_sheets(summary, lines, _empty(wanted))
    return send_tables(sheets, ending, f"matters-{wanted.month.first:%Y-%m}")


@pages.get("/unanswered/")
@guards.permitted(REPORTS)
def unanswered() -> ResponseReturnValue:
    """Beyond the promise, and nobody was told (無回音): to be empty."""
    wanted = asked()
    listing = list_unanswered(db.session(), wanted.within, now=g.now, page=page_number())
    return _must_be_empty(wanted, listing, _("No reply in time"), "")


@pages.get("/unowned/")
@guards.permitted(REPORTS)
def unowned() -> ResponseReturnValue:
    """In nobody's hands (無著落): to be empty."""
    wanted = asked()
    listing = list_unowned(
        db.session(), wanted.within, untaken_before=untaken_before(), page=page_number()
    )
    minutes = settings().matters.acknowledge_minutes
    return _must_be_empty(
        wanted,
        listing,
        _("In nobody's hands"),
        _(
            "Whoever holds it does not work here any more, or nobody took it up within "
            "%(minutes)d working minutes after it came online.",
            minutes=minutes,
        ),
    )


def _must_be_empty(
    wanted: Asked, listing: Listing[Matter], title: str, hint: str
) -> ResponseReturnValue:
    return render_template(
        "matters/must_be_empty.html",
        title=title,
        hint=hint,
        said=wanted.address(),
        units=wanted.named_units,
        asked=wanted,
        listing=listing,
        names=names_in(listing.rows),
        seen=list_seen_ids(db.session(), current_viewer(), [row.id for row in listing.rows]),
        urgency=urgency,
        labels=(KIND_LABELS, STATE_LABELS),
    )
