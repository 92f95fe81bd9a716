"""Manifest of duty at posts."""

from portal.core.errors import N_
from portal.duty import roster_queries
from portal.duty.permissions import EDIT
from portal.web.feature import Feature, Permission

FEATURE = Feature(
    name="duty",
    permissions=(Permission(EDIT, N_("Keep the roster and decide on leave")),),
)
_ = roster_queries
