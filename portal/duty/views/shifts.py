"""Putting somebody at a post, with who can and why others cannot; taking a shift out again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.calendar.local_time import moment_of
from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_serving
from portal.catalog.views import reach
from portal.core.session import db
from portal.duty.candidates import Candidate, list_candidates
from portal.duty.permissions import EDIT
from portal.duty.roster_forms import FARTHEST, FillForm, SeenForm
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import get_shift
from portal.duty.roster_rules import TROUBLE_LABELS
from portal.duty.services import dropping, impacts, shifting
from portal.identity.queries.staff import list_staff_names
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.asking import asked_page
from portal.web.forms import form_page, landing_on, say_instead

pages = Blueprint("shifts", __name__, template_folder="../templates", url_prefix="/work/roster")
TURN = timedelta(hours=4)


@dataclass(frozen=True)
class Asked:
    """The stretch for which somebody is looked for."""

    start: datetime
    end: datetime


@pages.route("/posts/<int:post_id>/put/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def put(post_id: int) -> ResponseReturnValue:
    """Find somebody who keeps a post for a stretch, and put them there."""
    post = _get_kept(post_id)
    asked = _asked()
    form = FillForm(data={"starts": _hands(asked.start), "ends": _hands(asked.end)})
    # Whoever cannot keep it is refused with the reason.
    form.staff.choices = [
        SelectChoice(one.staff_id, one.name) for one in list_serving(db.session(), [post.id])
    ]
    is_sent = form.validate_on_submit()
    if form.is_submitted() and form.starts.data and form.ends.data:
        asked = _near(moment_shown(form.starts.data), moment_shown(form.ends.data)) or asked
    if is_sent:
        with landing_on(form):
            shift = shifting.put_there(
                db.session(),
                post=post,
                staff_id=form.staff.data,
                start=moment_shown(form.starts.data),
                end=moment_shown(form.ends.data),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Put there. The roster says so."))
            return redirect(url_for("roster.index", day=_day_of(shift.starts_at)), 303)
    people = list_candidates(
        db.session(), g.institution, post, asked.start, asked.end, rest=shown_rest()
    )
    form.staff.choices = [SelectChoice(one.staff_id, one.name) for one in people if one.can]
    return form_page(
        "duty/put.html",
        form,
        post=post,
        asked=asked,
        day=_day_of(asked.start),
        others=_others(people),
        troubles=TROUBLE_LABELS,
    )


@pages.route("/shifts/<int:shift_id>/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def drop(shift_id: int) -> ResponseReturnValue:
    """A shift, and the question whether it is taken out."""
    shift = get_shift(db.session(), shift_id)
    post = _get_kept(shift.post_id)
    form = SeenForm(version=shift.version)
    day = _day_of(shift.starts_at)
    if form.validate_on_submit():
        with landing_on(form):
            dropping.drop_knowingly(
                db.session(),
                shift=shift,
                version=form.version.data,
                seen=form.seen.data or 0,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Taken out."))
            return redirect(url_for("roster.index", day=day), 303)
    names = list_staff_names(db.session(), [shift.staff_id])
    affected = impacts.foresee_impacts(
        db.session(),
        impacts.find_uncovered(db.session(), shift, g.now) if _is_open(shift) else [],
        now=g.now,
        page=asked_page(),
    )
    say_instead(form.seen, affected.count)
    return form_page(
        "duty/shift.html",
        form,
        shift=shift,
        post=post,
        day=day,
        name=names[shift.staff_id],
        affected=affected,
        hands_of=hands_of,
    )


def _is_open(shift: Shift) -> bool:
    is_standing = shift.state in {"draft", "published"}
    return is_standing and shift.ends_at > g.now


def shown_rest() -> timedelta:
    """What lies at least between two shifts of different days, by the present settings."""
    return timedelta(hours=settings().duty.rest_hours)


def moment_shown(hands: datetime) -> datetime:
    """What the hands of the institution's clock show, as a moment; what lies too far, as it is."""
    if hands.tzinfo is not None:
        return hands
    try:
        return moment_of(hands.date(), 60 * hands.hour + hands.minute, g.institution.zone)
    except OverflowError:
        return hands.replace(tzinfo=UTC)


def hands_of(at: datetime) -> str:
    """A moment as an address of this module says it: by the hands of the institution's clock."""
    return _hands(at).isoformat(timespec="minutes")


def _get_kept(post_id: int) -> Post:
    post = get_post(db.session(), post_id)
    reach.check_unit(EDIT, post.unit_id)
    return post


def _others(people: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in people if not one.can]


def _asked() -> Asked:
    """What the address asks for; without sense in it, the next hours."""
    try:
        start = moment_shown(datetime.fromisoformat(request.args.get("from", "")))
        end = moment_shown(datetime.fromisoformat(request.args.get("until", "")))
    except (ValueError, OverflowError):
        start = end = g.now
    begin = g.now.replace(second=0, microsecond=0)
    return _near(start, end) or Asked(begin, begin + TURN)


def _near(start: datetime, end: datetime) -> Asked | None:
    is_near = abs(start - g.now) < FARTHEST
    return Asked(start, end) if is_near and start < end < start + FARTHEST else None


def _hands(at: datetime) -> datetime:
    return at.astimezone(g.institution.zone).replace(tzinfo=None, second=0, microsecond=0)


def _day_of(at: datetime) -> str:
    return at.astimezone(g.institution.zone).date().isoformat()
