"""Who is at the windows now, for everybody: all of them, one for its own screen, and badges."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.session import db
from portal.duty.badges import get_badge
from portal.duty.queries import get_post_by_code, read_seat, read_seats
from portal.web import guards
from portal.web.languages import current_language
from portal.web.live import content_tag, tagged, unchanged

pages = Blueprint("windows", __name__, template_folder="../templates")


@pages.get("/windows/")
@guards.everyone
def index() -> ResponseReturnValue:
    """All posts: who serves there, who covers, who is away until when; it refreshes itself."""
    seats = read_seats(db.session(), g.now)
    tag = content_tag(current_language(), [seat.facts for seat in seats])
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(render_template("duty/windows.html", seats=seats), tag)


@pages.get("/windows/<code>/")
@guards.everyone
def sign(code: str) -> ResponseReturnValue:
    """One post, for a screen that hangs at the window."""
    post = get_post_by_code(db.session(), code)
    seat = read_seat(db.session(), post, g.now)
    tag = content_tag(current_language(), seat.facts)
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(render_template("duty/sign.html", seat=seat, post=post), tag)


@pages.get("/badges/<token>/")
@guards.everyone
def badge(token: str) -> ResponseReturnValue:
    """Whose badge it is, and at which post that person is now; nobody who has left has one."""
    shown = get_badge(db.session(), token, g.now)
    places = [(post.id, post.version, position) for post, position in shown.places]
    facts = [seat.facts for seat in shown.seats]
    tag = content_tag(current_language(), shown.person.name, places, facts)
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(render_template("duty/badge.html", badge=shown), tag)
