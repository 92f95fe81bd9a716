"""Whose attendance whoever keeps a roster may read."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.listing import PAGE, Listing, nearest
from portal.identity.models import Staff

#: How many people a table to take along has.
MOST = 1000


def list_of_units(
    session: Session,
    within: Collection[int] | None,
    *,
    since: datetime,
    page: int,
    size: int = PAGE,
) -> Listing[Staff]:
    """One page of those who work in some units, or did since a moment, by their numbers.

    ``within``: the units; None: all of them.
    """
    found = select(Staff).where(or_(Staff.left_at.is_(None), Staff.left_at > since))
    if within is not None:
        found = found.where(Staff.unit_id.in_(sorted(within)))
    total = session.scalar(found.with_only_columns(func.count(Staff.id))) or 0
    number = nearest(page, total) if size == PAGE else 1
    rows = session.scalars(
        found.order_by(Staff.number, Staff.id).offset((number - 1) * size).limit(size)
    )
    return Listing(list(rows), number, total)


def get_of_unit(session: Session, staff_id: int, within: Collection[int] | None) -> Staff:
    """Somebody of some units; raises NotFound for anybody else."""
    person = session.get(Staff, staff_id)
    if person is None or (within is not None and person.unit_id not in within):
        raise NotFound
    return person
