"""My shifts (我的班): those to come, offering one to a colleague, and answering what is offered."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_posts_by_id
from portal.core.errors import NotFound
from portal.core.session import db
from portal.duty.candidates import Candidate, list_candidates
from portal.duty.offer_forms import NOTHING, AnswerForm, OfferForm
from portal.duty.offer_models import ShiftOffer
from portal.duty.offer_queries import (
    get_offer,
    get_own_shift,
    list_coming,
    list_open,
    list_past,
    list_shifts_of,
    list_to_swap,
)
from portal.duty.offer_rules import OFFER_LABELS
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import get_shift
from portal.duty.roster_rules import TROUBLE_LABELS
from portal.duty.services import offering
from portal.duty.views.shifts import shown_rest
from portal.identity.queries.staff import list_staff_names
from portal.web import guards
from portal.web.formats import current_reader, format_span
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("offers_of_shifts", __name__, template_folder="../templates", url_prefix="/work")


@pages.get("/roster/mine/")
@guards.staff
def index() -> ResponseReturnValue:
    """One's own published shifts to come, and what is offered to whom."""
    session, me = db.session(), guards.current_staff().id
    coming = list_coming(session, me, now=g.now, page=page_number())
    waiting, past = list_open(session, me), list_past(session, me)
    shown = [*waiting, *past]
    return render_template(
        "duty/my_shifts.html",
        coming=coming,
        posts=list_posts_by_id(session, {shift.post_id for shift in coming.rows}),
        offered={offer.shift_id for offer in waiting},
        waiting=waiting,
        past=past,
        me=me,
        **_named(shown),
    )


@pages.route("/roster/mine/<int:shift_id>/", methods=["GET", "POST"])
@guards.staff
def offer(shift_id: int) -> ResponseReturnValue:
    """Choose a colleague, then whether to take one of their shifts in return."""
    me = guards.current_staff().id
    shift = get_own_shift(db.session(), shift_id, staff_id=me)
    post = get_post(db.session(), shift.post_id)
    people = [one for one in _candidates(shift, post) if one.staff_id != me]
    taker = next((one for one in people if one.staff_id == request.args.get("who", 0, int)), None)
    form = OfferForm()
    form.taker.choices = _choices(taker, me) if taker else []
    if taker is not None and form.validate_on_submit():
        with landing_on(form):
            made = offering.offer_shift(
                db.session(),
                shift=shift,
                to_staff_id=taker.staff_id,
                back=get_shift(db.session(), form.taker.data) if form.taker.data else None,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Offered. You read here what becomes of it."))
            return redirect(url_for(".show", shift_offer_id=made.id), 303)
    return form_page(
        "duty/offer_shift.html",
        form,
        shift=shift,
        post=post,
        people=people,
        taker=taker,
        troubles=TROUBLE_LABELS,
    )


@pages.get("/roster/offers/<int:shift_offer_id>/")
@guards.staff
def show(shift_offer_id: int) -> ResponseReturnValue:
    """An offer, and what one may do about it."""
    return _show(_get(shift_offer_id), AnswerForm())


@pages.post("/roster/offers/<int:shift_offer_id>/accept/")
@guards.staff
def accept(shift_offer_id: int) -> ResponseReturnValue:
    """Take the shift."""
    return _answer(shift_offer_id, offering.accept_offer, _("Agreed. The roster says so."))


@pages.post("/roster/offers/<int:shift_offer_id>/decline/")
@guards.staff
def decline(shift_offer_id: int) -> ResponseReturnValue:
    """Not take it."""
    return _answer(shift_offer_id, offering.decline_offer, _("Declined. Whoever asked reads it."))


@pages.post("/roster/offers/<int:shift_offer_id>/withdraw/")
@guards.staff
def withdraw(shift_offer_id: int) -> ResponseReturnValue:
    """Keep the shift oneself after all."""
    done = _("Taken back. You keep the shift.")
    return _answer(shift_offer_id, offering.withdraw_offer, done, by="from_staff_id")


def _answer(
    shift_offer_id: int, verb: Callable[..., None], done: str, *, by: str = "to_staff_id"
) -> ResponseReturnValue:
    offer, form = _get(shift_offer_id), AnswerForm()
    if getattr(offer, by) != guards.current_staff().id:
        raise NotFound
    if form.validate_on_submit():
        with landing_on(form):
            verb(
                db.session(),
                offer=offer,
                version=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(done)
            return redirect(url_for(".show", shift_offer_id=offer.id), 303)
    return _show(_get(shift_offer_id), form)


def _show(offer: ShiftOffer, form: AnswerForm) -> ResponseReturnValue:
    is_open = offer.state == "open" and offer.ends_at > g.now
    return form_page(
        "duty/offer_of_shift.html",
        form,
        offer=offer,
        is_open=is_open,
        me=guards.current_staff().id,
        **_named([offer]),
    )


def _get(shift_offer_id: int) -> ShiftOffer:
    return get_offer(db.session(), shift_offer_id, staff_id=guards.current_staff().id)


def _candidates(shift: Shift, post: Post) -> list[Candidate]:
    return list_candidates(
        db.session(), g.institution, post, shift.starts_at, shift.ends_at, rest=shown_rest()
    )


def _choices(taker: Candidate, me: int) -> list[SelectChoice]:
    """Nothing, or a shift of the colleague's that one knows how to keep."""
    shifts = list_to_swap(db.session(), taker.staff_id, me, now=g.now)
    posts = list_posts_by_id(db.session(), {shift.post_id for shift in shifts})
    return [
        SelectChoice(NOTHING, _("Nothing: my colleague takes it over")),
        *(SelectChoice(one.id, _word(one, posts[one.post_id])) for one in shifts),
    ]


def _word(shift: Shift, post: Post) -> str:
    span = format_span(shift.starts_at, shift.ends_at, current_reader(), named=False)
    return f"{span} {post.plate}"


def _named(offers: Iterable[ShiftOffer]) -> dict[str, Any]:
    """What pages say of offers: their shifts and people."""
    rows = list(offers)
    people = {one for row in rows for one in (row.from_staff_id, row.to_staff_id)}
    return {
        "shifts": list_shifts_of(db.session(), rows),
        "names": list_staff_names(db.session(), people),
        "labels": OFFER_LABELS,
    }
