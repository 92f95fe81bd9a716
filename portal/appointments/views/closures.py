"""Closing hours of a window, and following what becomes of the people whom a closure hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.appointments.closure_forms import PARTS, ClosedHoursForm
from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.closure_queries import (
    count_to_phone,
    get_closed_booking,
    get_closure,
    list_closed_bookings,
    list_closures,
    list_messages_by_id,
    read_progress,
)
from portal.appointments.closure_rules import (
    ANSWER_LABELS,
    CLOSURE_LABELS,
    FATE_LABELS,
    Answer,
    ClosureKind,
)
from portal.appointments.cover import Scope, read_cover
from portal.appointments.models import Slot
from portal.appointments.queries import list_bookings
from portal.appointments.reactions import list_affected
from portal.appointments.services.closing import close_hours_of_post, lift_closure, note_told
from portal.appointments.views.today import check_post
from portal.calendar.affected import Affected
from portal.calendar.local_time import moment_of
from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_posts, list_posts_by_id, list_service_names
from portal.core.errors import N_, Forbidden
from portal.core.localized import pick
from portal.core.session import db
from portal.identity.forms.contacts import DecisionForm
from portal.identity.queries.principals import StaffPrincipal
from portal.messages.queries import read_states
from portal.tenancy.events import ask_names
from portal.web import guards
from portal.web.asking import asked_page, carried, has_seen, is_going_back
from portal.web.formats import current_reader, format_day, format_moment, format_span
from portal.web.forms import form_page, landing_on
from portal.web.languages import current_language
from portal.web.requests import page_number

pages = Blueprint("closures", __name__, template_folder="../templates", url_prefix="/work/closures")
CLOSE = "appointments.closure.make"
#: What a stretch is called that is exactly one of these parts of its day.
PART_WORDS = {"morning": N_("morning"), "afternoon": N_("afternoon"), "day": N_("whole day")}


def _today() -> date:
    day: date = g.now.astimezone(g.institution.zone).date()
    return day


def _own_units() -> frozenset[int] | None:
    """The units whose people this head follows; None: all."""
    principal: StaffPrincipal = g.staff
    return principal.holdings.units_of(CLOSE)


def word_stretch(from_at: datetime, until_at: datetime | None) -> str:
    """When it is closed, as it was chosen: a half day is not spoken of as hours to midnight."""
    reader = current_reader()
    if until_at is None:
        endless = _("until further notice")
        return f"{format_moment(from_at, reader, named=False)} {endless}"
    begins = from_at.astimezone(g.institution.zone)
    for part, (first, last) in PARTS.items():
        ends = (moment_of(begins.date(), each, g.institution.zone) for each in (first, last))
        if tuple(ends) == (from_at, until_at):
            day = format_day(from_at, reader, named=False)
            worded: str = _("%(day)s, %(part)s", day=day, part=_(PART_WORDS[part]))
            return worded
    return format_span(from_at, until_at, reader, named=False)


@pages.get("/")
@guards.permitted(CLOSE)
def index() -> ResponseReturnValue:
    """The closures of one's own windows, the newest first, each with how far it is."""
    within = _own_units()
    listing = list_closures(db.session(), within=within, page=page_number())
    return render_template(
        "appointments/closures.html",
        listing=listing,
        progress=read_progress(
            db.session(), [closure.id for closure in listing.rows], within=within
        ),
        posts=list_posts_by_id(
            db.session(), {closure.post_id for closure in listing.rows if closure.post_id}
        ),
        labels=CLOSURE_LABELS,
        word_stretch=word_stretch,
    )


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted(CLOSE)
def add() -> ResponseReturnValue:
    """Close hours of a window: first whom it hits, then the act."""
    form = ClosedHoursForm()
    form.today = _today()
    principal = guards.current_staff()
    posts = [post for post in list_posts(db.session()) if principal.can(CLOSE, post.unit_id)]
    form.post.choices = [
        SelectChoice(post.id, pick(post.name, current_language())[0]) for post in posts
    ]
    if form.validate_on_submit() and not is_going_back():
        post, stretch = get_post(db.session(), form.post.data), form.stretch(g.institution.zone)
        affected = _affected(post, stretch)
        if not has_seen(affected.count):
            return render_template(
                "appointments/closure_check.html",
                form=form,
                post=post,
                when=word_stretch(*stretch),
                reason=form.reason.data,
                affected=affected,
                carried=carried(form),
            )
        with landing_on(form):
            closure = close_hours_of_post(
                db.session(),
                post=post,
                from_at=stretch[0],
                until_at=stretch[1],
                reason=form.reason.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Closed. Nobody can book there any more."))
            return redirect(url_for(".show", closure_id=closure.id), 303)
    return form_page("appointments/closure_form.html", form)


def _affected(post: Post, stretch: tuple[datetime, datetime]) -> Affected:
    cover = read_cover(db.session(), g.institution, now=g.now).with_closed(post.id, stretch)
    first, last = (at.astimezone(g.institution.zone).date() for at in stretch)
    scope = Scope(frozenset({post.id}), first, last)
    return list_affected(db.session(), cover, scope, page=asked_page(), now=g.now)


@dataclass(frozen=True)
class Tab:
    """A filter of the list as the component draws it."""

    label: str
    url: str
    count: int
    current: bool


@pages.get("/<int:closure_id>/")
@guards.permitted(CLOSE)
def show(closure_id: int) -> ResponseReturnValue:
    """How far a closure is, and what became of each person at one's own windows."""
    session = db.session()
    closure = get_closure(session, closure_id)
    if closure.post_id is not None:
        check_post(closure.post_id, CLOSE)
    only, within = request.args.get("show", ""), _own_units()
    progress = read_progress(session, [closure.id], within=within)[closure.id]
    listing = list_closed_bookings(
        session, closure.id, within=within, only=only, page=page_number(), now=g.now
    )
    bookings = list_bookings(session, [row.booking_id for row in listing.rows])
    counts = {
        "": (_("All"), progress.total),
        "open": (_("Not yet confirmed"), progress.answered(Answer.OPEN)),
        "phone": (_("To be told"), count_to_phone(session, closure.id, within=within, now=g.now)),
    }
    return render_template(
        "appointments/closure.html",
        closure=closure,
        label=CLOSURE_LABELS[ClosureKind(closure.kind)],
        post=get_post(session, closure.post_id) if closure.post_id else None,
        when=word_stretch(closure.from_at, closure.until_at),
        author=ask_names(session, [closure.staff_id]).get(closure.staff_id or 0, ""),
        progress=progress,
        listing=listing,
        bookings=bookings,
        names=list_service_names(session, sorted({b.service_id for b in bookings.values()})),
        messages=_messages(listing.rows),
        fates=FATE_LABELS,
        answers=ANSWER_LABELS,
        tabs=[
            Tab(
                label,
                url_for(".show", closure_id=closure.id, show=code or None),
                count,
                code == only,
            )
            for code, (label, count) in counts.items()
        ],
        form=DecisionForm(),
    )


def _messages(rows: Sequence[ClosedBooking]) -> dict[int, str]:
    """What became of the message of each row that has one, by its id."""
    ids = [row.message_id for row in rows if row.message_id is not None]
    return read_states(db.session(), list_messages_by_id(db.session(), ids))


@pages.route("/<int:closure_id>/lift/", methods=["GET", "POST"])
@guards.permitted(CLOSE)
def lift(closure_id: int) -> ResponseReturnValue:
    """Open the closed hours of a window again."""
    closure = _get_own(closure_id)
    form = DecisionForm()
    if form.validate_on_submit():
        lift_closure(db.session(), closure=closure, actor=guards.current_actor(), now=g.now)
        flash(_("The hours are open again. New times appear within a minute."))
        return redirect(url_for(".show", closure_id=closure.id), 303)
    return form_page("appointments/closure_lift.html", form, closure=closure)


@pages.post("/<int:closure_id>/told/<int:row_id>/")
@guards.permitted(CLOSE)
def told(closure_id: int, row_id: int) -> ResponseReturnValue:
    """Somebody was told in person, whom no message reached."""
    row = get_closed_booking(db.session(), closure_id, row_id)
    # Where the time closed: the booking itself may have moved to a window of others.
    check_post(db.session().get_one(Slot, row.old_slot_id).post_id, CLOSE)
    note_told(db.session(), row=row, actor=guards.current_actor(), now=g.now)
    return redirect(url_for(".show", closure_id=closure_id, show="phone"), 303)


def _get_own(closure_id: int) -> Closure:
    """A closure that this person may change; raises NotFound and Forbidden."""
    closure = get_closure(db.session(), closure_id)
    if closure.post_id is not None:
        check_post(closure.post_id, CLOSE)
    elif not guards.current_staff().can_everywhere(CLOSE):
        raise Forbidden
    return closure
