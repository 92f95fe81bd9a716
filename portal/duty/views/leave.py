"""Leave: asking for it, covering for it, and deciding on it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.models import Post
from portal.catalog.views import reach
from portal.core.errors import NotFound
from portal.core.session import db
from portal.duty.candidates import Candidate
from portal.duty.leave_effects import Effect, foresee
from portal.duty.leave_forms import DecideForm, EmergencyForm, LeaveForm
from portal.duty.leave_models import Leave
from portal.duty.leave_queries import (
    Viewer,
    get_leave,
    list_own,
    list_to_cover,
    list_to_decide,
    may_decide,
)
from portal.duty.leave_rules import KIND_LABELS, LEAVE_LABELS, LONGEST, LeaveKind
from portal.duty.permissions import EDIT
from portal.duty.roster_forms import FARTHEST, ShiftForm
from portal.duty.roster_rules import TROUBLE_LABELS
from portal.duty.services import impacts, leaving
from portal.duty.views.shifts import moment_shown, shown_rest
from portal.identity.queries.staff import list_colleagues, list_staff_names
from portal.web import guards
from portal.web.asking import asked_page
from portal.web.forms import form_page, landing_on, say_instead
from portal.web.requests import page_number

pages = Blueprint("leave", __name__, template_folder="../templates", url_prefix="/work/leave")


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """One's own leave, what one is asked to cover, and what one is to decide."""
    session, viewer = db.session(), _viewer()
    own = list_own(session, viewer.staff_id, page_number())
    to_cover = list_to_cover(session, viewer.staff_id, now=g.now)
    keeps = guards.current_staff().can(EDIT)
    to_decide = list_to_decide(session, viewer, now=g.now) if keeps else []
    return render_template(
        "duty/leaves.html",
        listing=own,
        to_cover=to_cover,
        to_decide=to_decide,
        keeps=keeps,
        names=_names([*own.rows, *to_cover, *to_decide]),
        kinds=KIND_LABELS,
        labels=LEAVE_LABELS,
    )


