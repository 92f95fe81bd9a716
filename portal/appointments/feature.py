"""Manifest of appointments."""

from datetime import timedelta

from flask import Flask

from portal.appointments import notifications, personal_data, reactions
from portal.appointments.queries import booking_address
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.publishing import publish_slots
from portal.appointments.views import booking, desk, entrance, own, served, today
from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.web.feature import Door, Feature, MenuEntry, Permission


def _set_up(app: Flask) -> None:
    """Messages name a booking's page without a request to build addresses from."""
    app.jinja_env.globals["own_link"] = booking_address


FEATURE = Feature(
    name="appointments",
    blueprints=(
        booking.pages,
        own.pages,
        entrance.pages,
        # The day and each person of it serve one blueprint.
        *{module.pages for module in (today, served)},
        desk.pages,
    ),
    menu=(
        MenuEntry(N_("Today"), "today.choose", today.SERVE, order=10),
        MenuEntry(N_("Book for someone"), "desk.services", desk.BOOK, order=20),
    ),
    doors=(
        Door(
            "booking.services",
            "calendar",
            N_("Book a time"),
            N_("Choose the day and the hour that suit you"),
            order=10,
        ),
        Door(
            "own.find",
            "search",
            N_("My booking"),
            N_("See, move or cancel it, by its number"),
            order=20,
        ),
    ),
    permissions=(
        Permission(today.SERVE, N_("Serve people at the window")),
        Permission(desk.BOOK, N_("Book for people by phone or in person")),
        Permission(desk.OVERBOOK, N_("Give a time that is already full")),
    ),
    sweeps=(
        Sweep("appointments.publish", timedelta(minutes=1), publish_slots),
        Sweep("appointments.holds", timedelta(minutes=1), return_expired_holds),
    ),
    listeners=(notifications, personal_data, reactions),
    set_up=_set_up,
)
