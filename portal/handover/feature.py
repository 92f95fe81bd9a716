"""Manifest of handing over."""

from datetime import timedelta

from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.duty.permissions import REPORTS
from portal.handover import desk_lines, erasing, leaving, limits
from portal.handover.services.preparing import prepare
from portal.handover.views import compliance, emergency, lists, register, signing
from portal.web.feature import Feature, MenuEntry

FEATURE = Feature(
    name="handover",
    # A list, its signatures, emergencies and the register serve one blueprint.
    blueprints=(
        *{module.pages for module in (lists, signing, emergency, register)},
        compliance.pages,
    ),
    menu=(
        MenuEntry(N_("Handover"), "handover.index", order=15),
        MenuEntry(N_("How posts were kept"), "compliance.index", REPORTS, order=33),
    ),
    sweeps=(Sweep("handover.prepare", timedelta(minutes=5), prepare),),
    listeners=(desk_lines, erasing, leaving, limits),
)
