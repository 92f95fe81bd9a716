"""The desk (工作台): what is due first, with one verb a row; and looking things up."""

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.errors import N_
from portal.core.session import db
from portal.identity.queries.staff import list_staff_names
from portal.matters.assistance_queries import count_help, help_steps_of, list_help, list_names_in
from portal.matters.assistance_rules import HELP_VERBS
from portal.matters.finding import find_matters, list_seen
from portal.matters.queries import Viewer, count_matters, list_desk
from portal.matters.rules import VERB_LABELS
from portal.matters.views.aside import read_aside
from portal.matters.views.looking import current_viewer, names_in, steps_of, urgency, urgency_at
from portal.web import guards
from portal.web.languages import current_language
from portal.web.live import content_tag, tagged, unchanged
from portal.web.requests import page_number

pages = Blueprint("work_desk", __name__, template_folder="../templates", url_prefix="/work/desk")
TABS = {
    "held": N_("Mine"),
    "offered": N_("Offered to me"),
    "reported": N_("To acknowledge"),
    "first": N_("I was asked first"),
    "help": N_("Help asked of me"),
    "all": N_("All that I may see"),
}


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """What is in one's hands, the most urgent first; open, it keeps itself up to date."""
    viewer = current_viewer()
    tab = request.args.get("tab", "held")
    tab = tab if tab in TABS else "held"
    rows = _read_help(viewer) if tab == "help" else _read_matters(viewer, tab)
    counts, helps = count_matters(db.session(), viewer, g.now), count_help(db.session(), viewer)
    listing, aside = rows["listing"], read_aside(viewer)
    tag = content_tag(
        *(viewer.staff_id, current_language(), tab, listing.page, listing.total),
        [(row.id, row.version, urgency_at(row.due_at)) for row in listing.rows],
        *(counts, helps, aside.stamp),
    )
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    template = "matters/help_desk.html" if tab == "help" else "matters/desk.html"
    page = render_template(
        template,
        tabs=TABS,
        tab=tab,
        counts=counts,
        helps=helps,
        aside=aside,
        own_posts=viewer.posts,
        **rows,
    )
    return tagged(page, tag)


def _read_matters(viewer: Viewer, tab: str) -> dict[str, Any]:
    """A page of matters with what their rows say."""
    if tab == "all":
        listing = list_seen(db.session(), viewer, page_number())
    else:
        listing = list_desk(db.session(), viewer, tab, page_number())
    return {
        "listing": listing,
        "names": names_in(listing.rows),
        "steps": {row.id: steps_of(row, viewer) for row in listing.rows},
        "urgency": urgency,
        "verbs": VERB_LABELS,
    }


def _read_help(viewer: Viewer) -> dict[str, Any]:
    """What help somebody owes, and on which that one decides."""
    listing, matters = list_help(db.session(), viewer, page_number())
    return {
        "listing": listing,
        "matters": matters,
        "names": list_staff_names(db.session(), list_names_in(listing.rows)),
        "steps": {row.id: help_steps_of(row, viewer) for row in listing.rows},
        "help_verbs": HELP_VERBS,
    }


@pages.get("/find/")
@guards.staff
def find() -> ResponseReturnValue:
    """Matters by number, name, place or title, of those that one may see."""
    query = request.args.get("q", "").strip()[:80]
    viewer = current_viewer()
    found = find_matters(db.session(), viewer, query) if query else []
    return render_template(
        "matters/found.html", query=query, found=found, names=names_in(found), urgency=urgency
    )
