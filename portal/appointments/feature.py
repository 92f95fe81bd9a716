"""Manifest of appointments."""

from datetime import timedelta

from flask import Flask

from portal.appointments import (
    breach_data,
    breach_notices,
    closure_notices,
    enclosing,
    no_show_data,
    no_show_notices,
    notifications,
    personal_data,
    reactions,
    roster_reactions,
    waiting_data,
    waiting_notifications,
    waiting_reactions,
)
from portal.appointments.no_show_queries import missed_address
from portal.appointments.queries import booking_address
from portal.appointments.services import answering
from portal.appointments.services.breaches import JOB, note_breaches
from portal.appointments.services.feeds import end_lost_feeds
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.offers import expire_offers
from portal.appointments.services.paying_back import offer_free_places
from portal.appointments.services.publishing import publish_slots
from portal.appointments.services.reminders import send_reminders
from portal.appointments.services.reopening import reopen_all_kept
from portal.appointments.services.settling import SETTLING
from portal.appointments.services.waiting import end_past_entries
from portal.appointments.views import (
    booking,
    calls,
    claims,
    closures,
    desk,
    desk_waiting,
    entrance,
    feeds,
    figures,
    missed,
    no_shows,
    offers,
    oversight,
    own,
    paper,
    promise,
    public_figures,
    served,
    today,
    waiting,
)
from portal.appointments.views.figure_scope import FIGURES_SEEN
from portal.appointments.waiting_queries import offer_address, waiting_address
from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.web.feature import Door, Feature, MenuEntry, Permission


def _set_up(app: Flask) -> None:
    """Messages name a page of one's own without a request to build addresses from."""
    app.jinja_env.globals["own_link"] = booking_address
    app.jinja_env.globals["missed_link"] = missed_address
    app.jinja_env.globals["offer_link"] = offer_address
    app.jinja_env.globals["waiting_link"] = waiting_address


FEATURE = Feature(
    name="appointments",
    blueprints=(
        booking.pages,
        # One's own bookings and those one missed serve one blueprint.
        *{module.pages for module in (own, missed)},
        promise.pages,
        waiting.pages,
        offers.pages,
        entrance.pages,
        # The day, each person of it, the calls to them and their claims serve one blueprint.
        *{module.pages for module in (today, served, calls, claims)},
        no_shows.pages,
        desk.pages,
        desk_waiting.pages,
        oversight.pages,
        feeds.pages,
        figures.pages,
        paper.pages,
        public_figures.pages,
        closures.pages,
    ),
    menu=(
        MenuEntry(N_("Today"), "today.choose", today.SERVE, order=10),
        MenuEntry(N_("Book for someone"), "desk.services", desk.BOOK, order=20),
        MenuEntry(N_("Figures"), "figures.index", FIGURES_SEEN, order=30),
        MenuEntry(N_("Oversight"), "oversight.index", oversight.OVERSEE, order=40),
        MenuEntry(N_("Missed appointments"), "no_shows.index", no_shows.DECIDE, order=30),
        MenuEntry(N_("Closures"), "closures.index", closures.CLOSE, order=40),
    ),
    doors=(
        Door(
            "booking.services",
            "calendar",
            N_("Book a time"),
            N_("Choose the day and the hour that suit you"),
            order=10,
            word="booking",
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
        Permission(oversight.OVERSEE, N_("Oversee broken promises and answer complaints")),
        Permission(FIGURES_SEEN, N_("See the figures of appointments")),
        Permission(no_shows.DECIDE, N_("Decide what people say against a no-show")),
        Permission(closures.CLOSE, N_("Close hours and follow who is moved")),
    ),
    sweeps=(
        Sweep("appointments.publish", timedelta(minutes=1), publish_slots),
        # Before the holds, so that what is returned counts as answered.
        Sweep("appointments.reopen", timedelta(minutes=5), reopen_all_kept),
        Sweep("appointments.offers", timedelta(minutes=1), expire_offers),
        Sweep("appointments.owed", timedelta(minutes=1), offer_free_places),
        Sweep("appointments.waiting", timedelta(minutes=10), end_past_entries),
        Sweep("appointments.holds", timedelta(minutes=1), return_expired_holds),
        Sweep("appointments.reminders", timedelta(minutes=1), send_reminders),
        Sweep("appointments.feeds", timedelta(hours=1), end_lost_feeds),
        Sweep(JOB, timedelta(minutes=1), note_breaches),
    ),
    listeners=(
        answering,
        closure_notices,
        breach_data,
        breach_notices,
        enclosing,
        no_show_data,
        no_show_notices,
        notifications,
        personal_data,
        reactions,
        roster_reactions,
        waiting_data,
        waiting_notifications,
        waiting_reactions,
    ),
    deliveries=(SETTLING,),
    set_up=_set_up,
)
