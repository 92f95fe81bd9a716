"""Who answers for a unit (P-4.1.1b), and who is asked when nobody answers."""

from collections.abc import Collection

from sqlalchemy import case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.identity.models import Staff, Unit


def find_head(session: Session, unit_id: int) -> Staff | None:
    """The head of a unit, else of the unit above it; only somebody who works here."""
    return _find_named(session, unit_id, Unit.head_id)


def find_deputy(session: Session, unit_id: int) -> Staff | None:
    """The deputy of a unit, else of the unit above it; only somebody who works here.

    Never whom ``find_head`` answers: somebody who did not answer as the head, would not answer
    as the deputy of the unit above either.
    """
    head = find_head(session, unit_id)
    return _find_named(session, unit_id, Unit.deputy_id, besides=head.id if head else None)


def find_superior(session: Session, staff_ids: Collection[int]) -> Staff | None:
    """The head of the unit above all the units in which some people work, and none of them."""
    units = select(Unit).join(Staff, Staff.unit_id == Unit.id).where(Staff.id.in_(staff_ids))
    # A unit without another above it stands for itself.
    above = {unit.parent_id or unit.id for unit in session.scalars(units)}
    if len(above) != 1:
        return None
    found = (
        select(Staff)
        .join(Unit, Unit.head_id == Staff.id)
        .where(Unit.id.in_(above), Staff.id.not_in(staff_ids), Staff.left_at.is_(None))
    )
    return session.scalars(found).first()


def find_senior(session: Session, first_id: int, second_id: int) -> int:
    """Who of two members of staff ranks higher (W-SW-1); the first, where neither does.

    The head of a unit comes before a deputy, and both before whoever is neither; among equals,
    whoever belongs to a unit above the other's.
    """
    people = (first_id, second_id)
    units = {unit.id: unit for unit in session.scalars(select(Unit))}
    belonging = select(Staff.id, Staff.unit_id).where(Staff.id.in_(people))
    of_staff = dict(session.execute(belonging).all())

    def rank(staff_id: int) -> tuple[int, bool]:
        headed = [unit for unit in units.values() if unit.head_id == staff_id]
        helped = [unit for unit in units.values() if unit.deputy_id == staff_id]
        named = headed or helped or [units[of_staff[staff_id]]]
        office = 0 if headed else 1 if helped else 2
        return office, all(unit.parent_id is not None for unit in named)

    return min(people, key=rank)


def _find_named(
    session: Session,
    unit_id: int,
    named: InstrumentedAttribute[int | None],
    *,
    besides: int | None = None,
) -> Staff | None:
    below = aliased(Unit)
    above = select(below.parent_id).where(below.id == unit_id).scalar_subquery()
    found = (
        select(Staff)
        .join(Unit, named == Staff.id)
        .where(or_(Unit.id == unit_id, Unit.id == above), Staff.left_at.is_(None))
        .order_by(case((Unit.id == unit_id, 0), else_=1))
        .limit(1)
    )
    if besides is not None:
        found = found.where(Staff.id != besides)
    return session.scalars(found).first()


def list_heads(session: Session) -> dict[int, tuple[int | None, int | None]]:
    """Head and deputy named for each unit itself, by unit, in one statement.

    Whoever leaves stops being either, so that all of them work here.
    """
    rows = session.execute(select(Unit.id, Unit.head_id, Unit.deputy_id).order_by(Unit.id))
    return {row.id: (row.head_id, row.deputy_id) for row in rows}


def list_headed(session: Session, staff_id: int) -> list[Unit]:
    """The units whose head or deputy somebody is, in the institution's order."""
    is_named = or_(Unit.head_id == staff_id, Unit.deputy_id == staff_id)
    return list(session.scalars(select(Unit).where(is_named).order_by(Unit.position, Unit.id)))
