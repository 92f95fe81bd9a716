"""Institutions and the versions of their settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned
from portal.core.errors import N_, DomainError, Stale
from portal.core.localized import Localized


class SlugTaken(DomainError):
    """Another institution has this address."""

    default = N_("Another institution has this address.")


class Institution(Base):
    """A tenant; global, because its slug is read before any scope can open."""

    __tablename__ = "institution"
    __table_args__ = (
        UniqueConstraint("slug", info={"violation": SlugTaken}),
        CheckConstraint("slug <> ''", name="slug"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: First part of every address of the institution.
    slug: Mapped[str] = mapped_column(String(40))
    #: Name of the profile it was made from.
    profile: Mapped[str] = mapped_column(String(40))
    name: Mapped[Localized] = mapped_column(JSON)
    #: IANA time zone in which its clocks are read.
    zone: Mapped[str] = mapped_column(String(40))
    #: Region whose public holidays hold: CN, TW, HK or MO.
    region: Mapped[str] = mapped_column(String(2))
    #: Which accent of the design language it wears.
    house: Mapped[str] = mapped_column(String(20))
    #: Counts the versions of the settings, so that a process knows when its copy is old.
    settings_stamp: Mapped[int] = mapped_column(default=0)
    #: Counts the changes of hours and holidays, so that a verdict can say which calendar held.
    calendar_stamp: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class SettingsVersion(Owned, Base):
    """One version of the whole settings document (參數), valid from a moment on."""

    __tablename__ = "settings_version"
    __table_args__ = owned(UniqueConstraint("institution_id", "number", info={"violation": Stale}))

    number: Mapped[int]
    valid_from: Mapped[datetime]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Staff id of the author; None when the profile set it.
    author_id: Mapped[int | None]
    created_at: Mapped[datetime]


class AppliedProfile(Owned, Base):
    """The profile as it was last applied: the common ground of the three-way difference."""

    __tablename__ = "applied_profile"
    __table_args__ = owned(UniqueConstraint("institution_id"))

    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    applied_at: Mapped[datetime]
