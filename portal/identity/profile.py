"""What a profile says of units and roles."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.localized import Localized
from portal.identity.models import Role, Unit
from portal.web.feature import ProfilePart

#: The role of whoever sets a new institution up.
ADMINISTRATOR = "administrator"


class UnitItem(BaseModel):
    """A table ``[[unit]]`` of a profile."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern="^[a-z0-9-]{1,20}$")
    name: Localized
    parent: str = ""


class RoleItem(BaseModel):
    """A table ``[[role]]`` of a profile."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern="^[a-z0-9-]{1,20}$")
    name: Localized
    permissions: list[str]
    needs_second_factor: bool = False


def _units_by_code(session: Session) -> dict[str, Unit]:
    return {unit.code: unit for unit in session.scalars(select(Unit).order_by(Unit.position))}


def read_units(session: Session) -> dict[str, BaseModel]:
    """The units that stand."""
    units = _units_by_code(session)
    codes = {unit.id: unit.code for unit in units.values()}
    return {
        unit.code: UnitItem.model_construct(
            code=unit.code, name=unit.name, parent=codes.get(unit.parent_id or 0, "")
        )
        for unit in units.values()
    }


def write_unit(session: Session, item: UnitItem, _now: datetime) -> None:
    """Create or set a unit."""
    units = _units_by_code(session)
    unit = units.get(item.code)
    if unit is None:
        unit = Unit(code=item.code, name=item.name, position=len(units))
        session.add(unit)
    unit.name = item.name
    unit.parent_id = units[item.parent].id if item.parent in units else None
    session.flush()


def _roles_by_code(session: Session) -> dict[str, Role]:
    return {role.code: role for role in session.scalars(select(Role).order_by(Role.id))}


def read_roles(session: Session) -> dict[str, BaseModel]:
    """The roles that stand."""
    return {
        role.code: RoleItem.model_construct(
            code=role.code,
            name=role.name,
            permissions=role.permissions,
            needs_second_factor=role.needs_second_factor,
        )
        for role in _roles_by_code(session).values()
    }


def write_role(session: Session, item: RoleItem, _now: datetime) -> None:
    """Create or set a role."""
    role = _roles_by_code(session).get(item.code)
    if role is None:
        role = Role(code=item.code, name=item.name, permissions=[])
        session.add(role)
    role.name, role.permissions = item.name, sorted(item.permissions)
    role.needs_second_factor = item.needs_second_factor
    session.flush()


def check_units(units: list[UnitItem]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """People need somewhere to belong, and units stand on two floors at most."""
    if not units:
        yield (), "there must be a unit"
    below = {unit.code for unit in units if unit.parent}
    for number, unit in enumerate(units):
        if unit.parent in below:
            yield (number, "parent"), f"{unit.parent!r} is itself below another unit"


def check_roles(roles: list[RoleItem]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Somebody must be able to set everything up."""
    if not any(role.code == ADMINISTRATOR for role in roles):
        yield (), f"there must be a role with the code {ADMINISTRATOR!r}"


PARTS = (
    ProfilePart(
        "unit", UnitItem, read_units, write_unit, refers={"parent": "unit"}, check=check_units
    ),
    ProfilePart(
        "role",
        RoleItem,
        read_roles,
        write_role,
        refers={"permissions": "permission"},
        check=check_roles,
    ),
)
