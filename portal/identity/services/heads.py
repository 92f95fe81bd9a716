"""Who answers for a unit: naming a head and a deputy, and what becomes of it when they leave."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_
from portal.core.ledger import record
from portal.core.versions import advance
from portal.identity.models import Staff, Unit
from portal.identity.queries.staff import HasLeft


@dataclass(frozen=True)
class Heads:
    """Who is named for a unit; None: nobody."""

    head_id: int | None = None
    deputy_id: int | None = None


def check_heads(session: Session, heads: Heads) -> None:
    """Let only people who work here be named; none of them leaves until this transaction ends.

    People are locked before units, here and where somebody leaves. Raises HasLeft on the field
    ``head`` or ``deputy``.
    """
    named = {"head": heads.head_id, "deputy": heads.deputy_id}
    ids = {staff_id for staff_id in named.values() if staff_id is not None}
    if not ids:
        return
    locked = (
        select(Staff)
        .where(Staff.id.in_(sorted(ids)))
        .order_by(Staff.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    working = {staff.id for staff in session.scalars(locked) if staff.left_at is None}
    for field, staff_id in named.items():
        if staff_id is not None and staff_id not in working:
            raise HasLeft(N_("Choose a colleague who works here."), field=field)


def step_down(session: Session, *, staff_id: int, actor: Actor, now: datetime) -> None:
    """Take somebody who leaves from the head of every unit; no deputy moves up by it.

    The person's row is locked by the caller, so that nobody names it meanwhile. A form on which
    the person still stands is refused as stale afterwards.
    """
    headed = (
        select(Unit)
        .where(or_(Unit.head_id == staff_id, Unit.deputy_id == staff_id))
        .order_by(Unit.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for unit in session.scalars(headed).all():
        advance(session, unit, unit.version)
        was_head = unit.head_id == staff_id
        if was_head:
            unit.head_id = None
        else:
            unit.deputy_id = None
        code = "identity.unit.head_left" if was_head else "identity.unit.deputy_left"
        record(session, code, subject=("unit", unit.id), actor=actor, now=now, staff=staff_id)
    session.flush()
