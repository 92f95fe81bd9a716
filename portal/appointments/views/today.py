"""The window's day: who comes, who is here, what happens next (辦事預約 at the window)."""

from datetime import date, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.appointments.closure_queries import list_unconfirmed
from portal.appointments.forms import VersionForm, VisitForm, WaiverForm
from portal.appointments.models import Booking, Visit
from portal.appointments.permissions import SERVE
from portal.appointments.queries import (
    DAY_PAGE,
    count_day,
    get_booking,
    get_visit,
    list_day_bookings,
    list_day_visits,
)
from portal.appointments.reach import list_unreached
from portal.appointments.services import window
from portal.appointments.views.alarms import alarms_of
from portal.catalog.models import Post
from portal.catalog.queries import (
    get_post,
    list_documents,
    list_posts,
    list_service_names,
    list_services_of_post,
)
from portal.core.errors import Forbidden, NotFound
from portal.core.ledger_anchor import anchor_text
from portal.core.ledger_chain import chain_head
from portal.core.listing import page_of
from portal.core.localized import pick
from portal.core.session import db
from portal.identity.forms.contacts import DecisionForm
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language
from portal.web.requests import page_number

__all__ = ["SERVE", "pages"]

pages = Blueprint("today", __name__, template_folder="../templates", url_prefix="/work/today")


def local_today() -> date:
    """The institution's day."""
    day: date = g.now.astimezone(g.institution.zone).date()
    return day


def get_served(kind: str, served_id: int) -> Booking | Visit:
    """The booking or visit of an address, if this person may serve its post.

    Raises NotFound, and Forbidden for a post of a unit where the person may not serve.
    """
    if kind not in ("booking", "visit"):
        raise NotFound
    served: Booking | Visit = (
        get_booking(db.session(), served_id)
        if kind == "booking"
        else get_visit(db.session(), served_id)
    )
    check_post(served.post_id)
    return served


def check_post(post_id: int, permission: str = SERVE) -> Post:
    """The post, if the signed-in person may do so in its unit; raises NotFound and Forbidden."""
    post = get_post(db.session(), post_id)
    if not guards.current_staff().can(permission, post.unit_id):
        raise Forbidden
    return post


@pages.get("/")
@guards.permitted(SERVE)
def choose() -> ResponseReturnValue:
    """Which post; with one only, its day at once."""
    principal = guards.current_staff()
    posts = [p for p in list_posts(db.session()) if principal.can(SERVE, p.unit_id)]
    if len(posts) == 1:
        return redirect(url_for(".day", post_id=posts[0].id), 303)
    return render_template("appointments/posts.html", listing=page_of(posts, page_number()))


@pages.get("/<int:post_id>/")
@guards.permitted(SERVE)
def day(post_id: int) -> ResponseReturnValue:
    """A post's day in order of time, the next person first to the eye."""
    post = check_post(post_id)
    offset = max(0, request.args.get("from", 0, int))
    bookings = list_day_bookings(db.session(), post_id=post_id, day=local_today(), offset=offset)
    visits = list_day_visits(db.session(), post_id=post_id, day=local_today())
    services = {b.service_id for b in bookings} | {v.service_id for v in visits}
    following = next_person(bookings)
    unreached = list_unreached(db.session(), post_id=post_id, today=local_today(), now=g.now)
    return render_template(
        "appointments/today.html",
        post=post,
        day=local_today(),
        tomorrow=local_today() + timedelta(days=1),
        counts=count_day(db.session(), post_id=post_id, day=local_today()),
        halves=_halves(bookings[:DAY_PAGE]),
        offset=offset,
        has_more=len(bookings) > DAY_PAGE,
        visits=visits,
        unconfirmed=list_unconfirmed(db.session(), bookings),
        names=list_service_names(db.session(), sorted(services)),
        following=following,
        unreached=unreached,
        documents=list_documents(db.session(), following.service_id) if following else [],
        alarms=alarms_of(bookings[:DAY_PAGE]),
        grace=settings().booking.grace_minutes,
        anchor=anchor_text(chain_head(db.session())),
        form=DecisionForm(),
    )


def _halves(bookings: list[Booking]) -> list[tuple[bool, list[Booking]]]:
    """The list by half of the day: whether it is the morning, and who comes then."""
    halves: dict[bool, list[Booking]] = {True: [], False: []}
    for booking in bookings:
        local = booking.starts_at.astimezone(g.institution.zone)
        halves[local.hour < 12].append(booking)
    return [(is_morning, members) for is_morning, members in halves.items() if members]


def next_person(bookings: list[Booking]) -> Booking | None:
    """Whom to serve now: the one being served, else who is here longest, else the next due."""
    for state in ("serving", "arrived", "booked"):
        for booking in bookings:
            if booking.state == state:
                return booking
    return None


@pages.post("/<kind>/<int:served_id>/<step>/")
@guards.permitted(SERVE)
def step(kind: str, served_id: int, step: str) -> ResponseReturnValue:
    """One step at the window: here, start, done, missed, back."""
    served = get_served(kind, served_id)
    form = VersionForm()
    if form.validate_on_submit():
        with landing_on(form):
            _take_step(served, step, form.version.data)
            return redirect(url_for(".day", post_id=served.post_id), 303)
    for message in [*form.form_errors, *form.version.errors]:
        flash(message, "bad")
    return redirect(url_for(".day", post_id=served.post_id), 303)


def _take_step(served: Booking | Visit, step: str, version: int) -> None:
    session, actor, now = db.session(), guards.current_actor(), g.now
    if step == "done":
        window.finish(session, served=served, version=version, actor=actor, now=now)
    elif step == "back":
        window.undo(
            session,
            served=served,
            version=version,
            today=local_today(),
            rules=settings().booking,
            actor=actor,
            now=now,
        )
    elif isinstance(served, Booking) and step == "here":
        window.note_arrival(session, booking=served, version=version, actor=actor, now=now)
    elif isinstance(served, Booking) and step == "start":
        window.start_serving(session, booking=served, version=version, actor=actor, now=now)
    elif isinstance(served, Booking) and step == "missed":
        rules = settings().booking
        window.note_no_show(
            session, booking=served, version=version, rules=rules, actor=actor, now=now
        )
    else:
        raise NotFound


@pages.route("/<int:post_id>/walk-in/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def walk_in(post_id: int) -> ResponseReturnValue:
    """Take in somebody who came without an appointment."""
    post = check_post(post_id)
    form = VisitForm()
    offered = list_services_of_post(db.session(), post_id)
    form.service.choices = [
        SelectChoice(s.id, pick(s.name, current_language())[0]) for s in offered
    ]
    if form.validate_on_submit():
        with landing_on(form):
            window.open_visit(
                db.session(),
                service_id=form.service.data,
                post_id=post_id,
                name=form.name.data or "",
                today=local_today(),
                actor=guards.current_actor(),
                now=g.now,
            )
            return redirect(url_for(".day", post_id=post_id), 303)
    return form_page("appointments/walk_in.html", form, post=post)


@pages.route("/<kind>/<int:served_id>/waive/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def waive(kind: str, served_id: int) -> ResponseReturnValue:
    """Not finished today, and the person wants no appointment: write down why (W-YY-1)."""
    served = get_served(kind, served_id)
    form = WaiverForm(version=served.version)
    if form.validate_on_submit():
        with landing_on(form):
            window.finish_later(
                db.session(),
                served=served,
                version=form.version.data,
                next_booking=None,
                waiver=form.waiver.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Written down. The matter stays open without an appointment."))
            return redirect(url_for(".day", post_id=served.post_id), 303)
    return form_page("appointments/waive.html", form, served=served, kind=kind)
