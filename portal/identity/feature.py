"""Manifest of identity."""

from flask import Flask

from portal.core.errors import N_
from portal.core.runtime import runtime
from portal.identity import naming
from portal.identity.doorkeeper import SessionDoorkeeper
from portal.identity.passwords import install_profiles
from portal.identity.profile import PARTS
from portal.identity.services.granting import EDIT_ROLES, EDIT_STAFF, EDIT_UNITS
from portal.identity.services.privacy import SWEEP
from portal.identity.views import account, importing, my_data, roles, staff, units
from portal.web.feature import Feature, MenuEntry, Permission


def set_up(app: Flask) -> None:
    """Put the doorkeeper at the door and choose how much work a hash costs."""
    app.extensions["doorkeeper"] = SessionDoorkeeper()
    with app.app_context():
        install_profiles(runtime().config.environment)


FEATURE = Feature(
    name="identity",
    # The pages of the import are routes of the people blueprint, my data of the citizens'.
    blueprints=(
        staff.pages,
        account.pages,
        importing.pages,
        units.pages,
        roles.pages,
        my_data.pages,
    ),
    menu=(
        MenuEntry(N_("People"), "people.index", EDIT_STAFF, group="admin", order=10),
        MenuEntry(N_("Units"), "units.index", EDIT_UNITS, group="admin", order=15),
        MenuEntry(N_("Roles"), "roles.index", EDIT_ROLES, group="admin", order=20),
    ),
    permissions=(
        Permission(EDIT_STAFF, N_("Keep people, their accounts and their roles")),
        Permission(EDIT_ROLES, N_("Set up roles and what they may do")),
        Permission(EDIT_UNITS, N_("Set up units")),
    ),
    sweeps=(SWEEP,),
    listeners=(naming,),
    set_up=set_up,
    profile=PARTS,
)
