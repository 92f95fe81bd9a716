"""Handing back what was taken over for a while, with what became of it (C-4)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.handover.models import Handover
from portal.handover.queries import find_open
from portal.handover.rules import OpenAlready, Reason, State, Verb, next_state
from portal.handover.services.making import lock, make


def give_back(
    session: Session, *, original: Handover, version: int, actor: Actor, now: datetime
) -> Handover:
    """Whoever took it over lists what is left of it, and what was done, for whoever gave it.

    It goes back by the same two signatures. Raises WrongState and OpenAlready.
    """
    lock(session, original, version)
    if actor.kind != "staff" or actor.id != original.receiver_id or actor.id is None:
        raise NotFound
    next_state(State(original.state), Verb.RETURN)
    if find_open(session, post_id=original.post_id, giver_id=actor.id) is not None:
        raise OpenAlready
    handover = Handover(
        post_id=original.post_id,
        giver_id=actor.id,
        receiver_id=original.giver_id,
        reason=Reason.RETURN,
        returns_id=original.id,
    )
    return make(session, handover, actor=actor, now=now)
