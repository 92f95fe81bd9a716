"""What becomes of matters when somebody leaves or a post closes: none is left to nobody (I-1)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.identity.models import Staff
from portal.identity.queries.heads import find_deputy, find_head, find_superior
from portal.identity.queries.staff import get_working_staff
from portal.matters.leaving_rules import WORKED_ON, Duty, NoOtherPost
from portal.matters.models import Matter
from portal.matters.queries import (
    LIVE_MATTERS,
    answerer_of,
    answers_apart,
    find_desk_post,
    list_asked,
)
from portal.matters.rules import State, Verb, next_state
from portal.matters.services.answering import find_working
from portal.matters.services.assisting import list_owing, pass_help_on
from portal.matters.services.stepping import note


def _conditions(staff_id: int) -> list[tuple[Duty, ColumnElement[bool]]]:
    """By which index each duty of somebody is found."""
    first_asked, instead = answers_apart(staff_id)
    return [
        (Duty.HOLDS, and_(LIVE_MATTERS, Matter.holder_staff_id == staff_id)),
        (Duty.ANSWERS, and_(LIVE_MATTERS, first_asked)),
        (Duty.ANSWERS, and_(LIVE_MATTERS, instead)),
        (Duty.OFFERED, Matter.offered_to_id == staff_id),
        (Duty.DECIDES, and_(Matter.state == State.DISPUTED, Matter.arbiter_id == staff_id)),
        (
            Duty.ACKNOWLEDGES,
            and_(Matter.state == State.REPORTED, Matter.reported_to_id == staff_id),
        ),
    ]


def list_in_hands(session: Session, staff_id: int) -> list[tuple[Matter, Duty]]:
    """The live matters that somebody cannot leave behind, by number, each with its first duty."""
    found: dict[int, tuple[Matter, Duty]] = {}
    for duty, condition in _conditions(staff_id):
        for matter in session.scalars(select(Matter).where(condition)):
            found.setdefault(matter.id, (matter, duty))
    for matter in list_owing(session, staff_id):
        found.setdefault(matter.id, (matter, Duty.HELPS))
    return [found[matter_id] for matter_id in sorted(found)]


def hand_matters_over(
    session: Session, *, staff_id: int, to_staff_id: int, actor: Actor, now: datetime
) -> None:
    """Everything that somebody owes live matters goes to where it is owed from now on.

    What that one holds goes to the successor, who becomes the first receiver where the leaver
    was; while it is worked on, it belongs to the successor's unit. Who was asked first stays so
    for ever (W-SW-1): the successor stands in, answers to the person, and gives the help that the
    leaver was asked for. An offer to the leaver
    comes back to the giver and counts as no return. What the leaver was to decide goes above,
    what was reported to the leaver goes to the head or deputy of the unit. Raises HasLeft for a
    successor who does not work here.
    """
    successor = get_working_staff(session, to_staff_id)
    owed = sorted(matter.id for matter, _duty in list_in_hands(session, staff_id))
    for matter in list_locked(session, owed):
        _take_over(session, matter, staff_id, successor, actor=actor, now=now)
        if matter.reported_to_id == staff_id and matter.state == State.REPORTED:
            _report_to_other(session, matter, staff_id, successor, actor=actor, now=now)
        pass_help_on(session, matter, staff_id, successor, actor=actor, now=now)
        if matter.state == State.DISPUTED:
            _have_other_decide(session, matter, staff_id, actor=actor, now=now)


def list_locked(session: Session, matter_ids: Sequence[int]) -> Iterator[Matter]:
    """Matters in ascending order, each in nobody else's hand; ended ones are left out."""
    for matter_id in matter_ids:
        found = select(Matter).where(Matter.id == matter_id, LIVE_MATTERS).with_for_update()
        yield from session.scalars(found.execution_options(populate_existing=True)).all()


