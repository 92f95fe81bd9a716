"""Manifest of matters."""

from datetime import timedelta

from flask import Flask

from portal.alarms.permissions import OVERSEE
from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.matters import (
    assistance_limits,
    awaited,
    belonging,
    limits,
    lookup,
    notice_telling,
    personal_data,
    recipients,
    telling,
)
from portal.matters.permissions import LEAD, REPORTS, SEE
from portal.matters.queries import matter_link
from portal.matters.services import assisting
from portal.matters.services.referring import return_silent
from portal.matters.states_page import print_states
from portal.matters.views import (
    as_person,
    assistance,
    books,
    demanding,
    desk,
    extending,
    intake,
    matters,
    notices,
    own,
    person,
    photos,
    referring,
    reports,
    signals,
)
from portal.web.feature import Door, Feature, MenuEntry, Permission


def _set_up(app: Flask) -> None:
    """Messages name the page of a matter without a request to build addresses from."""
    app.jinja_env.globals["matter_link"] = matter_link


FEATURE = Feature(
    name="matters",
    # A matter, the person who brings it, the colleagues it goes to, its photos and its notices
    # serve one blueprint.
    blueprints=(
        desk.pages,
        intake.pages,
        *{
            module.pages
            for module in (
                *(matters, person, as_person, referring, extending, photos, notices, demanding),
            )
        },
        assistance.pages,
        own.pages,
        signals.pages,
        books.pages,
        reports.pages,
    ),
    menu=(
        MenuEntry(N_("Desk"), "work_desk.index", order=15),
        MenuEntry(N_("Books of the day"), "books.duty", order=16),
        MenuEntry(N_("Reports"), "matter_reports.index", REPORTS, order=32),
        MenuEntry(N_("Fault signals"), "signals.index", OVERSEE, order=42),
    ),
    doors=(
        Door(
            "own_matter.kinds",
            "speech",
            N_("Report or ask something"),
            N_("Somebody answers for it, and says until when"),
            order=15,
        ),
    ),
    permissions=(
        Permission(SEE, N_("See all matters of the unit")),
        Permission(LEAD, N_("Lead the matters of the unit and stand in for colleagues")),
        Permission(REPORTS, N_("See the reports on matters")),
    ),
    sweeps=(Sweep("matters.return_silent", timedelta(minutes=1), return_silent),),
    listeners=(
        *(assistance_limits, assisting, awaited, belonging),
        *(limits, lookup, notice_telling, personal_data, recipients, telling),
    ),
    commands=(print_states,),
    set_up=_set_up,
)
