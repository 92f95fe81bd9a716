"""The institution into which requests are taken: made for it, and for nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.founding.making import found_institution, load_profile, within
from portal.identity.models import Role, Staff, Unit
from portal.identity.passwords import Issued, issue_password
from portal.identity.profile import ADMINISTRATOR, UnitItem
from portal.identity.queries.heads import find_head
from portal.identity.queries.staff import list_units
from portal.identity.services.arranging import change_unit
from portal.identity.services.heads import Heads
from portal.identity.services.staffing import Details, add_staff, grant_role
from portal.importing.rows import Contents, unit_of
from portal.matters.services.recording import Head
from portal.tenancy.profile import Profile
from portal.tenancy.queries import find_tenant

PROFILE = Path(__file__).parent / "profile.toml"
#: The unit at whose desk requests arrive; above those that the file names.
DESK = "desk"
#: Staff numbers of whoever takes everything down, and of the head of all units.
CLERK_NUMBER, HEAD_NUMBER = "DESK", "HEAD"


class NotOurs(Exception):
    """The institution serves people, or was made for another file; its words say which."""


@dataclass(frozen=True)
class Office:
    """Who acts here: at the desk, online before anybody took it up, and for each unit."""

    clerk: Actor
    post_id: int
    #: By the unit's code.
    heads: Mapping[str, Head]


@dataclass(frozen=True)
class Prepared:
    """The institution, and its first password if it was made just now."""

    institution_id: int
    issued: Issued | None


def read_zone() -> ZoneInfo:
    """The zone by whose clocks a file is read."""
    return ZoneInfo(load_profile(str(PROFILE)).head.zone)


def prepare(slug: str, contents: Contents) -> Prepared:
    """The institution of an import, made as of the first request unless it stands already.

    Raises NotOurs for one that was not made for an import, or that lacks a unit of the file;
    BadSlug.
    """
    tenant = find_tenant(slug)
    if tenant is None:
        issued = issue_password()
        return Prepared(_found(slug, contents, issued), issued)
    profile = load_profile(str(PROFILE)).head.profile
    if tenant.profile != profile:
        raise NotOurs(f"{slug!r} was not made for an import and is left alone")
    office = within(tenant.id, read_office, is_read_only=True)
    if office is None:
        raise NotOurs(f"{slug!r} was not made by an import and is left alone")
    missing = [name for name in contents.departments if unit_of(name) not in office.heads]
    if missing:
        raise NotOurs(f"{slug!r} was made for another file and has no unit {', '.join(missing)}")
    return Prepared(tenant.id, None)


def read_office(session: Session) -> Office | None:
    """Who acts in the institution whose scope is open; None where nobody was made for it."""
    clerk = session.scalar(select(Staff.id).where(Staff.number == CLERK_NUMBER))
    post_id = session.scalar(select(Post.id).order_by(Post.id).limit(1))
    if clerk is None or post_id is None:
        return None
    heads: dict[str, Head] = {}
    for unit in list_units(session):
        head = find_head(session, unit.id)
        if head is not None and unit.code != DESK:
            heads[unit.code] = Head(unit.id, head.id)
    return Office(Actor("staff", clerk), post_id, heads)


def _found(slug: str, contents: Contents, issued: Issued) -> int:
    now = contents.first
    profile = _with_units(load_profile(str(PROFILE)), contents.departments)
    institution_id, _ = found_institution(
        profile, slug=slug, now=now, furnish=lambda session: _take_on(session, issued, now)
    )
    return institution_id


def _with_units(profile: Profile, departments: tuple[str, ...]) -> Profile:
    """The profile with a unit for each department."""
    units = {
        unit_of(name): UnitItem(
            code=unit_of(name), name={"zh_Hant": name, "zh_Hans": name, "en": name}, parent=DESK
        )
        for name in departments
    }
    standing = profile.parts["unit"]
    return replace(profile, parts={**profile.parts, "unit": [*standing, *units.values()]})


def _take_on(session: Session, issued: Issued, now: datetime) -> None:
    """Somebody at the desk, and a head of all units, who may look at everything."""
    desk = session.scalars(select(Unit).where(Unit.code == DESK)).one()
    role = session.scalars(select(Role).where(Role.code == ADMINISTRATOR)).one()
    _add(session, CLERK_NUMBER, "Desk", desk, issue_password(), now)
    head = _add(session, HEAD_NUMBER, "Head", desk, issued, now)
    grant_role(session, staff_id=head.id, role_id=role.id, unit_id=None, actor=SYSTEM, now=now)
    change_unit(
        session,
        unit_id=desk.id,
        version=desk.version,
        code=desk.code,
        name=desk.name,
        parent_id=None,
        heads=Heads(head.id),
        actor=SYSTEM,
        now=now,
    )


def _add(
    session: Session, number: str, name: str, unit: Unit, issued: Issued, now: datetime
) -> Staff:
    details = Details(number=number, name=name, unit_id=unit.id)
    return add_staff(session, details=details, password_hash=issued.hash, actor=SYSTEM, now=now)
