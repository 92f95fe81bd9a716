"""My posts (我的崗位): signing in with one tap, stepping away, covering, a second post."""

from collections.abc import Callable
from dataclasses import dataclass

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal.catalog.models import Post
from portal.catalog.queries import list_posts_by_id
from portal.core.errors import NotFound
from portal.core.listing import Listing, page_of
from portal.core.session import db
from portal.duty.badges import badge_link, read_badge
from portal.duty.events import Leaving, Onward, ask_onward
from portal.duty.fitness_queries import list_own
from portal.duty.forms import AwayForm, SecondPostForm, TapForm
from portal.duty.models import Concurrency, Presence
from portal.duty.queries import (
    Seat,
    find_place,
    get_open_post,
    get_own_presence,
    get_request,
    list_asked,
    list_held,
    list_places,
    list_requests,
    list_seats,
    read_openings,
)
from portal.duty.rules import AwayReason, NoPlace, Standing, next_clock
from portal.duty.services import concurring, covering, presence
from portal.identity.queries.staff import get_staff, list_staff_names
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on
from portal.web.languages import current_language
from portal.web.live import content_tag, tagged, unchanged
from portal.web.requests import page_number

pages = Blueprint("duty", __name__, template_folder="../templates", url_prefix="/work/duty")


@dataclass(frozen=True)
class Mine:
    """A post of somebody's: how it stands, and what that person is there."""

    seat: Seat
    #: A, B, C, or "" for one who is named no longer.
    position: str
    #: The own presence there, or standing in, if there is any.
    presence_id: int | None
    is_cover: bool
    #: What was asked for and still runs, where somebody would be at a second post.
    asked: Concurrency | None

    @property
    def is_calling(self) -> bool:
        """Whether somebody has to stand in here, and it may be this person."""
        return self.seat.standing is Standing.AWAY and self.presence_id is None


def _me() -> int:
    return guards.current_staff().id


def _read_mine() -> Listing[Mine]:
    """A page of one's own posts: those one is at, those that call, then the others.

    The same number of statements whatever their number.
    """
    session = db.session()
    places = {post.id: (post, position) for post, position in list_places(session, _me())}
    held = {one.presence.post_id: one.presence for one in list_held(session, staff_id=_me())}
    for post in list_posts_by_id(session, set(held) - set(places)).values():
        places[post.id] = (post, "")
    posts = [post for post, _position in places.values()]
    asked = list_asked(session, _me(), g.now)
    found = [
        Mine(
            seat,
            places[seat.post.id][1],
            held[seat.post.id].id if seat.post.id in held else None,
            seat.post.id in held and held[seat.post.id].is_cover,
            asked.get(seat.post.id),
        )
        for seat in list_seats(session, posts, openings=read_openings(session), now=g.now)
    ]
    found.sort(key=lambda mine: (mine.presence_id is None, not mine.is_calling))
    return page_of(found, page_number())


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """Where one is, what one may do about it, and who has to be covered."""
    mine, requests = _read_mine(), list_requests(db.session(), _me())
    unsigned = _count_unsigned()
    tag = content_tag(
        *(_me(), current_language()),
        [(one.seat.facts, one.position, one.presence_id, _facts(one.asked)) for one in mine.rows],
        (mine.page, mine.total),
        [row.id for row, _post, _name in requests],
        unsigned,
    )
    if request.if_none_match.contains(tag):
        return unchanged(tag)
    return tagged(_render(TapForm(), mine, requests, unsigned)[0], tag)


def _count_unsigned() -> int:
    """How many duty statements wait for one's signature."""
    return len(list_own(db.session(), _me(), is_unsigned=True))


def _facts(asked: Concurrency | None) -> tuple[object, ...]:
    return () if asked is None else (asked.id, asked.is_granted)


def _render(
    form: Form,
    mine: Listing[Mine],
    requests: list[tuple[Concurrency, Post, str]],
    unsigned: int,
) -> tuple[str, int]:
    own = [one for one in mine.rows if one.presence_id is not None and not one.is_cover]
    return form_page(
        "duty/mine.html",
        form,
        mine=mine,
        requests=requests,
        own=own,
        is_elsewhere=bool(own),
        unsigned=unsigned,
    )


def _tap(work: Callable[[], None], said: str) -> ResponseReturnValue:
    """Do what one tap means and say so; what is refused stands on the page, in words."""
    form = TapForm()
    if form.validate_on_submit():
        with landing_on(form):
            work()
            flash(said)
            return redirect(url_for(".index"), 303)
    requests = list_requests(db.session(), _me())
    return _render(form, _read_mine(), requests, _count_unsigned())


@pages.post("/<int:post_id>/sign-in/")
@guards.staff
def sign_in(post_id: int) -> ResponseReturnValue:
    """Begin to be at a post."""
    post = _get_mine(post_id)

    def work() -> None:
        presence.sign_in(db.session(), post=post, actor=guards.current_actor(), now=g.now)

    return _tap(work, _("You are signed in. Everybody sees that you are there."))


