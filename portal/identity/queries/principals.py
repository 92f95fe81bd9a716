"""Who is signed in and what that person may do: read on every staff request, in two SELECTs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.identity.models import KnownDevice, Role, RoleAssignment, Staff, Unit
from portal.identity.rules import DEVICE_KEPT, Holdings, merge_holdings, normal_number


@dataclass(frozen=True)
class StaffPrincipal:
    """The signed-in member of staff, as guards and pages see one."""

    id: int
    number: str
    name: str
    unit_id: int
    #: Changes whenever all sessions must end.
    stamp: str
    must_change_password: bool
    has_second_factor: bool
    needs_second_factor: bool
    holdings: Holdings

    def can(self, permission: str, unit_id: int | None = None) -> bool:
        """Whether the person holds the permission, for the unit or for any."""
        return self.holdings.can(permission, unit_id)

    def can_everywhere(self, permission: str) -> bool:
        """Whether the person holds the permission for the whole institution."""
        return permission in self.holdings.within(None)


_PRINCIPAL = select(
    Staff.number,
    Staff.name,
    Staff.unit_id,
    Staff.stamp,
    Staff.must_change_password,
    Staff.totp_secret.is_not(None),
).where(
    Staff.id == bindparam("staff"),
    Staff.left_at.is_(None),
    exists().where(
        KnownDevice.staff_id == Staff.id, KnownDevice.session == bindparam("session_name")
    ),
)


def find_principal(session: Session, staff_id: int, session_name: str) -> StaffPrincipal | None:
    """Somebody who works here, with all permissions; None once they left or the session ended."""
    asked = {"staff": staff_id, "session_name": session_name}
    row = session.execute(_PRINCIPAL, asked).first()
    if row is None:
        return None
    number, name, unit_id, stamp, must_change, has_second = row
    grants = _grants(session, [staff_id]).get(staff_id, [])
    return StaffPrincipal(
        id=staff_id,
        number=number,
        name=name,
        unit_id=unit_id,
        stamp=stamp,
        must_change_password=must_change,
        has_second_factor=bool(has_second),
        needs_second_factor=any(needs for _unit, _permissions, needs in grants),
        holdings=merge_holdings((unit, permissions) for unit, permissions, _needs in grants),
    )


_GRANTS = (
    select(
        RoleAssignment.staff_id,
        RoleAssignment.unit_id,
        Unit.id.label("below_id"),
        Role.permissions,
        Role.needs_second_factor,
    )
    .join(Role, Role.id == RoleAssignment.role_id)
    .outerjoin(Unit, Unit.parent_id == RoleAssignment.unit_id)
    .where(RoleAssignment.staff_id.in_(bindparam("staff", expanding=True)))
)


def _grants(
    session: Session, staff_ids: Iterable[int]
) -> dict[int, list[tuple[int | None, list[str], bool]]]:
    """Unit, permissions and need of a second factor of every role; units below count too."""
    rows = session.execute(_GRANTS, {"staff": list(staff_ids)})
    grants: dict[int, list[tuple[int | None, list[str], bool]]] = {}
    for staff_id, unit_id, below_id, permissions, needs in rows:
        own = grants.setdefault(staff_id, [])
        own.append((unit_id, permissions, needs))
        if below_id is not None:
            own.append((below_id, permissions, needs))
    return grants


def get_holdings(session: Session, staff_id: int) -> Holdings:
    """What somebody may do; nothing without roles."""
    grants = _grants(session, [staff_id]).get(staff_id, [])
    return merge_holdings((unit, permissions) for unit, permissions, _needs in grants)


def find_holdings_of(session: Session, actor: Actor) -> Holdings | None:
    """What an actor may pass on to others; None for the system, which may everything."""
    if actor.kind == "system":
        return None
    if actor.kind != "staff" or actor.id is None:
        return Holdings()
    return get_holdings(session, actor.id)


@dataclass(frozen=True)
class Credentials:
    """What signing in must know before it hashes."""

    staff_id: int
    password_hash: str
    #: The known device that was presented, if it is one of this person's.
    device_id: int | None


def find_credentials(
    session: Session, *, number: str, device_hash: str | None, now: datetime
) -> Credentials | None:
    """By the staff number that somebody typed; None when nobody here has it."""
    found = session.execute(
        select(Staff.id, Staff.password_hash).where(
            Staff.number == normal_number(number), Staff.left_at.is_(None)
        )
    ).first()
    if found is None:
        return None
    device_id = None
    if device_hash is not None:
        device_id = session.scalar(
            select(KnownDevice.id).where(
                KnownDevice.staff_id == found.id,
                KnownDevice.token_hash == device_hash,
                KnownDevice.seen_at > now - DEVICE_KEPT,
            )
        )
    return Credentials(found.id, found.password_hash, device_id)


def find_pin_hash(session: Session, staff_id: int) -> str | None:
    """The hash of the signing PIN of somebody who works here and has set one."""
    return session.scalar(
        select(Staff.pin_hash).where(Staff.id == staff_id, Staff.left_at.is_(None))
    )


def find_password_hash(session: Session, staff_id: int) -> str | None:
    """The password hash of somebody who works here."""
    return session.scalar(
        select(Staff.password_hash).where(Staff.id == staff_id, Staff.left_at.is_(None))
    )
