"""Broken promises and complaints about them, for the oversight role alone (W-YY-3, Q14)."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.breach_queries import (
    STATES,
    get_line,
    list_breaches,
    list_evidence,
    list_lines,
)
from portal.appointments.forms import AnswerForm
from portal.appointments.ledger_words import word_lines
from portal.appointments.services.complaints import answer_complaint
from portal.core.errors import N_, NotFound
from portal.core.session import db
from portal.tenancy.events import ask_names
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint(
    "oversight", __name__, template_folder="../templates", url_prefix="/work/oversight"
)
OVERSEE = "appointments.breach.oversee"
TITLES = {
    "open": N_("Waiting for an answer"),
    "answered": N_("Answered"),
    "all": N_("All broken promises"),
}


@dataclass(frozen=True)
class Tab:
    """A way to filter the list."""

    label: str
    url: str
    current: bool


@pages.get("/")
@guards.permitted_everywhere(OVERSEE)
def index() -> ResponseReturnValue:
    """The complaints that wait, those that are answered, or all that was broken."""
    state = request.args.get("state", "")
    state = state if state in STATES else STATES[0]
    overseer = guards.current_staff().id
    listing = list_breaches(db.session(), state=state, overseer_id=overseer, page=page_number())
    return render_template(
        "appointments/oversight.html",
        listing=listing,
        lines=list_lines(db.session(), listing.rows),
        tabs=[
            Tab(_(TITLES[name]), url_for(".index", state=name), name == state) for name in STATES
        ],
        state=state,
    )


@pages.route("/<int:breach_id>/", methods=["GET", "POST"])
@guards.permitted_everywhere(OVERSEE)
def show(breach_id: int) -> ResponseReturnValue:
    """A broken promise with its evidence; a complaint is answered here in words."""
    line = get_line(db.session(), breach_id, overseer_id=guards.current_staff().id)
    form = AnswerForm()
    complaint = line.broken.complaint
    if form.validate_on_submit():
        if complaint is None:
            raise NotFound
        with landing_on(form):
            answer_complaint(
                db.session(),
                complaint=complaint,
                answer=form.answer.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Answered. The person is told."))
            return redirect(url_for(".show", breach_id=breach_id), 303)
    lines = word_lines(list_evidence(db.session(), line.booking.id))
    acting = [entry.staff_id for entry in lines]
    return form_page(
        "appointments/breach.html",
        form,
        line=line,
        lines=lines,
        names=ask_names(db.session(), [*acting, complaint.answerer_id if complaint else None]),
    )
