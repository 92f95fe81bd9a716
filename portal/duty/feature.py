"""Manifest of duty at posts."""

from portal.core.errors import N_
from portal.duty import roster_belonging
from portal.duty.permissions import EDIT
from portal.duty.views import leave, roster, shift_patterns, shifts
from portal.web.feature import Feature, MenuEntry, Permission

FEATURE = Feature(
    name="duty",
    blueprints=(roster.pages, shifts.pages, shift_patterns.pages, leave.pages),
    menu=(
        MenuEntry(N_("Roster"), "roster.index", order=17),
        MenuEntry(N_("Leave of absence"), "leave.index", order=18),
    ),
    permissions=(Permission(EDIT, N_("Keep the roster and decide on leave")),),
    listeners=(roster_belonging,),
)
