"""When the portal is away: the day on paper to fill in by pen, and the sheet to enter it from."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.appointments.afterwards_forms import SheetForm, sheet_form
from portal.appointments.afterwards_rules import Known, read_course
from portal.appointments.models import Booking
from portal.appointments.queries import (
    DAY_PAGE,
    PAPER_PAGE,
    list_bookings_of_posts,
    list_day_bookings,
    list_enterable,
)
from portal.appointments.rules import STATE_LABELS
from portal.appointments.services.afterwards import enter_course
from portal.appointments.views.today import SERVE, check_post, local_today
from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_posts_of_unit, list_service_names
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.core.ledger_anchor import anchor_text
from portal.core.ledger_chain import chain_head
from portal.core.localized import Localized
from portal.core.session import PortalSession, db
from portal.identity.queries.staff import get_unit
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import say_instead

pages = Blueprint("paper", __name__, template_folder="../templates", url_prefix="/work/today")


def _asked_day() -> date:
    """The day that is asked for, else today; raises NotFound for what is no day."""
    text = request.args.get("day", "")
    try:
        return date.fromisoformat(text) if text else local_today()
    except ValueError:
        raise NotFound from None


def _offset() -> int:
    return max(0, request.args.get("from", 0, int))


@pages.get("/<int:post_id>/paper/")
@guards.permitted(SERVE)
def of_post(post_id: int) -> ResponseReturnValue:
    """A window's day with room to write: who comes when, and what to note by pen."""
    post = get_post(db.session(), post_id)
    check_post(post_id)
    return _print([post], post.name)


@pages.get("/unit/<int:unit_id>/paper/")
@guards.permitted(SERVE)
def of_unit(unit_id: int) -> ResponseReturnValue:
    """The same for all windows of a unit, each on a page of its own."""
    unit = get_unit(db.session(), unit_id)
    if not guards.current_staff().can(SERVE, unit_id):
        raise Forbidden
    return _print(list_posts_of_unit(db.session(), unit_id), unit.name)


def _print(posts: Sequence[Post], title: Localized) -> ResponseReturnValue:
    day, offset, session = _asked_day(), _offset(), db.session()
    post_ids = [post.id for post in posts]
    found = list_bookings_of_posts(session, post_ids=post_ids, day=day, offset=offset)
    shown = found[:PAPER_PAGE]
    names = list_service_names(session, sorted({booking.service_id for booking in shown}))
    return render_template(
        "appointments/paper.html",
        title=title,
        day=day,
        today=local_today(),
        tomorrow=local_today() + timedelta(days=1),
        sheets=[(post, [b for b in shown if b.post_id == post.id]) for post in posts],
        offset=offset,
        size=PAPER_PAGE,
        has_more=len(found) > PAPER_PAGE,
        names=names,
        anchor=anchor_text(chain_head(session)),
    )


@pages.route("/<int:post_id>/afterwards/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def enter(post_id: int) -> ResponseReturnValue:
    """Enter afterwards what happened on a day; each booking by itself, all of it or nothing."""
    post = get_post(db.session(), post_id)
    check_post(post_id)
    day, session, entered = _asked_day(), db.session(), 0
    if day > local_today():
        raise NotFound
    form = None
    if request.method == "POST":
        sent = list_enterable(session, post_id=post_id, day=day, booking_ids=_sent())
        form = sheet_form(sent)
        entered = _enter(form)
        if entered:
            flash(ngettext("%(num)d person entered.", "%(num)d people entered.", entered))
        if not form.is_refused:
            return redirect(url_for(".enter", post_id=post_id, day=day.isoformat()), 303)
    standing = list_day_bookings(session, post_id=post_id, day=day, offset=_offset())
    form = form or sheet_form(standing[:DAY_PAGE])
    page = render_template(
        "appointments/afterwards.html",
        form=form,
        post=post,
        day=day,
        today=local_today(),
        bookings=standing[:DAY_PAGE],
        offset=_offset(),
        size=DAY_PAGE,
        has_more=len(standing) > DAY_PAGE,
        names=list_service_names(session, sorted({b.service_id for b in standing})),
        labels=STATE_LABELS,
    )
    return page, 422 if form.is_refused and not entered else 200


def _sent() -> list[int]:
    """The bookings whose boxes were sent."""
    names = (name.removeprefix("version_") for name in request.form if name.startswith("version_"))
    return [int(name) for name in names if name.isascii() and name.isdecimal()][:DAY_PAGE]


def _enter(form: SheetForm) -> int:
    """Enter each row that can be entered; how many were. Nothing at all stays of the others."""
    form.validate_on_submit()
    entered = 0
    # In ascending id, the order in which everybody locks.
    for booking in form.bookings if not form.csrf_token.errors else ():
        entered += _enter_row(form, booking)
    if not entered:
        if not form.is_refused:
            form.form_errors.append(_("Write at least one time, or tick who did not come."))
        session = db.session()
        session.rollback()
        assert isinstance(session, PortalSession)
        session.connection_for_reading()
    return entered


def _enter_row(form: SheetForm, booking: Booking) -> bool:
    written = form.written(booking)
    if form.is_wrong(booking) or written.is_empty:
        return False
    known = Known(booking.local_date, booking.ends_at, booking.arrived_at, booking.started_at)
    try:
        enter_course(
            db.session(),
            booking=booking,
            version=form.box("version", booking).data,
            course=read_course(written, known, zone=g.institution.zone, now=g.now),
            rules=settings().booking,
            actor=guards.current_actor(),
            now=g.now,
        )
    except DomainError as error:
        if error.status not in (409, 422):
            raise
        form.refuse_row(booking, error)
        return False
    # Should another row be refused, the page goes on from what it shows of this one.
    say_instead(form.box("version", booking), booking.version)
    return True
