"""Founding institutions from profiles, with their first administrator."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM
from portal.core.errors import N_, DomainError
from portal.core.localized import Localized
from portal.core.script import to_simplified
from portal.core.session import db, founding_scope, institution_scope
from portal.core.unit import run_unit
from portal.identity.models import Role
from portal.identity.passwords import Issued, issue_password
from portal.identity.profile import ADMINISTRATOR
from portal.identity.queries.staff import list_units
from portal.identity.services.staffing import Details, add_staff, grant_role
from portal.tenancy.profile import Profile, find_profile, read_profile
from portal.tenancy.services import register_institution, seed_institution
from portal.web.feature import Feature, ProfilePart
from portal.web.requests import RESERVED, SLUG

T = TypeVar("T")
#: Staff number of whoever sets a new institution up.
FIRST_NUMBER = "ADMIN"


class BadSlug(DomainError):
    """Not the first part of an address, or one of the platform's own."""

    default = N_("Write small letters, figures and hyphens; a few words are taken.")


def profile_parts() -> tuple[ProfilePart, ...]:
    """Every feature's part of a profile, in the order in which they need each other."""
    return tuple(part for feature in _features() for part in feature.profile)


def load_profile(name: str) -> Profile:
    """A profile by name or path; raises ProfileError."""
    permissions = frozenset(p.code for feature in _features() for p in feature.permissions)
    return read_profile(find_profile(name), profile_parts(), permissions)


def _features() -> tuple[Feature, ...]:
    features: tuple[Feature, ...] = current_app.extensions["features"]
    return features


def named(profile: Profile, name: str) -> Profile:
    """The profile with another name for the institution."""
    text: Localized = {"zh_Hant": name, "zh_Hans": to_simplified(name)}
    return replace(profile, head=profile.head.model_copy(update={"name": text}))


def within(institution_id: int, work: Callable[[Session], T], *, is_read_only: bool = False) -> T:
    """Run a unit of work in an institution's scope, in a session of its own."""
    session = db.session.session_factory()
    with closing(session), institution_scope(session, institution_id):
        return run_unit(session, lambda: work(session), is_read_only=is_read_only)


def found_institution(
    profile: Profile, *, slug: str, now: datetime, furnish: Callable[[Session], T]
) -> tuple[int, T]:
    """Create an institution with everything its profile says, and what ``furnish`` adds.

    All of it or nothing, in one unit of work. Returns the id and what ``furnish`` returned.
    Raises BadSlug and SlugTaken.
    """
    found = SLUG.match(f"/{slug}/")
    if found is None or found[1] != slug or slug in RESERVED:
        raise BadSlug

    def work() -> tuple[int, T]:
        row = register_institution(session, profile=profile, slug=slug, now=now)
        with founding_scope(session, row.id):
            seed_institution(session, profile=profile, parts=profile_parts(), actor=SYSTEM, now=now)
            return row.id, furnish(session)

    with closing(db.session.session_factory()) as session:
        return run_unit(session, work)


def found_with_administrator(profile: Profile, *, slug: str, now: datetime) -> Issued:
    """Create an institution and its first administrator; returns the first password.

    Raises BadSlug and SlugTaken.
    """
    issued = issue_password()
    found_institution(
        profile, slug=slug, now=now, furnish=lambda session: _add_first(session, issued, now)
    )
    return issued


def _add_first(session: Session, issued: Issued, now: datetime) -> None:
    """Somebody with the role of administrator everywhere, until roles are dealt out."""
    unit = list_units(session)[0]
    role = session.scalars(select(Role).where(Role.code == ADMINISTRATOR)).one()
    details = Details(number=FIRST_NUMBER, name="Administrator", unit_id=unit.id)
    staff = add_staff(session, details=details, password_hash=issued.hash, actor=SYSTEM, now=now)
    grant_role(session, staff_id=staff.id, role_id=role.id, unit_id=None, actor=SYSTEM, now=now)
