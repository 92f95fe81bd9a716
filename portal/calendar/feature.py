"""Manifest of the calendar."""

from portal.core.errors import N_
from portal.web.feature import Feature, Permission

FEATURE = Feature(
    name="calendar",
    permissions=(Permission("calendar.hours.edit", N_("Change opening hours and holidays")),),
)
