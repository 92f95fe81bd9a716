"""Taking on many people from one table: every bad row is named, and nothing is half done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.identity.models import Role, RoleAssignment, Staff, Unit
from portal.identity.passwords import Issued
from portal.identity.queries.principals import find_holdings_of
from portal.identity.queries.staff import list_roles, list_units
from portal.identity.rules import Holdings
from portal.identity.services.granting import EDIT_STAFF, BeyondOwn, can_grant
from portal.identity.services.staffing import Details, new_staff
from portal.identity.sheets import LONGEST_CELL, Row

T = TypeVar("T", Unit, Role)


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be taken: its line, whom it names, and why."""

    line: int
    who: str
    error: DomainError


class BadRows(DomainError):
    """Some rows cannot be taken, so none was."""

    default = N_("Nobody was added. Correct the lines below and send the file again.")

    def __init__(self, rows: Sequence[BadRow]) -> None:
        super().__init__(field="file")
        self.rows = rows


@dataclass(frozen=True)
class NewPerson:
    """Somebody just added, with the first password to hand out."""

    staff: Staff
    unit: Unit
    password: str


class _World:
    """What rows are checked against, read once."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.units = _by_words(list_units(session))
        self.roles = _by_words(list_roles(session))
        self.numbers = set(session.scalars(select(Staff.number)))
        self.own: Holdings | None = find_holdings_of(session, actor)
        #: Units for which the actor may add people; None: all.
        self.reach = None if self.own is None else self.own.units_of(EDIT_STAFF)
        self.lines: dict[str, int] = {}


def _by_words(things: Iterable[T]) -> dict[str, T]:
    """Units or roles by every name they go by, and above all by code."""
    things = list(things)
    named = {name.casefold(): thing for thing in things for name in thing.name.values() if name}
    return {**named, **{thing.code.casefold(): thing for thing in things}}


def import_staff(
    session: Session,
    *,
    rows: Sequence[Row],
    passwords: Sequence[Issued],
    actor: Actor,
    now: datetime,
) -> list[NewPerson]:
    """Add everybody in the table, with roles for their units.

    ``passwords`` holds one issued password for each row. Raises BadRows naming every row that
    cannot be taken; nothing is added then.
    """
    world = _World(session, actor)
    people: list[tuple[Staff, Unit, Role | None]] = []
    bad: list[BadRow] = []
    for row, issued in zip(rows, passwords, strict=True):
        try:
            people.append(_person(world, row, issued, now))
        except DomainError as error:
            bad.append(BadRow(row.line, row.cells["number"][:20], error))
    if bad:
        raise BadRows(bad)
    _write(session, people, actor, now)
    return [
        NewPerson(staff, unit, issued.plain)
        for (staff, unit, _role), issued in zip(people, passwords, strict=True)
    ]


def _person(
    world: _World, row: Row, issued: Issued, now: datetime
) -> tuple[Staff, Unit, Role | None]:
    """One row as a person; raises a domain error that says what is wrong with it."""
    cells = row.cells
    if row.is_too_wide:
        raise DomainError(N_("The row has more cells than the heading."))
    if any(len(cell) > LONGEST_CELL for cell in cells.values()):
        raise DomainError(N_("A cell is too long."))
    unit = world.units.get(cells["unit"].casefold())
    if unit is None:
        raise DomainError(N_("There is no open unit %(name)s."), name=cells["unit"][:40] or "–")
    if world.reach is not None and unit.id not in world.reach:
        raise DomainError(N_("You may not add people to this unit."))
    details = Details(cells["number"], cells["name"], unit.id, cells["phone"], cells["email"])
    staff = new_staff(details, password_hash=issued.hash, now=now)
    if staff.number in world.lines:
        raise DomainError(N_("Line %(line)d has the same number."), line=world.lines[staff.number])
    world.lines[staff.number] = row.line
    if staff.number in world.numbers:
        raise DomainError(N_("Another person here has this number already."))
    return staff, unit, _role(world, cells["role"], unit)


def _role(world: _World, name: str, unit: Unit) -> Role | None:
    if not name:
        return None
    role = world.roles.get(name.casefold())
    if role is None:
        raise DomainError(N_("There is no role %(name)s."), name=name[:40])
    if world.own is not None and not can_grant(world.own, role, unit.id):
        raise BeyondOwn
    return role


def _write(
    session: Session,
    people: Sequence[tuple[Staff, Unit, Role | None]],
    actor: Actor,
    now: datetime,
) -> None:
    session.add_all(staff for staff, _unit, _role in people)
    session.flush()
    for staff, unit, role in people:
        subject = ("staff", staff.id)
        record(session, "identity.staff.added", subject=subject, actor=actor, now=now)
        if role is None:
            continue
        session.add(RoleAssignment(staff_id=staff.id, role_id=role.id, unit_id=unit.id))
        record(
            session,
            "identity.role.granted",
            subject=subject,
            actor=actor,
            now=now,
            role=role.id,
            unit=unit.id,
        )
    session.flush()
