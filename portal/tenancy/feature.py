"""Manifest of tenancy."""

from portal.core.errors import N_
from portal.tenancy.pages import set_up_pages
from portal.tenancy.settings_views import EDIT, settings_pages
from portal.tenancy.views import platform_pages
from portal.web.feature import Feature, MenuEntry, Permission

FEATURE = Feature(
    name="tenancy",
    blueprints=(settings_pages,),
    platform_blueprints=(platform_pages,),
    menu=(MenuEntry(N_("Institution"), "institution.edit", EDIT, group="admin", order=80),),
    permissions=(Permission(EDIT, N_("Change the institution's settings")),),
    set_up=set_up_pages,
)
