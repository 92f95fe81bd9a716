"""What somebody holds goes to the colleague who takes over the post (交接, W-AB-3, I-6)."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import TryAgain
from portal.identity.models import Staff
from portal.identity.queries.staff import get_working_staff
from portal.matters.leaving_rules import WORKED_ON
from portal.matters.models import Matter
from portal.matters.queries import LIVE_MATTERS, answerer_of, answers_apart
from portal.matters.rules import Verb
from portal.matters.services.handing_over import end_offer, list_locked
from portal.matters.services.stepping import note


def list_held(session: Session, staff_id: int) -> list[Matter]:
    """The live matters that somebody holds, by number."""
    found = select(Matter).where(LIVE_MATTERS, Matter.holder_staff_id == staff_id)
    rows = session.scalars(found.execution_options(populate_existing=True))
    return sorted(rows, key=lambda matter: matter.id)


class Answering(StrEnum):
    """Of what the giver answers to the person for, what the receiver stands in for from then on."""

    #: Nothing: whoever comes back tomorrow goes on answering.
    KEPT = "kept"
    ALL = "all"
    #: What the giver only stands in for.
    INSTEAD = "instead"


def list_answered(session: Session, staff_id: int, answering: Answering) -> list[Matter]:
    """The live matters that somebody answers for so and another one holds, by number."""
    if answering is Answering.KEPT:
        return []
    found: dict[int, Matter] = {}
    for answers in answers_apart(staff_id):
        rows = select(Matter).where(LIVE_MATTERS, answers)
        for matter in session.scalars(rows.execution_options(populate_existing=True)):
            found[matter.id] = matter
    return [
        found[matter_id]
        for matter_id in sorted(found)
        if found[matter_id].holder_staff_id != staff_id
        and _answers(found[matter_id], staff_id, answering)
    ]


def _answers(matter: Matter, staff_id: int, answering: Answering) -> bool:
    if answering is Answering.KEPT:
        return False
    answerer = answerer_of(matter) if answering is Answering.ALL else matter.stands_in_id
    return answerer == staff_id


def pass_on(
    session: Session,
    *,
    matter_ids: Collection[int],
    giver_id: int,
    receiver_id: int,
    actor: Actor,
    now: datetime,
    answered_ids: Collection[int] = (),
    answering: Answering = Answering.KEPT,
) -> None:
    """Some matters of a giver get another holder, all in the running transaction.

    Who was asked first, and who received it first, stays so for ever; where the giver was to
    answer to the person next, the receiver stands in, and so for all that ``answering`` says, also
    of ``answered_ids``, which others hold and go on holding. Raises HasLeft, and TryAgain when the
    giver does not hold one of them any more, or not answer for it, which whoever runs again sees.
    """
    receiver = get_working_staff(session, receiver_id)
    for matter in list_locked(session, sorted({*matter_ids, *answered_ids})):
        is_held, is_answered = matter.id in matter_ids, _answers(matter, giver_id, answering)
        if is_held != (matter.holder_staff_id == giver_id) or not (is_held or is_answered):
            raise TryAgain
        if is_answered:
            _stand_in(matter, receiver)
        if is_held:
            _give(session, matter, giver_id, receiver, actor=actor, now=now)
        else:
            note(session, matter, "stood_in", actor=actor, now=now, staff_id=receiver.id)


def _give(
    session: Session, matter: Matter, giver_id: int, receiver: Staff, *, actor: Actor, now: datetime
) -> None:
    if matter.offered_to_id == receiver.id:
        # Nobody is offered what is in the own hands.
        end_offer(session, matter, Verb.TAKE_BACK, actor=actor, now=now)
    if matter.state in WORKED_ON:
        matter.unit_id = receiver.unit_id
    elif answerer_of(matter) == giver_id:
        _stand_in(matter, receiver)
    matter.holder_staff_id = receiver.id
    note(session, matter, "handed_over", actor=actor, now=now, staff_id=giver_id)


def _stand_in(matter: Matter, receiver: Staff) -> None:
    matter.stands_in_id = None if receiver.id == matter.first_asked_id else receiver.id
