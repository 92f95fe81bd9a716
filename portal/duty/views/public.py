"""Who is at the windows now, for everybody: all of them, one for its own screen, and badges."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.session import db
from portal.duty.badges import get_badge
from portal.duty.queries import get_post_by_code, list_seats_page, read_seat
from portal.web import guards
from portal.web.languages import current_language
from portal.web.live import content_tag, tagged, unchanged
from portal.web.requests import page_number

pages = Blueprint("windows", __name__, template_folder="../templates")


@pages.get("/windows/")
@guards.everyone
def index() -> ResponseReturnValue:
    """All posts: who serves there, who covers, who is away until when; it refreshes itself."""
    listing = list_seats_page(db.session(), page=page_number(), now=g.now)
    facts = [seat.facts for seat in listing.rows]
    tag = content_tag(current_language(), listing.page, listing.total, facts)
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(render_template("duty/windows.html", listing=listing), tag)


@pages.get("/windows/<post_code>/")
@guards.everyone
def sign(post_code: str) -> ResponseReturnValue:
    """One post, for a screen that hangs at the window."""
    post = get_post_by_code(db.session(), post_code)
    seat = read_seat(db.session(), post, g.now)
    tag = content_tag(current_language(), seat.facts)
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(render_template("duty/sign.html", seat=seat, post=post), tag)


@pages.get("/badges/<badge_token>/")
@guards.everyone
def badge(badge_token: str) -> ResponseReturnValue:
    """Whose badge it is, and at which post that person is now; nobody who has left has one."""
    shown = get_badge(db.session(), badge_token, g.now)
    places = [(post.id, post.version, position) for post, position in shown.places]
    facts = [seat.facts for seat in shown.seats]
    tag = content_tag(current_language(), shown.person.name, places, facts)
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(render_template("duty/badge.html", badge=shown), tag)
