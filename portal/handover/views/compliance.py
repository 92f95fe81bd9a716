"""How posts were kept and handed over in a month (RP-04), each figure opening into its rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.calendar.views.asked_month import Asked, asked_month
from portal.catalog.models import Post
from portal.core.errors import NotFound
from portal.core.listing import Listing, page_of
from portal.core.session import db
from portal.duty.kept import Scope, read_kept
from portal.duty.permissions import REPORTS
from portal.handover import compliance_tables as tables
from portal.handover.compliance import (
    Given,
    Listed,
    count_listed,
    due_of,
    list_by_id,
    list_given,
)
from portal.handover.compliance_rules import VERDICT_LABELS
from portal.handover.compliance_tables import FIGURE_LABELS, Line
from portal.handover.rules import REASON_LABELS
from portal.handover.views.reading import current_viewer
from portal.identity.queries.staff import list_staff_names
from portal.web import guards
from portal.web.report_tables import said_time, send_tables
from portal.web.requests import page_number

pages = Blueprint(
    "compliance", __name__, template_folder="../templates", url_prefix="/work/reports/duty"
)
#: Which table shows the rows of a figure; the others are of handovers.
KINDS = {"empty": "stretches", "raised": "stretches", "stood": "covers", "over": "covers"}
#: Whom such a row names.
NAMED = ("left_id", "came_id", "staff_id", "for_id")


@pages.get("/")
@guards.permitted(REPORTS)
def index() -> ResponseReturnValue:
    """The report of a month."""
    wanted = asked_month(REPORTS)
    scope = _scope_of(wanted)
    lines = _read(scope)
    return render_template(
        "handover/compliance.html",
        asked=wanted,
        said=wanted.address(),
        scope=scope,
        title=_name(lines),
        listing=page_of(lines, page_number()),
        longest=max((line.kept.unkept for line in lines), default=None),
        said_time=said_time,
        earlier=url_for(".index", **wanted.address(wanted.month.before)),
        later=url_for(".index", **wanted.address(wanted.month.after)),
    )


def _scope_of(wanted: Asked, post_id: int | None = None) -> Scope:
    return Scope(wanted.begin, wanted.end, g.now, wanted.within, post_id)


def _read(scope: Scope) -> list[Line]:
    session = db.session()
    return tables.lines_of(read_kept(session, scope), list_given(session, scope))


def _name(lines: Sequence[Line]) -> str:
    """The answer in one sentence."""
    required = sum(line.kept.required.total_seconds() for line in lines)
    empty = [line.kept.unkept for line in lines if line.kept.unkept]
    if not required:
        text: str = _("No post was open yet")
    elif not empty:
        text = _("Somebody was there all the time")
    else:
        total = sum(empty[1:], empty[0])
        text = _("Nobody was there for %(time)s in all", time=said_time(total))
    return text


@pages.get("/rows/")
@guards.permitted(REPORTS)
def rows() -> ResponseReturnValue:
    """What a figure of a post counts: stretches, covers or handovers."""
    wanted = asked_month(REPORTS)
    figure, post_id = request.args.get("figure", ""), request.args.get("post", None, int)
    if figure not in FIGURE_LABELS or post_id is None:
        raise NotFound
    scope = _scope_of(wanted, post_id)
    found = _read(scope)
    if not found:
        raise NotFound
    line = found[0]
    listing: Listing[Any] = page_of(line.rows(figure), page_number())
    kind, more = KINDS.get(figure, "handovers"), {}
    people = {getattr(row, key, None) for row in listing.rows for key in NAMED}
    if kind == "handovers":
        more = _describe(line.post, listing)
        people = {one for row in more["given"] for one in (row.giver_id, row.receiver_id)}
    return render_template(
        f"handover/compliance_{kind}.html",
        asked=wanted,
        said=wanted.address(),
        scope=scope,
        line=line,
        label=_(FIGURE_LABELS[figure]),
        listing=listing,
        names=list_staff_names(db.session(), sorted(one for one in people if one is not None)),
        tables=tables,
        said_time=said_time,
        day_of=_day_of,
        **more,
    )


def _day_of(at: datetime) -> str:
    """A moment's day there, as the address of the roster says it."""
    return at.astimezone(g.institution.zone).date().isoformat()


def _describe(post: Post, listing: Listing[Given]) -> dict[str, Any]:
    """The handovers of a page with what stood on their lists."""
    session, ids = db.session(), [one.id for one in listing.rows]
    given, viewer = list_by_id(session, ids), current_viewer()
    is_of_reader = viewer.units is None or post.unit_id in viewer.units
    return {
        "given": given,
        "listed": count_listed(session, ids),
        "seen": {
            row.id
            for row in given
            if is_of_reader or viewer.staff_id in (row.giver_id, row.receiver_id, row.ordered_by_id)
        },
        "due_of": due_of,
        "verdicts": {one.id: one.verdict for one in listing.rows},
        "labels": (REASON_LABELS, VERDICT_LABELS),
        "nothing": Listed(),
    }


@pages.get("/table.<any(csv, xlsx):ending>")
@guards.permitted(REPORTS)
def export(ending: str) -> ResponseReturnValue:
    """The same figures to take along."""
    wanted = asked_month(REPORTS)
    sheets = tables.as_sheets(_read(_scope_of(wanted)))
    return send_tables(sheets, ending, f"posts-{wanted.month.first:%Y-%m}")
