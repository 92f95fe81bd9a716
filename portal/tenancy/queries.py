"""Which institution an address means, and which settings hold at a moment."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.localized import Localized
from portal.core.session import db, short_read
from portal.core.tenant import current_institution_id
from portal.tenancy.models import Institution, SettingsVersion
from portal.tenancy.settings import Settings


@dataclass(frozen=True)
class Tenant:
    """What every request knows of its institution."""

    id: int
    slug: str
    profile: str
    name: Localized
    zone_name: str
    region: str
    house: str
    settings_stamp: int

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which its clocks are read."""
        return ZoneInfo(self.zone_name)


_COLUMNS = (
    Institution.id,
    Institution.slug,
    Institution.profile,
    Institution.name,
    Institution.zone,
    Institution.region,
    Institution.house,
    Institution.settings_stamp,
)


_BY_SLUG = select(*_COLUMNS).where(Institution.slug == bindparam("slug"))


def find_tenant(slug: str) -> Tenant | None:
    """The institution of an address, in its own short read before any scope opens."""
    with short_read() as connection:
        row = connection.execute(_BY_SLUG, {"slug": slug}).first()
    return Tenant(*row) if row else None


def list_tenants() -> list[Tenant]:
    """All institutions by slug, in a short read of its own."""
    with short_read() as connection:
        return [
            Tenant(*row) for row in connection.execute(select(*_COLUMNS).order_by(Institution.slug))
        ]


#: Versions of settings by (database, institution, stamp): documents never change, so neither
#: does this; an older stamp is dropped when a newer one is read.
_versions: dict[tuple[str, int], tuple[int, list[tuple[datetime, Settings]]]] = {}


def get_settings(session: Session, tenant: Tenant, *, at: datetime) -> Settings:
    """The settings of the institution that hold at a moment."""
    key = (str(db.engine.url), tenant.id)
    known = _versions.get(key)
    if known is None or known[0] != tenant.settings_stamp:
        rows = session.execute(
            select(SettingsVersion.valid_from, SettingsVersion.document).order_by(
                SettingsVersion.valid_from, SettingsVersion.number
            )
        )
        known = (
            tenant.settings_stamp,
            [(valid_from, Settings.model_validate(document)) for valid_from, document in rows],
        )
        _versions[key] = known
    current = [settings for valid_from, settings in known[1] if valid_from <= at]
    return current[-1] if current else known[1][0][1]


def forget_settings() -> None:
    """Read all settings anew: another database has taken the place of the one that was read."""
    _versions.clear()


def get_tenant(session: Session) -> Tenant:
    """The institution whose scope is open."""
    row = session.execute(select(*_COLUMNS).where(Institution.id == current_institution_id())).one()
    return Tenant(*row)


def list_versions(session: Session) -> list[SettingsVersion]:
    """All versions of the settings, the newest first; a person writes each, so they are few."""
    return list(session.scalars(select(SettingsVersion).order_by(SettingsVersion.number.desc())))
