"""Who is ready to take A's place at each post (RP-05), each figure opening into its rows."""

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar.views.asked_month import Asked, asked_month
from portal.core.errors import NotFound
from portal.core.listing import Listing, page_of
from portal.core.session import db
from portal.duty import readiness_tables as tables
from portal.duty.kept import Scope
from portal.duty.kept_rules import ANSWER_LABELS
from portal.duty.permissions import EDIT, REPORTS
from portal.duty.readiness import AHEAD, read_readiness
from portal.duty.readiness_rules import Lack
from portal.duty.readiness_tables import FIGURE_LABELS, Line
from portal.identity.queries.staff import list_staff_names
from portal.web import guards
from portal.web.report_tables import said_time, send_tables
from portal.web.requests import page_number

pages = Blueprint(
    "readiness", __name__, template_folder="../templates", url_prefix="/work/reports/readiness"
)
#: Who may put right what is missing: the permission for each, and the page.
ASSIGN = "catalog.post.edit"
MENDING = {
    Lack.NOBODY: (ASSIGN, "posts.show"),
    Lack.UNSIGNED: (EDIT, "statements.show"),
    Lack.UNQUALIFIED: (EDIT, "qualifications.index"),
    Lack.EXPIRED: (EDIT, "qualifications.index"),
}


@pages.get("/")
@guards.permitted(REPORTS)
def index() -> ResponseReturnValue:
    """Posts with nobody ready, then all of them; requests to stand in are those of a month."""
    wanted = asked_month(REPORTS)
    lines = _read(_scope_of(wanted))
    return render_template(
        "duty/readiness.html",
        asked=wanted,
        said=wanted.address(),
        unready=[line for line in lines if not line.ready.is_ready],
        listing=page_of(lines, page_number()),
        days=AHEAD.days,
        zone=g.institution.zone,
        tables=tables,
        mend=_mend,
        earlier=url_for(".index", **wanted.address(wanted.month.before)),
        later=url_for(".index", **wanted.address(wanted.month.after)),
    )


def _scope_of(wanted: Asked, post_id: int | None = None) -> Scope:
    return Scope(wanted.begin, wanted.end, g.now, wanted.within, post_id)


def _read(scope: Scope) -> list[Line]:
    return tables.lines_of(read_readiness(db.session(), scope))


def _mend(line: Line, lack: Lack) -> str:
    """The address where it can be put right; nothing for who may not."""
    if lack not in MENDING:
        return url_for("roster.index", unit=line.post.unit_id)
    permission, endpoint = MENDING[lack]
    if not guards.current_staff().can(permission, line.post.unit_id):
        return ""
    return url_for(endpoint, post_id=line.post.id)


@pages.get("/rows/")
@guards.permitted(REPORTS)
def rows() -> ResponseReturnValue:
    """What a figure of a post counts: hours in which nobody could step in, or requests."""
    wanted = asked_month(REPORTS)
    figure, post_id = request.args.get("figure", ""), request.args.get("post", None, int)
    if figure not in FIGURE_LABELS or post_id is None:
        raise NotFound
    found = _read(_scope_of(wanted, post_id))
    if not found:
        raise NotFound
    line = found[0]
    chosen: list[Any] = list(line.ready.gaps if figure == "gaps" else line.calls[figure])
    listing: Listing[Any] = page_of(chosen, page_number())
    people = (
        []
        if figure == "gaps"
        else [one for row in listing.rows for one in (row.asker_id, row.came_id) if one is not None]
    )
    return render_template(
        "duty/readiness_gaps.html" if figure == "gaps" else "duty/readiness_calls.html",
        asked=wanted,
        said=wanted.address(),
        line=line,
        label=_(FIGURE_LABELS[figure]),
        listing=listing,
        days=AHEAD.days,
        names=list_staff_names(db.session(), people),
        answers=ANSWER_LABELS,
        said_time=said_time,
        day_of=lambda at: at.astimezone(g.institution.zone).date().isoformat(),
    )


@pages.get("/table.<any(csv, xlsx):ending>")
@guards.permitted(REPORTS)
def export(ending: str) -> ResponseReturnValue:
    """The same figures to take along."""
    wanted = asked_month(REPORTS)
    sheets = tables.as_sheets(_read(_scope_of(wanted)), g.now, g.institution.zone)
    return send_tables(sheets, ending, f"readiness-{wanted.month.first:%Y-%m}")
