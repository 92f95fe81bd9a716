"""Demands outside of notices, for whoever oversees and had no part in them (W-SW-3)."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.alarms.permissions import OVERSEE
from portal.core.errors import N_
from portal.core.session import db
from portal.matters.notice_forms import SignalForm
from portal.matters.notice_queries import STATES, get_signal, list_signal_lines, list_signals
from portal.matters.services.demanding import answer_signal
from portal.tenancy.events import ask_names
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("signals", __name__, template_folder="../templates", url_prefix="/work/signals")
TITLES = {
    "open": N_("Not dealt with yet"),
    "answered": N_("Dealt with"),
    "all": N_("All fault signals"),
}


@pages.get("/")
@guards.permitted_everywhere(OVERSEE)
def index() -> ResponseReturnValue:
    """The signals that nobody has dealt with, those that were dealt with, or all."""
    state = request.args.get("state", "")
    state = state if state in STATES else STATES[0]
    listing = list_signals(
        db.session(), state=state, overseer_id=guards.current_staff().id, page=page_number()
    )
    lines = list_signal_lines(db.session(), listing.rows)
    return render_template(
        "matters/signals.html",
        listing=listing,
        lines=lines,
        names=ask_names(db.session(), [line.signal.demanded_by_id for line in lines]),
        titles=TITLES,
        state=state,
    )


@pages.route("/<int:signal_id>/", methods=["GET", "POST"])
@guards.permitted_everywhere(OVERSEE)
def show(signal_id: int) -> ResponseReturnValue:
    """Who asked for what, when and why; and what was done about it, once."""
    signal = get_signal(db.session(), signal_id, overseer_id=guards.current_staff().id)
    [line] = list_signal_lines(db.session(), [signal])
    form = SignalForm()
    if form.validate_on_submit():
        with landing_on(form):
            answer_signal(
                db.session(),
                signal=signal,
                words=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Written down. Nobody is reminded of it any more."))
            return redirect(url_for(".show", signal_id=signal_id), 303)
    answerer = line.answer.answered_by_id if line.answer else None
    return form_page(
        "matters/signal.html",
        form,
        line=line,
        names=ask_names(db.session(), [signal.demanded_by_id, answerer]),
    )