@pages.post("/<int:post_id>/cover/")
@guards.staff
def cover(post_id: int) -> ResponseReturnValue:
    """Stand in for whoever is away."""
    post = _get_mine(post_id)

    def work() -> None:
        covering.cover(db.session(), post=post, actor=guards.current_actor(), now=g.now)

    return _tap(work, _("You cover the post now. What is in hand stays with your colleague."))


@pages.post("/presence/<int:presence_id>/back/")
@guards.staff
def back(presence_id: int) -> ResponseReturnValue:
    """Be there again."""
    row = get_own_presence(db.session(), presence_id, staff_id=_me())

    def work() -> None:
        presence.come_back(db.session(), presence=row, actor=guards.current_actor(), now=g.now)

    return _tap(work, _("You are back. Whoever covered you is free."))


@pages.post("/presence/<int:presence_id>/out/")
@guards.staff
def out(presence_id: int) -> ResponseReturnValue:
    """Leave a post for good, or end standing in there."""
    row = get_own_presence(db.session(), presence_id, staff_id=_me())
    onward = None if row.is_cover or row.signed_out_at else _ask_onward(row)
    if onward is not None and onward.is_owed:
        flash(_("Hand over first what is in your hands here."), "warn")
        return redirect(url_for(onward.endpoint, **onward.values), 303)
    said = (
        _("You no longer cover the post.") if row.is_cover else _("You are signed out of the post.")
    )

    def work() -> None:
        presence.sign_out(db.session(), presence=row, actor=guards.current_actor(), now=g.now)

    return _tap(work, said)


@pages.route("/presence/<int:presence_id>/away/", methods=["GET", "POST"])
@guards.staff
def away(presence_id: int) -> ResponseReturnValue:
    """Step away for a short while that a colleague covers."""
    row = get_own_presence(db.session(), presence_id, staff_id=_me())
    if row.is_cover:
        raise NotFound
    post = list_posts_by_id(db.session(), [row.post_id])[row.post_id]
    form = AwayForm()
    if form.validate_on_submit():
        with landing_on(form):
            presence.step_away(
                db.session(),
                presence=row,
                reason=AwayReason(form.reason.data),
                minutes=form.minutes.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("You are away. Your colleague is asked to cover the post."))
            return redirect(url_for(".index"), 303)
    longest = settings().duty.cover_minutes
    return form_page("duty/away.html", form, post=post, longest=longest, onward=_ask_onward(row))


def _ask_onward(row: Presence) -> Onward | None:
    """The page on which one hands over what one leaves."""
    return ask_onward(Leaving(db.session(), row.post_id, row.staff_id, g.now))


@pages.route("/<int:post_id>/second/", methods=["GET", "POST"])
@guards.staff
def second(post_id: int) -> ResponseReturnValue:
    """Ask to be at a second post until a time."""
    post, form = _get_mine(post_id), SecondPostForm()
    if form.validate_on_submit():
        with landing_on(form):
            concurring.ask(
                db.session(),
                post=post,
                reason=form.reason.data,
                until_at=next_clock(g.now, form.until.data, g.institution.zone),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Asked. Whoever heads the unit decides."))
            return redirect(url_for(".index"), 303)
    return form_page("duty/second.html", form, post=post)


@pages.route("/requests/<int:request_id>/", methods=["GET", "POST"])
@guards.staff
def decide(request_id: int) -> ResponseReturnValue:
    """Allow somebody a second post until the end that was asked for, or not."""
    row, post = get_request(db.session(), request_id, staff_id=_me())
    form = TapForm()
    if form.validate_on_submit():
        is_granted = request.form.get("verdict") == "grant"
        with landing_on(form):
            concurring.decide(
                db.session(),
                row=row,
                is_granted=is_granted,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Allowed.") if is_granted else _("Not allowed."))
            return redirect(url_for(".index"), 303)
    names = list_staff_names(db.session(), [row.staff_id])
    return form_page("duty/decide.html", form, row=row, post=post, who=names.get(row.staff_id, ""))


@pages.get("/badge/")
@guards.staff
def badge() -> ResponseReturnValue:
    """One's own badge with its code, to print and wear."""
    person = get_staff(db.session(), _me())
    link = badge_link(g.institution, person.id)
    qr = segno.make(link, error="m", micro=False)
    return render_template(
        "duty/badge_paper.html",
        badge=read_badge(db.session(), person, g.now),
        link=link,
        qr=Markup(qr.svg_inline(omitsize=True, border=1, title=_("Code of the badge"))),  # noqa: S704 made by us
    )


def _get_mine(post_id: int) -> Post:
    """An open post; raises NoPlace for whoever does not serve there."""
    post = get_open_post(db.session(), post_id)
    if not find_place(db.session(), post_id=post.id, staff_id=_me()):
        raise NoPlace
    return post
