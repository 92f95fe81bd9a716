"""Manifest of the catalog."""

from portal.catalog.views.public import home_pages, pages
from portal.core.errors import N_
from portal.catalog.profile import PARTS
from portal.web.feature import Door, Feature, Permission

FEATURE = Feature(
    name="catalog",
    blueprints=(home_pages, pages),
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
        Permission("catalog.post.edit", N_("Keep windows and who serves there")),
        Permission("catalog.service.edit", N_("Keep services, papers and fees")),
    ),
    profile=PARTS,
)
