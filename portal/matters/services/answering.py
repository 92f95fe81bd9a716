"""Who may be given a matter: somebody who works here, and goes on doing so until it is given."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.identity.models import Staff, Unit
from portal.identity.queries.heads import find_deputy, find_head
from portal.identity.queries.staff import HasLeft, get_working_staff, list_holders
from portal.matters.leaving_rules import NobodyAnswers
from portal.matters.models import Matter
from portal.matters.permissions import LEAD
from portal.matters.queries import answerer_of


def find_working(session: Session, staff_ids: Iterable[int | None]) -> Staff | None:
    """The first of some people who works here; that one leaves not before this is written."""
    for staff_id in staff_ids:
        if staff_id is None:
            continue
        try:
            return get_working_staff(session, staff_id)
        except HasLeft:
            continue
    return None


def give_to_answerer(session: Session, matter: Matter, actor: Actor) -> None:
    """Put a matter into the hands of whoever answers to the person.

    Where that one does not work here any more, whoever makes the step stands in from now on.
    Raises HasLeft when that one has left as well.
    """
    answerer = answerer_of(matter)
    holder = find_working(session, [answerer, actor.id])
    if holder is None:
        raise HasLeft
    _hold(matter, holder)
    if holder.id != answerer:
        matter.stands_in_id = holder.id


def give_again(session: Session, matter: Matter, actor: Actor) -> None:
    """Put a matter that is opened again into the hands of whoever handled it.

    Where nobody of those works here any more: the head of its unit, the deputy, whoever opened
    it again, anybody who leads. Who takes the place of the first receiver, or of the first
    asked, is named as such; a unit that has closed gives way to the holder's. Raises
    NobodyAnswers.
    """
    own = [matter.first_received_id, matter.stands_in_id, matter.first_asked_id]
    holder = find_working(session, own) or _find_above(session, matter, actor)
    if holder is None:
        raise NobodyAnswers
    if matter.first_received_id is not None:
        matter.first_received_id = holder.id
    _hold(matter, holder)
    if find_working(session, [answerer_of(matter)]) is None:
        matter.stands_in_id = holder.id
    if matter.unit_id is not None and not _is_open(session, matter.unit_id):
        matter.unit_id = holder.unit_id


def _find_above(session: Session, matter: Matter, actor: Actor) -> Staff | None:
    named: list[int | None] = []
    if matter.unit_id is not None:
        heads = find_head(session, matter.unit_id), find_deputy(session, matter.unit_id)
        named = [head.id for head in heads if head is not None]
    if actor.kind == "staff":
        named.append(actor.id)
    return find_working(session, named) or find_working(session, list_holders(session, LEAD))


def _hold(matter: Matter, holder: Staff) -> None:
    matter.holder_staff_id, matter.holder_post_id = holder.id, None


def _is_open(session: Session, unit_id: int) -> bool:
    """Whether a unit is open; it stays so until this transaction ends."""
    found = select(Unit.is_active).where(Unit.id == unit_id).with_for_update(read=True)
    return bool(session.scalar(found))
