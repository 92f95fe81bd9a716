"""Manifest of the catalog."""

from portal.catalog import belonging
from portal.catalog.profile import PARTS
from portal.catalog.views import admin_notices, admin_offers, admin_posts, admin_services
from portal.catalog.views.public import home_pages, pages
from portal.core.errors import N_
from portal.web.feature import Door, Feature, MenuEntry, Permission

FEATURE = Feature(
    name="catalog",
    blueprints=(
        home_pages,
        pages,
        admin_posts.pages,
        # All modules about services serve one blueprint.
        *{module.pages for module in (admin_services, admin_notices, admin_offers)},
    ),
    menu=(
        MenuEntry(N_("Windows"), "posts.index", admin_posts.EDIT, group="admin", order=40),
        MenuEntry(
            N_("Services"), "service_admin.index", admin_services.EDIT, group="admin", order=50
        ),
    ),
    doors=(
        Door(
            "services.index_of_services",
            "doc",
            N_("What we do"),
            N_("What to bring, what it costs, how long it takes"),
            order=30,
        ),
    ),
    permissions=(
        Permission(admin_posts.EDIT, N_("Keep windows and who serves there")),
        Permission(admin_services.EDIT, N_("Keep services, papers and fees")),
    ),
    profile=PARTS,
    listeners=(belonging,),
)
