"""One goes and another comes at a post in the same second, so that it is never empty (先進後出)."""

from contextlib import nullcontext, suppress
from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.duty.queries import list_held
from portal.duty.services.holding import lock_person, lock_post
from portal.duty.services.presence import sign_in, sign_out_for


def relieve(
    session: Session,
    *,
    post: Post,
    giver_id: int,
    receiver_id: int,
    actor: Actor,
    now: datetime,
    is_emergency: bool = False,
) -> bool:
    """Put the receiver in the place of a giver who is signed in there; whether that one was.

    The receiver is let in as by the own tap, or nothing changes: raises what ``sign_in`` raises.
    In an emergency the giver is signed out all the same, and the empty post raises its alarm.
    """
    lock_post(session, post.id)
    for staff_id in sorted((giver_id, receiver_id)):
        lock_person(session, staff_id)
    held = list_held(session, post_ids=[post.id])
    leaving = [
        one for one in held if one.presence.staff_id == giver_id and not one.presence.is_cover
    ]
    if not leaving:
        return False
    sign_out_for(session, leaving[0], at=now, actor=actor, now=now)
    with suppress(DomainError) if is_emergency else nullcontext():
        sign_in(session, post=post, actor=Actor("staff", receiver_id), now=now)
    return True
