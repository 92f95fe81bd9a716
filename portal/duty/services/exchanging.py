"""Whether two people can keep each other's shifts, by the same rules as in making the roster."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import PostStaff
from portal.duty.candidates import find_obstacle_of
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import DAY, Plan, read_plan
from portal.duty.roster_rules import TROUBLE_LABELS
from portal.duty.services.shifting import CannotKeep, HasNoPlace, rest_of
from portal.identity.models import Staff
from portal.tenancy.queries import get_tenant


def check_exchange(
    session: Session, shift: Shift, back: Shift | None, to_staff_id: int, *, now: datetime
) -> None:
    """Raises HasNoPlace and CannotKeep on "taker", by the roster as it is without the two."""
    taken = [(shift, to_staff_id)]
    if back is not None:
        taken.append((back, shift.staff_id))
    start = min(one.starts_at for one, _taker in taken) - 2 * DAY
    end = max(one.ends_at for one, _taker in taken) + 2 * DAY
    plan = read_plan(session, get_tenant(session), start, end)
    plan = plan.without({one.id for one, _taker in taken})
    for one, taker_id in taken:
        _check_taker(session, plan, one, taker_id, now=now)


def _check_taker(
    session: Session, plan: Plan, shift: Shift, taker_id: int, *, now: datetime
) -> None:
    person = session.get_one(Staff, taker_id)
    place = select(PostStaff.id).where(
        PostStaff.post_id == shift.post_id, PostStaff.staff_id == taker_id
    )
    if session.scalars(place).first() is None or person.left_at is not None:
        raise HasNoPlace(field="taker", name=person.name)
    obstacle = find_obstacle_of(
        plan,
        taker_id,
        shift.post_id,
        [(shift.starts_at, shift.ends_at)],
        rest=rest_of(session, plan.tenant, now),
    )
    if obstacle is not None:
        reason = TROUBLE_LABELS[obstacle[0]]
        raise CannotKeep(field="taker", name=person.name, reason=reason)
