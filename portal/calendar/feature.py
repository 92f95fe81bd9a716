"""Manifest of the calendar."""

from portal.calendar.profile import PARTS
from portal.calendar.views import exceptions, holidays, schedules, weeks
from portal.core.errors import N_
from portal.web.feature import Feature, MenuEntry, Permission

FEATURE = Feature(
    name="calendar",
    # All modules of pages serve the one blueprint.
    blueprints=tuple({module.pages for module in (schedules, weeks, exceptions, holidays)}),
    menu=(MenuEntry(N_("Opening hours"), "hours.index", schedules.EDIT, group="admin", order=30),),
    permissions=(Permission(schedules.EDIT, N_("Change opening hours and holidays")),),
    profile=PARTS,
)
