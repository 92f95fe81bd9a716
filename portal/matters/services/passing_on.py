"""What somebody holds goes to the colleague who takes over the post (交接, W-AB-3, I-6)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import TryAgain
from portal.identity.models import Staff
from portal.identity.queries.staff import get_working_staff
from portal.matters.leaving_rules import WORKED_ON
from portal.matters.models import Matter
from portal.matters.queries import LIVE_MATTERS, answerer_of
from portal.matters.rules import Verb
from portal.matters.services.handing_over import end_offer, list_locked
from portal.matters.services.stepping import note


def list_held(session: Session, staff_id: int) -> list[Matter]:
    """The live matters that somebody holds, by number."""
    found = select(Matter).where(LIVE_MATTERS, Matter.holder_staff_id == staff_id)
    rows = session.scalars(found.execution_options(populate_existing=True))
    return sorted(rows, key=lambda matter: matter.id)


def pass_on(
    session: Session,
    *,
    matter_ids: Collection[int],
    giver_id: int,
    receiver_id: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Some matters of a giver get another holder, all in the running transaction.

    Who was asked first, and who received it first, stays so for ever; where the giver was to
    answer to the person next, the receiver stands in. Raises HasLeft, and TryAgain when the giver
    does not hold one of them any more, which whoever runs again sees.
    """
    receiver = get_working_staff(session, receiver_id)
    for matter in list_locked(session, sorted(matter_ids)):
        if matter.holder_staff_id != giver_id:
            raise TryAgain
        _give(session, matter, giver_id, receiver, actor=actor, now=now)


def _give(
    session: Session, matter: Matter, giver_id: int, receiver: Staff, *, actor: Actor, now: datetime
) -> None:
    if matter.offered_to_id == receiver.id:
        # Nobody is offered what is in the own hands.
        end_offer(session, matter, Verb.TAKE_BACK, actor=actor, now=now)
    if matter.state in WORKED_ON:
        matter.unit_id = receiver.unit_id
    elif answerer_of(matter) == giver_id:
        matter.stands_in_id = None if receiver.id == matter.first_asked_id else receiver.id
    matter.holder_staff_id = receiver.id
    note(session, matter, "handed_over", actor=actor, now=now, staff_id=giver_id)
