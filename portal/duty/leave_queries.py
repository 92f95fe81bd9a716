"""Reads of leave: one's own, what one is asked to cover, and what one is to decide."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveState
from portal.identity.models import Staff

#: How many requests wait on a page beside one's own.
WAITING = 50


@dataclass(frozen=True)
class Viewer:
    """Who looks at leave: the person, and the units whose roster they keep (None: all)."""

    staff_id: int
    kept: Collection[int] | None


def get_leave(session: Session, leave_id: int, viewer: Viewer) -> Leave:
    """A leave for whoever asked, covers or decides; raises NotFound for everybody else."""
    found = select(Leave).join(Staff, Staff.id == Leave.staff_id).where(Leave.id == leave_id)
    leave = session.scalars(found.where(or_(_has_part(viewer), _may_decide(viewer)))).first()
    if leave is None:
        raise NotFound
    return leave


def may_decide(session: Session, leave: Leave, viewer: Viewer) -> bool:
    """Whether somebody keeps the roster of the unit of whoever asked, and did not ask."""
    if leave.staff_id == viewer.staff_id:
        return False
    unit_id = session.scalars(select(Staff.unit_id).where(Staff.id == leave.staff_id)).one()
    return viewer.kept is None or unit_id in viewer.kept


def list_own(session: Session, staff_id: int, page: int) -> Listing[Leave]:
    """One page of somebody's own leave, the latest first."""
    found = select(Leave).where(Leave.staff_id == staff_id)
    return fetch_page(session, found.order_by(Leave.until_at.desc(), Leave.id.desc()), page)


def list_to_cover(session: Session, staff_id: int, *, now: datetime) -> list[Leave]:
    """What somebody is asked to cover and has not answered, the earliest first."""
    found = _waiting(now).where(Leave.cover_staff_id == staff_id, Leave.cover_accepted_at.is_(None))
    return list(session.scalars(found))


def list_to_decide(session: Session, viewer: Viewer, *, now: datetime) -> list[Leave]:
    """What somebody is to decide, the earliest first."""
    found = (
        _waiting(now)
        .join(Staff, Staff.id == Leave.staff_id)
        .where(_may_decide(viewer), Leave.staff_id != viewer.staff_id)
    )
    return list(session.scalars(found))


def _waiting(now: datetime) -> Select[Leave]:
    found = select(Leave).where(Leave.until_at > now, Leave.state == LeaveState.ASKED)
    return found.order_by(Leave.from_at, Leave.id).limit(WAITING)


def _has_part(viewer: Viewer) -> ColumnElement[bool]:
    return or_(Leave.staff_id == viewer.staff_id, Leave.cover_staff_id == viewer.staff_id)


def _may_decide(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.kept is None:
        return Leave.id.is_not(None)
    return Staff.unit_id.in_(sorted(viewer.kept))
