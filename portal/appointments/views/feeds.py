"""Staff have a post's coming days in their own calendar, by a link that they can end."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.appointments.feed_calendar import feed_calendar
from portal.appointments.feeds_queries import (
    find_followed,
    get_own_feed,
    list_coming,
    list_own_feeds,
)
from portal.appointments.permissions import SERVE
from portal.appointments.services.feeds import end_feed, make_feed
from portal.appointments.views.today import check_post
from portal.catalog.queries import get_post
from portal.core.errors import NotFound, TooMany
from portal.core.pace import Pace
from portal.core.runtime import runtime
from portal.core.session import db
from portal.identity.forms.contacts import DecisionForm
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language
from portal.web.requests import client_network

pages = Blueprint("feeds", __name__, template_folder="../templates")
#: How often one link may be fetched, and one network may try links that lead nowhere.
PACE = Pace(limit=600, window=timedelta(minutes=15))


def _address(endpoint: str, **values: Any) -> str:
    """A full address, for programs that know nothing but it."""
    return f"{runtime().config.base_url}{url_for(endpoint, **values)}"


@pages.route("/work/today/<int:post_id>/calendar/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def manage(post_id: int) -> ResponseReturnValue:
    """One's own links, and making one for this post; it is shown in the answer only."""
    post = get_post(db.session(), post_id)
    check_post(post_id)
    own_id = guards.current_staff().id
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            _feed, link = make_feed(
                db.session(),
                post_id=post_id,
                staff_id=own_id,
                language=current_language(),
                actor=guards.current_actor(),
                now=g.now,
            )
            address = _address(".fetch", link=link)
            return render_template("appointments/feed_made.html", post=post, address=address)
    return form_page(
        "appointments/feed.html",
        form,
        post=post,
        days=settings().booking.horizon_days,
        feeds=list_own_feeds(db.session(), own_id),
    )


@pages.route("/work/today/calendar/<int:feed_id>/end/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def end(feed_id: int) -> ResponseReturnValue:
    """End a link of one's own: the calendar that has it learns nothing more."""
    own_id = guards.current_staff().id
    followed = get_own_feed(db.session(), feed_id=feed_id, staff_id=own_id)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            end_feed(
                db.session(),
                feed_id=feed_id,
                staff_id=own_id,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("The link has ended."))
            return redirect(url_for(".manage", post_id=followed.post.id), 303)
    return form_page("appointments/feed_end.html", form, followed=followed)


@pages.get("/calendar/<link>.ics")
@guards.everyone
def fetch(link: str) -> ResponseReturnValue:
    """The post's coming days, for a program that has nothing but the link."""
    followed = find_followed(db.session(), link)
    who = followed.feed.token_hash if followed else client_network()
    if not PACE.allows(f"{g.institution.id}|{who}", now=g.now):
        raise TooMany(retry_after=int(PACE.window.total_seconds()))
    if followed is None:
        raise NotFound
    first = g.now.astimezone(g.institution.zone).date()
    last = first + timedelta(days=settings().booking.horizon_days)
    coming = list_coming(db.session(), post_id=followed.post.id, first=first, last=last)
    with force_locale(followed.feed.language):
        body = feed_calendar(
            coming,
            post=followed.post,
            tenant=g.institution,
            language=followed.feed.language,
            day_list=_address("today.day", post_id=followed.post.id),
            first=first,
            last=last,
            now=g.now,
        )
    response = Response(body, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
