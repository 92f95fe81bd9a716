"""Manifest of tenancy."""

from portal.core.errors import N_
from portal.tenancy.pages import set_up_pages
from portal.tenancy.views import platform_pages
from portal.web.feature import Feature, Permission

FEATURE = Feature(
    name="tenancy",
    platform_blueprints=(platform_pages,),
    permissions=(Permission("tenancy.settings.edit", N_("Change the institution's settings")),),
    set_up=set_up_pages,
)
