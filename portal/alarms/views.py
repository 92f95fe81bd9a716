"""One's own alarms: what is due first, and saying that one has seen it."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.alarms.queries import find_neglected_since, get_own_alarm, list_alarms_of
from portal.alarms.services.seeing import acknowledge
from portal.core.session import db
from portal.web import guards
from portal.web.requests import page_number

pages = Blueprint("alarms", __name__, template_folder="templates", url_prefix="/work/alarms")


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """What is open for whoever looks, whether seen or not."""
    session = db.session()
    return render_template(
        "alarms/alarms.html",
        listing=list_alarms_of(session, guards.current_staff().id, page_number()),
        neglected_since=find_neglected_since(session, now=g.now),
    )


@pages.post("/<int:alarm_id>/seen/")
@guards.staff
def seen(alarm_id: int) -> ResponseReturnValue:
    """Say that one has seen an alarm; it stays until the thing itself is done."""
    session = db.session()
    alarm = get_own_alarm(session, alarm_id, staff_id=guards.current_staff().id)
    acknowledge(session, alarm=alarm, actor=guards.current_actor(), now=g.now)
    flash(_("Noted that you have seen it. It stays here until it is done."))
    return redirect(url_for(".index"), 303)
