"""Who may pass on which permissions, and that somebody can always administer."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.identity.models import Role, RoleAssignment, Staff
from portal.identity.queries.principals import find_holdings_of, get_holdings
from portal.identity.rules import Holdings

EDIT_STAFF = "identity.staff.edit"
EDIT_ROLES = "identity.role.edit"
EDIT_UNITS = "identity.unit.edit"


class BeyondOwn(DomainError):
    """Nobody passes on a permission that he does not hold there himself."""

    default = N_("You can only give what you may do yourself.")


class Stronger(DomainError):
    """An account that may do more than one's own is not one's own to reset."""

    default = N_("This person may do more than you. Ask someone who may do as much.")


class LastAdministrator(DomainError):
    """Without this person nobody could give out roles and passwords any more."""

    default = N_("Nobody else could administer then. Name another administrator first.")


def check_may_grant(
    session: Session, *, role: Role, unit_id: int | None, actor: Actor, field: str = "role"
) -> None:
    """Refuse to pass on what the actor does not hold for that unit; raises BeyondOwn."""
    own = find_holdings_of(session, actor)
    if own is not None and not can_grant(own, role, unit_id):
        raise BeyondOwn(field=field)


def can_grant(own: Holdings, role: Role, unit_id: int | None) -> bool:
    """Whether somebody holds all of a role for a unit, or for the whole institution."""
    return frozenset(role.permissions) <= own.within(unit_id)


def check_not_stronger(session: Session, *, staff_id: int, actor: Actor) -> None:
    """Refuse to take over or remove somebody who may do more; raises Stronger."""
    own = find_holdings_of(session, actor)
    if own is not None and not own.covers(get_holdings(session, staff_id)):
        raise Stronger


def lock_roles(session: Session) -> None:
    """Let one change of the administrators happen at a time; call before such a change."""
    session.scalars(select(Role.id).order_by(Role.id).with_for_update()).all()


def check_administrator_left(session: Session) -> None:
    """Refuse a change, already flushed, after which nobody here holds both keys.

    Raises LastAdministrator.
    """
    rows = session.execute(
        select(RoleAssignment.staff_id, Role.permissions)
        .join(Role, Role.id == RoleAssignment.role_id)
        .join(Staff, Staff.id == RoleAssignment.staff_id)
        .where(RoleAssignment.unit_id.is_(None), Staff.left_at.is_(None))
    )
    held: dict[int, set[str]] = {}
    for staff_id, permissions in rows:
        held.setdefault(staff_id, set()).update(permissions)
    if not any({EDIT_STAFF, EDIT_ROLES} <= permissions for permissions in held.values()):
        raise LastAdministrator
