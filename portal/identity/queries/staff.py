"""Lists of people, units and roles for the pages that keep them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.core.errors import N_, DomainError, NotFound
from portal.core.script import fold
from portal.identity.models import Role, RoleAssignment, Staff, Unit
from portal.identity.rules import normal_number

PAGE = 50


class HasLeft(DomainError):
    """The account is closed."""

    default = N_("This person does not work here any more.")


class UnitClosed(DomainError):
    """Nobody is put into a unit that is closed."""

    default = N_("This unit is closed. Choose another.")


@dataclass(frozen=True)
class StaffListing:
    """One page of people."""

    rows: list[Staff]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class Grant:
    """A role that a person has, and where; ``unit`` None: the whole institution."""

    id: int
    role: Role
    unit: Unit | None


def get_staff(session: Session, staff_id: int) -> Staff:
    """A member of staff, also one who has left; raises NotFound."""
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound
    return staff


def list_staff(
    session: Session,
    *,
    page: int = 1,
    query: str = "",
    unit_id: int | None = None,
    within: Collection[int] | None = None,
    with_left: bool = False,
) -> StaffListing:
    """People by number; ``query`` finds by number or name in both scripts.

    ``within`` limits to units; two statements whatever the size.
    """
    found = select(Staff)
    if not with_left:
        found = found.where(Staff.left_at.is_(None))
    if unit_id is not None:
        found = found.where(Staff.unit_id == unit_id)
    if within is not None:
        found = found.where(Staff.unit_id.in_(sorted(within)))
    found = _matching(found, query)
    total = session.scalar(found.with_only_columns(func.count(Staff.id))) or 0
    page = min(max(page, 1), max(1, -(-total // PAGE)))
    rows = session.scalars(
        found.order_by(Staff.number, Staff.id).offset((page - 1) * PAGE).limit(PAGE)
    )
    return StaffListing(list(rows), page, total)


def _matching(found: Select[Staff], query: str) -> Select[Staff]:
    number, name = normal_number(query), fold(query)
    if not number:
        return found
    fits = Staff.number.startswith(number, autoescape=True)
    if name:
        fits |= Staff.name_key.contains(name, autoescape=True)
    return found.where(fits)


def list_colleagues(session: Session, *, besides: int | None = None) -> list[Staff]:
    """Everybody who works here, by number; for choosing somebody."""
    found = select(Staff).where(Staff.left_at.is_(None)).order_by(Staff.number, Staff.id)
    if besides is not None:
        found = found.where(Staff.id != besides)
    return list(session.scalars(found))


def list_working(session: Session, staff_ids: Iterable[int]) -> list[Staff]:
    """Those of some people who work here, in the order in which they were named."""
    ids = list(dict.fromkeys(staff_ids))
    found = session.scalars(select(Staff).where(Staff.id.in_(ids), Staff.left_at.is_(None)))
    return sorted(found, key=lambda staff: ids.index(staff.id))


def find_colleague(session: Session, number: str) -> Staff | None:
    """Who works here under a staff number, if anybody."""
    found = select(Staff).where(Staff.number == number, Staff.left_at.is_(None))
    return session.scalars(found).first()


def list_staff_names(session: Session, staff_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, also of people who have left."""
    ids = sorted(set(staff_ids))
    if not ids:
        return {}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))
    return {row.id: row.name for row in rows}


def list_every_unit(session: Session) -> list[Unit]:
    """All units, of whatever depth, closed ones as well, in the institution's order."""
    return list(session.scalars(select(Unit).order_by(Unit.position, Unit.id)))


def list_units(session: Session, *, with_inactive: bool = False) -> list[Unit]:
    """Units in the institution's order, each followed by those below it."""
    found = select(Unit).order_by(Unit.position, Unit.id)
    if not with_inactive:
        found = found.where(Unit.is_active)
    units = list(session.scalars(found))
    shown = {unit.id for unit in units}
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        # One whose own parent is not shown stands by itself.
        below.setdefault(unit.parent_id if unit.parent_id in shown else None, []).append(unit)
    return [each for top in below.get(None, []) for each in (top, *below.get(top.id, []))]


def get_unit(session: Session, unit_id: int) -> Unit:
    """A unit; raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    return unit


def get_open_unit(session: Session, unit_id: int) -> Unit:
    """A unit to which something may be given; it stays open until this transaction ends.

    Raises UnitClosed and NotFound.
    """
    unit = session.scalar(select(Unit).where(Unit.id == unit_id).with_for_update(read=True))
    if unit is None:
        raise NotFound
    if not unit.is_active:
        raise UnitClosed(field="unit")
    return unit


def get_working_staff(session: Session, staff_id: int) -> Staff:
    """Somebody to whom something may be given; nobody leaves until this transaction ends.

    Raises HasLeft and NotFound.
    """
    found = select(Staff).where(Staff.id == staff_id).with_for_update(read=True)
    # As the row is now: whoever read it before may have read it while the person still worked here.
    staff = session.scalar(found.execution_options(populate_existing=True))
    if staff is None:
        raise NotFound
    if staff.left_at is not None:
        raise HasLeft(field="staff")
    return staff


def list_roles(session: Session) -> list[Role]:
    """All roles by code."""
    return list(session.scalars(select(Role).order_by(Role.code, Role.id)))


def get_role(session: Session, role_id: int) -> Role:
    """A role; raises NotFound."""
    role = session.get(Role, role_id)
    if role is None:
        raise NotFound
    return role


def count_holders(session: Session) -> dict[int, int]:
    """How many people have each role."""
    rows = session.execute(
        select(RoleAssignment.role_id, func.count(func.distinct(RoleAssignment.staff_id))).group_by(
            RoleAssignment.role_id
        )
    )
    return dict(rows.all())


def list_holders(session: Session, permission: str, *, everywhere: bool = False) -> list[int]:
    """Ids of all who work here and hold a permission; two statements.

    For some unit or for all; ``everywhere``: only those who hold it for the whole institution.
    """
    roles = session.execute(select(Role.id, Role.permissions))
    granting = [role_id for role_id, permissions in roles if permission in permissions]
    holders = (
        select(RoleAssignment.staff_id)
        .join(Staff, Staff.id == RoleAssignment.staff_id)
        .where(RoleAssignment.role_id.in_(granting), Staff.left_at.is_(None))
        .distinct()
        .order_by(RoleAssignment.staff_id)
    )
    if everywhere:
        holders = holders.where(RoleAssignment.unit_id.is_(None))
    return list(session.scalars(holders))


def list_grants(session: Session, staff_ids: Iterable[int]) -> dict[int, list[Grant]]:
    """The roles of people, by person, in one statement."""
    rows = session.execute(
        select(RoleAssignment.staff_id, RoleAssignment.id, Role, Unit)
        .join(Role, Role.id == RoleAssignment.role_id)
        .outerjoin(Unit, Unit.id == RoleAssignment.unit_id)
        .where(RoleAssignment.staff_id.in_(sorted(set(staff_ids))))
        .order_by(Role.code, RoleAssignment.id)
    )
    grants: dict[int, list[Grant]] = {}
    for staff_id, grant_id, role, unit in rows:
        grants.setdefault(staff_id, []).append(Grant(grant_id, role, unit))
    return grants


def count_staff(session: Session) -> dict[int, int]:
    """How many people work in each unit."""
    rows = session.execute(
        select(Staff.unit_id, func.count(Staff.id))
        .where(Staff.left_at.is_(None))
        .group_by(Staff.unit_id)
    )
    return dict(rows.all())
