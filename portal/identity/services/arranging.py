"""How the institution cuts itself into units and its work into roles."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.versions import advance
from portal.identity.models import Role, RoleAssignment, Staff, Unit
from portal.identity.queries.principals import find_holdings_of
from portal.identity.queries.staff import get_role, get_unit, list_units
from portal.identity.rules import CODE
from portal.identity.services.granting import BeyondOwn, check_administrator_left, lock_roles
from portal.identity.services.heads import Heads, check_heads
from portal.identity.staff_events import UnitClosing, ask_holdings


class BadCode(DomainError):
    """A code that cannot stand in a file or an address."""

    default = N_("Write the code with small letters a to z, figures and hyphens only.")


class BadParent(DomainError):
    """Units stand on two levels only."""

    default = N_("Choose a unit that does not itself belong to another.")


class UnitInUse(DomainError):
    """People, posts or open matters still belong to the unit."""

    default = N_("People, posts or open matters still belong to this unit. Move them first.")


class RoleInUse(DomainError):
    """Somebody has the role."""

    default = N_("Someone still has this role. End it there first.")


def check_code(text: str) -> str:
    """A code of a unit or role; raises BadCode."""
    code = text.strip().lower()
    if not CODE.fullmatch(code):
        raise BadCode(field="code")
    return code


def add_unit(
    session: Session,
    *,
    code: str,
    name: Localized,
    parent_id: int | None,
    heads: Heads | None = None,
    actor: Actor,
    now: datetime,
) -> Unit:
    """Found a unit, last in order.

    Raises BadCode, UnitCodeTaken, BadParent, HasLeft on a head or deputy who does not work here,
    and HeadTwice.
    """
    heads = heads or Heads()
    check_heads(session, heads)
    _check_parent(session, None, parent_id)
    last = session.scalar(select(func.max(Unit.position))) or 0
    unit = Unit(code=check_code(code), name=name, parent_id=parent_id, position=last + 1)
    unit.head_id, unit.deputy_id = heads.head_id, heads.deputy_id
    session.add(unit)
    session.flush()
    _record_kept(session, "identity.unit.added", unit, actor, now)
    return unit


def _record_kept(session: Session, code: str, unit: Unit, actor: Actor, now: datetime) -> None:
    """Write down who is named for the unit from now on; matters go to them."""
    subject, head, deputy = ("unit", unit.id), unit.head_id, unit.deputy_id
    record(session, code, subject=subject, actor=actor, now=now, head=head, deputy=deputy)


def _check_parent(session: Session, unit: Unit | None, parent_id: int | None) -> None:
    if parent_id is None:
        return
    parent = get_unit(session, parent_id)
    has_below = unit is not None and session.scalar(
        select(Unit.id).where(Unit.parent_id == unit.id).limit(1)
    )
    if parent.parent_id is not None or has_below or not parent.is_active:
        raise BadParent(field="parent")
    if unit is not None and parent.id == unit.id:
        raise BadParent(field="parent")


def change_unit(
    session: Session,
    *,
    unit_id: int,
    version: int,
    code: str,
    name: Localized,
    parent_id: int | None,
    heads: Heads | None = None,
    actor: Actor,
    now: datetime,
) -> Unit:
    """Rename or move a unit and name who answers for it; without ``heads`` they stay.

    Raises Stale and what ``add_unit`` raises.
    """
    if heads is not None:
        check_heads(session, heads)
    unit = get_unit(session, unit_id)
    advance(session, unit, version)
    if parent_id != unit.parent_id:
        _check_parent(session, unit, parent_id)
    unit.code, unit.name, unit.parent_id = check_code(code), name, parent_id
    if heads is not None:
        unit.head_id, unit.deputy_id = heads.head_id, heads.deputy_id
    session.flush()
    _record_kept(session, "identity.unit.changed", unit, actor, now)
    return unit


def move_unit(session: Session, *, unit_id: int, up: bool, actor: Actor, now: datetime) -> None:
    """Let a unit change places with its neighbour; at the end of the line nothing happens."""
    unit = get_unit(session, unit_id)
    line = [
        other
        for other in list_units(session, with_inactive=True)
        if other.parent_id == unit.parent_id
    ]
    at = line.index(unit)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(line):
        return
    line[at], line[to] = line[to], line[at]
    for position, other in enumerate(line, 1):
        other.position = position
    session.flush()
    record(session, "identity.unit.moved", subject=("unit", unit.id), actor=actor, now=now)


def close_unit(session: Session, *, unit_id: int, actor: Actor, now: datetime) -> Unit:
    """Close a unit to which nothing belongs any more.

    Raises UnitInUse while people, open units below it, or posts belong to it.
    """
    unit = session.scalars(select(Unit).where(Unit.id == unit_id).with_for_update()).first()
    unit = unit or get_unit(session, unit_id)
    people = select(Staff.id).where(Staff.unit_id == unit.id, Staff.left_at.is_(None)).limit(1)
    below = select(Unit.id).where(Unit.parent_id == unit.id, Unit.is_active).limit(1)
    if (
        session.scalar(people)
        or session.scalar(below)
        or ask_holdings(UnitClosing(session, unit.id))
    ):
        raise UnitInUse
    _set_active(session, unit, is_active=False)
    record(session, "identity.unit.closed", subject=("unit", unit.id), actor=actor, now=now)
    return unit


def reopen_unit(session: Session, *, unit_id: int, actor: Actor, now: datetime) -> Unit:
    """Open a closed unit again."""
    unit = get_unit(session, unit_id)
    _set_active(session, unit, is_active=True)
    record(session, "identity.unit.reopened", subject=("unit", unit.id), actor=actor, now=now)
    return unit


def _set_active(session: Session, unit: Unit, *, is_active: bool) -> None:
    advance(session, unit, unit.version)
    unit.is_active = is_active
    session.flush()


def add_role(
    session: Session,
    *,
    code: str,
    name: Localized,
    permissions: Collection[str],
    needs_second_factor: bool,
    actor: Actor,
    now: datetime,
) -> Role:
    """Make a role of permissions that the actor holds; raises BeyondOwn and RoleCodeTaken."""
    _check_added(session, frozenset(permissions), actor)
    role = Role(
        code=check_code(code),
        name=name,
        permissions=sorted(set(permissions)),
        needs_second_factor=needs_second_factor,
    )
    session.add(role)
    session.flush()
    record(session, "identity.role.added", subject=("role", role.id), actor=actor, now=now)
    return role


def change_role(
    session: Session,
    *,
    role_id: int,
    version: int,
    code: str,
    name: Localized,
    permissions: Collection[str],
    needs_second_factor: bool,
    actor: Actor,
    now: datetime,
) -> Role:
    """Change what a role may do, for everybody who has it, from the next page on.

    Raises Stale, RoleCodeTaken, BeyondOwn for permissions added or taken away that the actor
    does not hold and for the second factor of a role above one's own, and LastAdministrator.
    """
    lock_roles(session)
    role = get_role(session, role_id)
    advance(session, role, version)
    changed = frozenset(permissions) ^ frozenset(role.permissions)
    if needs_second_factor != role.needs_second_factor:
        changed |= frozenset(role.permissions)
    _check_added(session, changed, actor)
    role.code, role.name = check_code(code), name
    role.permissions = sorted(set(permissions))
    role.needs_second_factor = needs_second_factor
    session.flush()
    check_administrator_left(session)
    record(session, "identity.role.changed", subject=("role", role.id), actor=actor, now=now)
    return role


def _check_added(session: Session, permissions: frozenset[str], actor: Actor) -> None:
    own = find_holdings_of(session, actor)
    if own is not None and not permissions <= own.within(None):
        raise BeyondOwn(field="permissions")


def remove_role(session: Session, *, role_id: int, actor: Actor, now: datetime) -> None:
    """Remove a role that nobody has; raises RoleInUse."""
    lock_roles(session)
    role = get_role(session, role_id)
    if session.scalar(select(RoleAssignment.id).where(RoleAssignment.role_id == role.id).limit(1)):
        raise RoleInUse
    session.delete(role)
    session.flush()
    record(session, "identity.role.removed", subject=("role", role_id), actor=actor, now=now)
