"""Manifest of matters."""

from flask import Flask

from portal.core.errors import N_
from portal.matters import limits, personal_data, telling
from portal.matters.permissions import LEAD, SEE
from portal.matters.queries import matter_link
from portal.matters.views import desk, intake, matters, own, person, photos
from portal.web.feature import Door, Feature, MenuEntry, Permission


def _set_up(app: Flask) -> None:
    """Messages name the page of a matter without a request to build addresses from."""
    app.jinja_env.globals["matter_link"] = matter_link


FEATURE = Feature(
    name="matters",
    # A matter, the person who brings it and its photos serve one blueprint.
    blueprints=(
        desk.pages,
        intake.pages,
        *{module.pages for module in (matters, person, photos)},
        own.pages,
    ),
    menu=(MenuEntry(N_("Desk"), "work_desk.index", order=15),),
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
    ),
    listeners=(limits, personal_data, telling),
    set_up=_set_up,
)
