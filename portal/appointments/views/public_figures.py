"""The figures of past months for everybody: how the institution kept its appointments."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.appointments.availability import Asker, list_next_times
from portal.appointments.figures import Scope, count_bookings
from portal.appointments.public_rules import LEAST, MONTHS
from portal.appointments.public_tables import PublicFigures
from portal.appointments.views.today import local_today
from portal.calendar.spans import Span, month_of
from portal.catalog.queries import list_services
from portal.core.errors import NotFound
from portal.core.listing import page_of
from portal.core.session import db
from portal.web import guards
from portal.web.requests import page_number

pages = Blueprint(
    "public_figures", __name__, template_folder="../templates", url_prefix="/kept-appointments"
)


def _months() -> list[Span]:
    """The months that are over, the latest first."""
    months, month = [], month_of(local_today())
    for _step in range(MONTHS):
        month = month.before
        months.append(month)
    return months


def _asked(months: list[Span]) -> Span:
    """The month that is asked for; raises NotFound for one that is not published."""
    text = request.args.get("month", "")
    if not text:
        return months[0]
    for month in months:
        if text == f"{month.first:%Y-%m}":
            return month
    raise NotFound


@pages.get("/")
@guards.everyone
def index() -> ResponseReturnValue:
    """A month that is over: numbers of groups so large that they tell of nobody."""
    months = _months()
    month = _asked(months)
    place = months.index(month)
    listing = page_of(list_services(db.session()), page_number())
    tally = count_bookings(db.session(), Scope(month, g.institution.zone, g.now))
    return render_template(
        "appointments/public_figures.html",
        month=month,
        earlier=months[place + 1] if place + 1 < len(months) else None,
        later=months[place - 1] if place else None,
        seen=PublicFigures(tally),
        least=LEAST,
        listing=listing,
        next_times=list_next_times(
            db.session(),
            service_ids=[service.id for service in listing.rows],
            asker=Asker(),
            now=g.now,
        ),
    )
