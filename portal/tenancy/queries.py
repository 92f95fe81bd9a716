"""Which institution an address means, and which settings hold at a moment."""

from dataclasses import dataclass, field
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
    calendar_stamp: int = 0

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
    Institution.calendar_stamp,
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


@dataclass
class _Known:
    """What is known of an institution's settings while its stamp stands."""

    stamp: int
    #: From when which version holds, by id and number, in order.
    starts: list[tuple[datetime, int, int]]
    #: The documents that were asked for, by the version's id; a document never changes.
    settings: dict[int, Settings] = field(default_factory=dict)


#: By database and institution.
_known: dict[tuple[str, int], _Known] = {}


def get_settings(session: Session, tenant: Tenant, *, at: datetime) -> Settings:
    """The settings of the institution that hold at a moment."""
    known = _know(session, tenant)
    current, _number = _version_at(known, at)
    if current not in known.settings:
        row = session.get_one(SettingsVersion, current)
        known.settings[current] = Settings.model_validate(row.document)
    return known.settings[current]


def get_settings_number(session: Session, tenant: Tenant, *, at: datetime) -> int:
    """Which version of the settings holds at a moment: 1, 2, 3 … (Q1: a verdict keeps it)."""
    _version, number = _version_at(_know(session, tenant), at)
    return number


def _know(session: Session, tenant: Tenant) -> _Known:
    """What is known of an institution's settings, read anew when its stamp has moved."""
    key = (str(db.engine.url), tenant.id)
    known = _known.get(key)
    if known is None or known.stamp != tenant.settings_stamp:
        versions = select(
            SettingsVersion.valid_from, SettingsVersion.id, SettingsVersion.number
        ).order_by(SettingsVersion.valid_from, SettingsVersion.number)
        starts = [(row.valid_from, row.id, row.number) for row in session.execute(versions)]
        known = _known[key] = _Known(tenant.settings_stamp, starts)
    return known


def _version_at(known: _Known, at: datetime) -> tuple[int, int]:
    """Id and number of the version that holds at a moment; the first one before all of them."""
    begun = [start for start in known.starts if start[0] <= at]
    _from, version_id, number = begun[-1] if begun else known.starts[0]
    return version_id, number


def forget_settings() -> None:
    """Read all settings anew: another database has taken the place of the one that was read."""
    _known.clear()


def get_tenant(session: Session) -> Tenant:
    """The institution whose scope is open."""
    row = session.execute(select(*_COLUMNS).where(Institution.id == current_institution_id())).one()
    return Tenant(*row)


def list_versions(session: Session) -> list[SettingsVersion]:
    """All versions of the settings, the newest first; a person writes each, so they are few."""
    return list(session.scalars(select(SettingsVersion).order_by(SettingsVersion.number.desc())))