def _take_over(
    session: Session, matter: Matter, leaver: int, successor: Staff, *, actor: Actor, now: datetime
) -> None:
    """The successor holds it and answers for it, wherever the leaver did."""
    holds, answers = matter.holder_staff_id == leaver, answerer_of(matter) == leaver
    if matter.offered_to_id == leaver:
        end_offer(session, matter, Verb.RECALL, actor=actor, now=now)
    elif holds and matter.offered_to_id == successor.id:
        # Nobody is offered what is in the own hands.
        end_offer(session, matter, Verb.TAKE_BACK, actor=actor, now=now)
    if answers:
        is_first = successor.id == matter.first_asked_id
        matter.stands_in_id = None if is_first else successor.id
    if matter.first_received_id == leaver:
        matter.first_received_id = successor.id
    if holds:
        matter.holder_staff_id = successor.id
        if matter.state in WORKED_ON:
            matter.unit_id = successor.unit_id
        note(session, matter, "handed_over", actor=actor, now=now, staff_id=leaver)
    elif answers:
        note(session, matter, "stood_in", actor=actor, now=now, staff_id=successor.id)


def end_offer(session: Session, matter: Matter, verb: Verb, *, actor: Actor, now: datetime) -> None:
    """An offer that nobody has answered is off; the matter is in hand."""
    matter.state = next_state(State(matter.state), verb)
    asked, matter.offered_to_id, matter.answer_until = matter.offered_to_id, None, None
    note(session, matter, verb, actor=actor, now=now, staff_id=asked)


def _report_to_other(
    session: Session, matter: Matter, leaver: int, successor: Staff, *, actor: Actor, now: datetime
) -> None:
    """The head of the unit acknowledges, else the deputy, else who is above, else the successor."""
    assert matter.unit_id is not None
    heads = (
        find_head(session, matter.unit_id),
        find_deputy(session, matter.unit_id),
        find_superior(session, [leaver]),
        successor,
    )
    others = [head.id for head in heads if head is not None and head.id != leaver]
    reader = find_working(session, others)
    matter.reported_to_id = reader.id if reader else successor.id
    note(session, matter, "report_moved", actor=actor, now=now, staff_id=matter.reported_to_id)


def _have_other_decide(
    session: Session, matter: Matter, leaver: int, *, actor: Actor, now: datetime
) -> None:
    """Somebody above who has no part in the dispute; else whoever leads everything (none named)."""
    parties = list_asked(session, matter)
    if matter.arbiter_id != leaver and matter.arbiter_id not in parties:
        return
    above = (find_superior(session, parties), find_superior(session, [leaver, *parties]))
    others = [one.id for one in above if one is not None and one.id not in (leaver, *parties)]
    arbiter = find_working(session, others)
    matter.arbiter_id = arbiter.id if arbiter else None
    note(session, matter, "decision_moved", actor=actor, now=now, staff_id=matter.arbiter_id)


def list_of_unit(session: Session, unit_id: int) -> list[Matter]:
    """The live matters that a unit answers for, by number."""
    found = select(Matter).where(LIVE_MATTERS, Matter.unit_id == unit_id)
    # Put in order here: the embedded database would walk through all there are for it.
    return sorted(session.scalars(found), key=lambda matter: matter.id)


def pass_to_other_post(session: Session, *, post_id: int, actor: Actor, now: datetime) -> None:
    """What waits at a post that has closed waits at the next that is open.

    Raises NoOtherPost when there is none.
    """
    waiting = select(Matter.id).where(LIVE_MATTERS, Matter.holder_post_id == post_id)
    matter_ids = sorted(session.scalars(waiting))
    if not matter_ids:
        return
    try:
        target = find_desk_post(session)
    except NotFound as error:
        raise NoOtherPost from error
    for matter in list_locked(session, matter_ids):
        if matter.holder_post_id == post_id:
            matter.holder_post_id = target
            note(session, matter, "post_moved", actor=actor, now=now)
