"""The citizen's side of a broken promise: new times, and the complaint (W-YY-3)."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.breach_models import Breach
from portal.appointments.breach_queries import Broken, NewTime, list_broken_of, list_new_times
from portal.appointments.forms import ComplaintForm, NewTimeForm
from portal.appointments.models import Booking
from portal.appointments.queries import (
    booking_token,
    get_booking,
    get_booking_by_link,
    is_from_message,
    message_token,
)
from portal.appointments.services.complaints import send_complaint
from portal.appointments.services.redress import decline_new_times, take_new_time
from portal.appointments.views.oversight import OVERSEE
from portal.core.actor import Actor
from portal.core.errors import Forbidden, NotFound
from portal.core.session import db
from portal.identity.forms.contacts import DecisionForm
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on

pages = Blueprint("promise", __name__, template_folder="../templates")


@dataclass(frozen=True)
class Shown:
    """What a booking's own page says of its broken promises."""

    latest: Broken
    earlier: list[Broken]
    times: list[NewTime]
    #: The page of the booking that stands instead, when it is another one.
    instead: str
    #: Whether the complaint is this visitor's to read: a window that has the link learns nothing.
    shows_complaint: bool
    #: Whether the contact must be proved before anything is answered here.
    asks_proof: bool


def look_at(booking: Booking, token: str) -> Shown | None:
    """The broken promises of a booking; None when all was kept."""
    found = list_broken_of(db.session(), booking.id)
    if not found:
        return None
    latest, *earlier = found
    times, asks_proof = [], _asks_proof(booking, token)
    if latest.settlement is None and not asks_proof:
        times = list_new_times(db.session(), booking.id, now=g.now)
    return Shown(
        latest,
        earlier,
        times,
        _instead(booking, latest, token),
        shows_complaint=not _is_at_window() and not asks_proof,
        asks_proof=asks_proof,
    )


def _asks_proof(booking: Booking, token: str) -> bool:
    """Whether this may be anybody who knows number and contact, such as the window (Q14).

    Proof is the link that was sent to the contact, or a session that a code to it opened. Where
    there is no contact, whoever has the slip is the citizen.
    """
    if booking.contact_id is None or is_from_message(token, booking.reference):
        return False
    is_own = g.citizen is not None and g.citizen.contact_id == booking.contact_id
    return not is_own and not _is_at_window()


def _to_proof(reference: str, token: str, endpoint: str = "own.show") -> ResponseReturnValue:
    """Have the contact proved by a code first, and come back."""
    onward = url_for(endpoint, reference=reference, token=token)
    return redirect(url_for("citizens.verify", next=onward, why="booking"), 303)


def _is_at_window() -> bool:
    """Whether the browser is one in which staff are signed in that do not oversee (Q14)."""
    return g.staff is not None and not g.staff.can_everywhere(OVERSEE)


def _actor_for(booking: Booking) -> Actor:
    """Who proved the contact is the citizen, but not where staff are signed in: no own device."""
    staff = g.staff
    return Actor("staff", staff.id) if staff else Actor("citizen", booking.contact_id)


def _instead(booking: Booking, broken: Broken, token: str) -> str:
    if broken.settlement is None or broken.settlement.booking_id == booking.id:
        return ""
    return _page_of(get_booking(db.session(), broken.settlement.booking_id), booking, token)


def _page_of(booking: Booking, come_from: Booking, token: str) -> str:
    """Where one goes on, as proved as one was."""
    proves = is_from_message(token, come_from.reference)
    token = (message_token if proves else booking_token)(booking.reference)
    return url_for("own.show", reference=booking.reference, token=token)


def _get_broken(reference: str, token: str) -> tuple[Booking, Breach]:
    """A booking with its latest broken promise; raises NotFound when there is none."""
    booking = get_booking_by_link(db.session(), reference=reference, token=token)
    found = list_broken_of(db.session(), booking.id)
    if not found:
        raise NotFound
    return booking, found[0].breach


@pages.post("/b/<reference>/<token>/take/")
@guards.everyone
def take(reference: str, token: str) -> ResponseReturnValue:
    """Have one of the new times."""
    booking, breach = _get_broken(reference, token)
    if _asks_proof(booking, token):
        return _to_proof(reference, token)
    form = NewTimeForm()
    if form.validate_on_submit():
        with landing_on(form):
            taken = take_new_time(
                db.session(),
                breach=breach,
                offer_id=form.offer.data,
                rules=settings().booking,
                zone=g.institution.zone,
                actor=_actor_for(booking),
                now=g.now,
            )
            flash(_("The new time is yours."))
            return redirect(_page_of(taken, booking, token), 303)
    return _back(form, reference, token)


@pages.post("/b/<reference>/<token>/decline/")
@guards.everyone
def decline(reference: str, token: str) -> ResponseReturnValue:
    """Have none of the new times."""
    booking, breach = _get_broken(reference, token)
    if _is_at_window():
        raise Forbidden
    if _asks_proof(booking, token):
        return _to_proof(reference, token)
    form = DecisionForm()
    if form.validate_on_submit():
        with landing_on(form):
            decline_new_times(db.session(), breach=breach, actor=_actor_for(booking), now=g.now)
            flash(_("The times are free for others again."))
            return redirect(_page_of(booking, booking, token), 303)
    return _back(form, reference, token)


def _back(form: Form, reference: str, token: str) -> ResponseReturnValue:
    """To the booking's own page, with what was wrong."""
    for messages in (form.form_errors, *form.errors.values()):
        for message in messages:
            flash(message, "bad")
    return redirect(url_for("own.show", reference=reference, token=token), 303)


@pages.route("/b/<reference>/<token>/complain/", methods=["GET", "POST"])
@guards.everyone
def complain(reference: str, token: str) -> ResponseReturnValue:
    """Complain to the oversight role with one tap, or with words of one's own."""
    booking, breach = _get_broken(reference, token)
    if _is_at_window():
        raise Forbidden
    if _asks_proof(booking, token):
        return _to_proof(reference, token, ".complain")
    form = ComplaintForm()
    if form.validate_on_submit():
        with landing_on(form):
            send_complaint(
                db.session(),
                breach=breach,
                words=form.words.data or "",
                actor=_actor_for(booking),
                now=g.now,
            )
            flash(_("Your complaint is sent. The answer will stand on this page."))
            return redirect(url_for("own.show", reference=reference, token=token), 303)
    return form_page(
        "appointments/complain.html", form, booking=booking, token=token, breach=breach
    )