@pages.route("/ask/", methods=["GET", "POST"])
@guards.staff
def ask() -> ResponseReturnValue:
    """Ask for leave; what it would empty is said at once."""
    me = guards.current_staff().id
    form = LeaveForm()
    form.cover.choices = _cover_choices(besides=me)
    if form.validate_on_submit():
        with landing_on(form):
            leave = leaving.ask_leave(
                db.session(),
                details=_details(form, me),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Asked. You read here what becomes of it."))
            return redirect(url_for(".show", leave_id=leave.id), 303)
    return form_page("duty/leave_ask.html", form, **_foreseen(form, me))


@pages.route("/emergency/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def emergency() -> ResponseReturnValue:
    """Write down that somebody is away at short notice."""
    me = guards.current_staff().id
    within = reach.units_of(EDIT)
    form = EmergencyForm()
    form.staff.choices = [
        SelectChoice(one.id, f"{one.number} {one.name}")
        for one in list_colleagues(db.session(), besides=me)
        if within is None or one.unit_id in within
    ]
    form.cover.choices = _cover_choices(besides=0)
    is_right = form.validate_on_submit()
    away = form.staff.data if form.staff.data and not form.staff.errors else 0
    # Turning the page of those whom it hits decides nothing.
    if is_right and "page" not in request.form:
        with landing_on(form):
            leaving.write_emergency(
                db.session(),
                details=_details(form, form.staff.data),
                seen=form.seen.data or 0,
                within=within,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Written down. The roster shows what is empty now."))
            day = moment_shown(form.starts.data).astimezone(g.institution.zone).date().isoformat()
            return redirect(url_for("roster.index", day=day), 303)
    foreseen = _foreseen(form, away)
    effect = foreseen["effect"] if not form.cover.data else None
    affected = impacts.foresee_impacts(
        db.session(),
        impacts.list_emptied(effect, g.now) if effect else [],
        now=g.now,
        page=asked_page(),
    )
    say_instead(form.seen, affected.count)
    return form_page("duty/leave_emergency.html", form, affected=affected, **foreseen)


@pages.get("/<int:leave_id>/")
@guards.staff
def show(leave_id: int) -> ResponseReturnValue:
    """A leave, and what one may do about it."""
    viewer = _viewer()
    leave = get_leave(db.session(), leave_id, viewer)
    is_open = leave.until_at > g.now
    decides = guards.current_staff().can(EDIT) and may_decide(db.session(), leave, viewer)
    is_own = leave.staff_id == viewer.staff_id
    return render_template(
        "duty/leave.html",
        leave=leave,
        is_own=is_own,
        reads_reason=is_own or decides,
        can_cover=is_open
        and leave.state == "asked"
        and leave.cover_staff_id == viewer.staff_id
        and leave.cover_accepted_at is None,
        can_decide=is_open and leave.state == "asked" and decides,
        has_begun=leave.state == "approved" and leave.from_at < g.now,
        can_withdraw=is_open and is_own and leave.state in {"asked", "approved"},
        names=_names([leave]),
        kinds=KIND_LABELS,
        labels=LEAVE_LABELS,
    )


@pages.post("/<int:leave_id>/accept/")
@guards.staff
def accept(leave_id: int) -> ResponseReturnValue:
    """Say yes to covering."""
    return _answer(leave_id, leaving.accept_cover, _("You cover. The head decides now."))


@pages.post("/<int:leave_id>/decline/")
@guards.staff
def decline(leave_id: int) -> ResponseReturnValue:
    """Say no to covering."""
    return _answer(leave_id, leaving.decline_cover, _("Declined. Whoever asked reads it."))


@pages.post("/<int:leave_id>/withdraw/")
@guards.staff
def withdraw(leave_id: int) -> ResponseReturnValue:
    """Not go, or come back."""
    leave = get_leave(db.session(), leave_id, _viewer())
    if leave.staff_id != guards.current_staff().id:
        raise NotFound
    has_begun = leave.state == "approved" and leave.from_at < g.now
    back = _("Your leave has ended. You keep your posts from now on.")
    done = back if has_begun else _("Withdrawn. You keep your posts as before.")
    return _make(leave, leaving.withdraw, done)


@pages.route("/<int:leave_id>/decide/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def decide(leave_id: int) -> ResponseReturnValue:
    """Approve a leave, or refuse it with words."""
    viewer = _viewer()
    leave = get_leave(db.session(), leave_id, viewer)
    if not may_decide(db.session(), leave, viewer):
        raise NotFound
    form = DecideForm(version=leave.version)
    if form.validate_on_submit():
        verb = leaving.approve if form.decision.data == "approve" else leaving.refuse
        with landing_on(form):
            verb(
                db.session(),
                leave=leave,
                version=form.version.data,
                words=form.words.data or "",
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Decided. Whoever asked reads it."))
            return redirect(url_for(".show", leave_id=leave.id), 303)
    return form_page(
        "duty/leave_decide.html", form, leave=leave, names=_names([leave]), kinds=KIND_LABELS
    )


def _answer(leave_id: int, verb: Callable[..., None], done: str) -> ResponseReturnValue:
    """What whoever is to cover says."""
    leave = get_leave(db.session(), leave_id, _viewer())
    if leave.cover_staff_id != guards.current_staff().id:
        raise NotFound
    return _make(leave, verb, done)


def _make(leave: Leave, verb: Callable[..., None], done: str) -> ResponseReturnValue:
    """A step that takes no more than a button; refused, the page says why."""
    form = ShiftForm()
    if form.validate_on_submit():
        with landing_on(form):
            verb(
                db.session(),
                leave=leave,
                version=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(done)
            return redirect(url_for(".show", leave_id=leave.id), 303)
    return form_page("duty/leave_refused.html", form, leave=leave)


def _viewer() -> Viewer:
    staff = guards.current_staff()
    return Viewer(staff.id, reach.units_of(EDIT) if staff.can(EDIT) else frozenset())


def _details(form: LeaveForm, staff_id: int) -> leaving.LeaveDetails:
    return leaving.LeaveDetails(
        staff_id=staff_id,
        start=moment_shown(form.starts.data),
        end=moment_shown(form.ends.data),
        kind=LeaveKind(form.kind.data),
        reason=form.reason.data or "",
        cover_id=form.cover.data or None,
    )


def _cover_choices(*, besides: int) -> list[SelectChoice]:
    people = list_colleagues(db.session(), besides=besides)
    return [
        SelectChoice(0, _("Whoever stands by")),
        *(SelectChoice(one.id, f"{one.number} {one.name}") for one in people),
    ]


def _foreseen(form: LeaveForm, staff_id: int) -> dict[str, Any]:
    """What the leave that was refused would do, and who could cover."""
    effect: Effect | None = None
    people: Sequence[tuple[Post, list[Candidate]]] = ()
    if form.is_submitted() and staff_id and form.starts.data and form.ends.data:
        start, end = moment_shown(form.starts.data), moment_shown(form.ends.data)
        if abs(start - g.now) < FARTHEST and start < end <= start + LONGEST:
            effect = foresee(db.session(), g.institution, staff_id=staff_id, start=start, end=end)
            people = effect.candidates(shown_rest())
    return {"effect": effect, "people": people, "troubles": TROUBLE_LABELS}


def _names(leaves: Iterable[Leave]) -> dict[int, str]:
    named = {
        one
        for leave in leaves
        for one in (leave.staff_id, leave.cover_staff_id, leave.decided_by_id)
        if one is not None
    }
    return list_staff_names(db.session(), named)
