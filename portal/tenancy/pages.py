"""What every page of an institution says of it."""

from dataclasses import dataclass
from functools import cached_property

from flask import Flask, g, url_for
from flask_babel import gettext as _

from portal.core.localized import pick
from portal.tenancy.queries import Tenant
from portal.tenancy.resolve import set_up_tenancy, settings
from portal.tenancy.settings import Settings
from portal.web.languages import current_language


@dataclass(frozen=True)
class ShownPhone:
    """A published number in the reader's language."""

    label: str
    number: str


@dataclass(frozen=True)
class FooterLink:
    """A link at the foot of every page."""

    label: str
    url: str


class ShownInstitution:
    """The institution in the reader's language; nothing is read before a page asks for it."""

    def __init__(self, tenant: Tenant) -> None:
        self.slug = tenant.slug
        self.house = tenant.house
        self._tenant = tenant

    @cached_property
    def _language(self) -> str:
        return current_language()

    @cached_property
    def _settings(self) -> Settings:
        return settings()

    @cached_property
    def name(self) -> str:
        """Its name."""
        return pick(self._tenant.name, self._language)[0]

    @cached_property
    def tagline(self) -> str:
        """What stands beside its name."""
        return pick(self._settings.presence.tagline, self._language)[0]

    @cached_property
    def motto(self) -> list[str]:
        """The lines of the framed motto."""
        return [pick(line, self._language)[0] for line in self._settings.presence.motto]

    @cached_property
    def phones(self) -> list[ShownPhone]:
        """Its published numbers."""
        return [
            ShownPhone(pick(phone.label, self._language)[0], phone.number)
            for phone in self._settings.presence.phones
        ]


def set_up_pages(app: Flask) -> None:
    """Resolve institutions and tell templates about the addressed one."""
    set_up_tenancy(app)

    @app.context_processor
    def tell() -> dict[str, object]:
        tenant: Tenant | None = g.get("institution")
        if tenant is None:
            return {"institution": None, "settings": None, "footer_links": []}
        return {
            "institution": ShownInstitution(tenant),
            "settings": settings(),
            "footer_links": [
                FooterLink(_("Services"), url_for("services.index_of_services")),
                FooterLink(_("How we keep appointments"), url_for("public_figures.index")),
                FooterLink(_("How your data are used"), url_for("citizens.privacy")),
                FooterLink(_("For staff"), url_for("today.choose")),
            ],
        }
