"""Signing a list: the giver, then the receiver line by line."""

from collections.abc import Callable

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import N_, DomainError, NotFound
from portal.core.session import db
from portal.duty.roster_forms import ShiftForm
from portal.handover.forms import RefuseForm, SignForm
from portal.handover.models import Handover
from portal.handover.rules import BY_HAND
from portal.handover.services import signing
from portal.handover.services.signing import Signing
from portal.handover.views.lists import pages, show_with
from portal.handover.views.reading import describe, get_given, get_item, get_shown, read_rows
from portal.identity.rules import LOCK_WINDOW
from portal.identity.signatures import take_code
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on

#: How much of a number that names a line is looked at.
FIGURES = 9
#: What was kept of the list although nothing was signed.
KEPT = {
    Signing.CHANGED: N_("Something has changed meanwhile. Look at what is marked, then sign."),
    Signing.UNTICKED: N_("Not every line is ticked. Tick each one, or refuse it."),
}


def tell(form: Form, outcome: Signing) -> None:
    """Say on the form why a code was not taken; the attempt is counted all the same."""
    if outcome is Signing.LOCKED:
        minutes = int(LOCK_WINDOW.total_seconds()) // 60
        form.refuse(
            DomainError(N_("Too many attempts. Try again in %(minutes)d minutes."), minutes=minutes)
        )
    else:
        wrong = N_("This code does not fit. Write your PIN or what your telephone shows.")
        form.refuse(DomainError(wrong, field="code"))


@pages.post("/<int:handover_id>/offer/")
@guards.staff
def offer(handover_id: int) -> ResponseReturnValue:
    """The giver signs."""
    handover = get_given(handover_id)
    return _sign(handover, signing.offer, _("Signed. It is yours until your colleague signs."))


@pages.post("/<int:handover_id>/sign/")
@guards.staff
def sign(handover_id: int) -> ResponseReturnValue:
    """The giver adds the signature that was missing after an emergency."""
    handover = get_given(handover_id)
    return _sign(handover, signing.sign_after, _("Signed."))


@pages.post("/<int:handover_id>/confirm/")
@guards.staff
def confirm(handover_id: int) -> ResponseReturnValue:
    """The receiver signs, or keeps the ticks; once signed everything is the receiver's."""
    handover = _get_taken(handover_id)
    if request.form.get("act") == "keep":
        return _keep(handover)
    return _sign(handover, signing.confirm, _("Signed. From now on it is yours."), ticks=True)


def _sign(
    handover: Handover, verb: Callable[..., Signing], said: str, *, ticks: bool = False
) -> ResponseReturnValue:
    form = SignForm()
    sent = _sent() if ticks else None
    if form.validate_on_submit():
        with landing_on(form):
            outcome = verb(
                db.session(),
                handover=handover,
                version=form.version.data,
                typed=take_code(),
                actor=guards.current_actor(),
                now=g.now,
                **({"item_ids": sent} if ticks else {}),
            )
            if outcome is Signing.DONE:
                flash(said)
            elif outcome in KEPT:
                flash(_(KEPT[outcome]), "warn")
            if outcome is Signing.DONE or outcome in KEPT:
                return redirect(url_for(".show", handover_id=handover.id), 303)
            tell(form, outcome)
    return show_with(form, handover, sent)


def _keep(handover: Handover) -> ResponseReturnValue:
    """Keep what is ticked so far."""
    form, sent = ShiftForm(), _sent()
    if form.validate_on_submit():
        with landing_on(form):
            signing.tick(
                db.session(),
                handover=handover,
                version=form.version.data,
                item_ids=sent,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Kept what you ticked."))
            return redirect(url_for(".show", handover_id=handover.id), 303)
    again = SignForm(formdata=None, version=handover.version)
    again.form_errors += [*form.form_errors, *form.version.errors]
    return show_with(again, handover, sent)


@pages.route("/<int:handover_id>/items/<int:item_id>/refuse/", methods=["GET", "POST"])
@guards.staff
def refuse(handover_id: int, item_id: int) -> ResponseReturnValue:
    """Send the list back because of one line."""
    handover = _get_taken(handover_id)
    item = get_item(handover, item_id)
    form = RefuseForm(version=handover.version)
    if form.validate_on_submit():
        with landing_on(form):
            signing.refuse(
                db.session(),
                handover=handover,
                version=form.version.data,
                item=item,
                reason=form.reason.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Sent back. Your colleague reads why."))
            return redirect(url_for(".show", handover_id=handover.id), 303)
    found = describe(handover)
    return form_page(
        "handover/refuse.html",
        form,
        handover=handover,
        post=found["post"],
        names=found["names"],
        rows=read_rows([item]),
        by_hand=BY_HAND,
    )


def _get_taken(handover_id: int) -> Handover:
    handover = get_shown(handover_id)
    if handover.receiver_id != guards.current_staff().id:
        raise NotFound
    return handover


def _sent() -> frozenset[int]:
    """The lines that were ticked on the page."""
    return frozenset(
        int(value)
        for value in request.form.getlist("item")
        if value.isascii() and value.isdecimal() and len(value) <= FIGURES
    )
