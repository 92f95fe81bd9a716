"""No-shows at the window: taken back with a reason, and objections that the head decides."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import TakeBackForm, VerdictForm
from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.no_show_queries import get_no_show, list_objections
from portal.appointments.queries import get_booking, list_bookings
from portal.appointments.services.no_shows import answer, take_back
from portal.appointments.views.today import SERVE, check_post, get_served, local_today
from portal.catalog.queries import get_service, list_posts, list_service_names
from portal.core.session import db
from portal.identity.queries.staff import list_staff_names
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("no_shows", __name__, template_folder="../templates", url_prefix="/work/no-shows")
DECIDE = "appointments.no_show.decide"


@pages.get("/")
@guards.permitted(DECIDE)
def index() -> ResponseReturnValue:
    """What people say against a no-show and nobody has answered."""
    principal = guards.current_staff()
    posts = [p.id for p in list_posts(db.session()) if principal.can(DECIDE, p.unit_id)]
    listing = list_objections(db.session(), posts, page_number())
    bookings = list_bookings(db.session(), [row.booking_id for row in listing.rows])
    services = sorted({booking.service_id for booking in bookings.values()})
    return render_template(
        "appointments/objections.html",
        listing=listing,
        bookings=bookings,
        names=list_service_names(db.session(), services),
    )


@pages.route("/<int:no_show_id>/", methods=["GET", "POST"])
@guards.permitted(DECIDE)
def decide(no_show_id: int) -> ResponseReturnValue:
    """Read what the person says, then take the no-show back or say why it stands."""
    no_show = get_no_show(db.session(), no_show_id)
    booking = get_booking(db.session(), no_show.booking_id)
    post = check_post(booking.post_id, DECIDE)
    form = VerdictForm(version=booking.version)
    if form.validate_on_submit():
        with landing_on(form):
            _decide(form, no_show, booking)
            flash(_("Written down. The person reads your answer."))
            return redirect(url_for(".index"), 303)
    noted_by = [no_show.noted_by] if no_show.noted_by else []
    return form_page(
        "appointments/objection.html",
        form,
        no_show=no_show,
        booking=booking,
        post=post,
        service=get_service(db.session(), booking.service_id),
        colleagues=list_staff_names(db.session(), noted_by),
    )


def _decide(form: VerdictForm, no_show: NoShow, booking: Booking) -> None:
    session, actor = db.session(), guards.current_actor()
    if form.decision.data == "undo":
        take_back(
            session,
            booking=booking,
            version=form.version.data,
            reason=form.words.data,
            rules=settings().booking,
            actor=actor,
            now=g.now,
        )
    else:
        answer(session, no_show=no_show, words=form.words.data, actor=actor, now=g.now)


@pages.route("/booking/<int:booking_id>/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def undo(booking_id: int) -> ResponseReturnValue:
    """Take a mistaken no-show back: who serves on the day itself, who decides also later."""
    booking = get_served("booking", booking_id)
    assert isinstance(booking, Booking)
    if booking.local_date != local_today():
        check_post(booking.post_id, DECIDE)
    form = TakeBackForm(version=booking.version)
    if form.validate_on_submit():
        with landing_on(form):
            take_back(
                db.session(),
                booking=booking,
                version=form.version.data,
                reason=form.reason.data,
                rules=settings().booking,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Taken back. It no longer counts."))
            return redirect(url_for("today.day", post_id=booking.post_id), 303)
    service = get_service(db.session(), booking.service_id)
    return form_page("appointments/not_missed.html", form, booking=booking, service=service)
