"""Manifest of handing over."""

from datetime import timedelta

from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.handover import book_entries, desk_lines, erasing, leaving, limits
from portal.handover.services.preparing import prepare
from portal.handover.views import books, emergency, lists, register, signing
from portal.web.feature import Feature, MenuEntry

FEATURE = Feature(
    name="handover",
    # A list, its signatures, emergencies, the register and the duty books serve one blueprint.
    blueprints=tuple({module.pages for module in (lists, signing, emergency, register, books)}),
    menu=(MenuEntry(N_("Handover"), "handover.index", order=15),),
    sweeps=(Sweep("handover.prepare", timedelta(minutes=5), prepare),),
    listeners=(book_entries, desk_lines, erasing, leaving, limits),
)
