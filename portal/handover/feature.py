"""Manifest of handing over."""

from datetime import timedelta

from flask import Flask

from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.duty.permissions import REPORTS
from portal.handover import (
    book_entries,
    desk_lines,
    erasing,
    leaving,
    limits,
    personal_data,
    telling,
)
from portal.handover.services.preparing import prepare
from portal.handover.telling import handover_address
from portal.handover.views import books, compliance, emergency, lists, register, signing
from portal.web.feature import Feature, MenuEntry


def _set_up(app: Flask) -> None:
    """Messages name the page of a list without a request to build addresses from."""
    app.jinja_env.globals["handover_link"] = handover_address


FEATURE = Feature(
    name="handover",
    set_up=_set_up,
    # A list, its signatures, emergencies, the register and the duty books serve one blueprint.
    blueprints=(
        *{module.pages for module in (lists, signing, emergency, register, books)},
        compliance.pages,
    ),
    menu=(
        MenuEntry(N_("Handover"), "handover.index", order=15),
        MenuEntry(N_("How posts were kept"), "compliance.index", REPORTS, order=33),
    ),
    sweeps=(Sweep("handover.prepare", timedelta(minutes=5), prepare),),
    listeners=(book_entries, desk_lines, erasing, leaving, limits, personal_data, telling),
)
