"""The desk (工作台): what is due first, with one verb a row; and looking things up."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.errors import N_
from portal.core.session import db
from portal.matters.finding import find_matters, list_seen
from portal.matters.queries import count_matters, list_desk, parts_of
from portal.matters.rules import VERB_LABELS, State, steps_for
from portal.matters.views.looking import current_viewer, names_in, urgency
from portal.web import guards
from portal.web.requests import page_number

pages = Blueprint("work_desk", __name__, template_folder="../templates", url_prefix="/work/desk")
TABS = {
    "held": N_("Mine"),
    "offered": N_("Offered to me"),
    "reported": N_("To acknowledge"),
    "first": N_("I was asked first"),
    "all": N_("All that I may see"),
}


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """What is in one's hands, the most urgent first."""
    viewer = current_viewer()
    tab = request.args.get("tab", "held")
    tab = tab if tab in TABS else "held"
    if tab == "all":
        listing = list_seen(db.session(), viewer, page_number())
    else:
        listing = list_desk(db.session(), viewer, tab, page_number())
    return render_template(
        "matters/desk.html",
        tabs=TABS,
        tab=tab,
        counts=count_matters(db.session(), viewer, g.now),
        listing=listing,
        names=names_in(listing.rows),
        steps={row.id: steps_for(State(row.state), parts_of(row, viewer)) for row in listing.rows},
        urgency=urgency,
        verbs=VERB_LABELS,
    )


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
