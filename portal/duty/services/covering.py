"""Standing in for whoever is away (頂崗): B or C serves, and what is in hand stays with A.

To be B of a post is standing approval for it, so that somebody with an own post covers one more.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.duty.models import Presence
from portal.duty.queries import find_place, list_held
from portal.duty.rules import (
    CoveredAlready,
    CoversElsewhere,
    NobodyAway,
    NoPlace,
    TwoPostsAtMost,
    YouAreAway,
)
from portal.duty.services.fitness import check_fit
from portal.duty.services.holding import lock_person, lock_post
from portal.duty.services.presence import end_lapsed
from portal.duty.services.watching import follow_post


def cover(session: Session, *, post: Post, actor: Actor, now: datetime) -> Presence:
    """Stand in at a post until whoever is away comes back or signs out.

    Raises NoPlace, NobodyAway, CoveredAlready, and, for who cannot: YouAreAway, CoversElsewhere
    TwoPostsAtMost (Q10), Unsigned and Unqualified.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotFound
    end_lapsed(session, now)
    post = lock_post(session, post.id)
    lock_person(session, actor.id)
    if not find_place(session, post_id=post.id, staff_id=actor.id):
        raise NoPlace
    _check_post(session, post, actor.id)
    _check_person(session, actor.id)
    check_fit(session, post, actor.id, now=now)
    presence = Presence(post_id=post.id, staff_id=actor.id, signed_in_at=now, is_cover=True)
    session.add(presence)
    session.flush()
    record(
        session,
        "duty.presence.covered",
        subject=("presence", presence.id),
        actor=actor,
        now=now,
        post=post.id,
        staff=actor.id,
    )
    follow_post(session, post, actor=actor, now=now)
    return presence


def _check_post(session: Session, post: Post, staff_id: int) -> None:
    """Somebody else is away, and nobody stands in yet."""
    held = list_held(session, post_ids=[post.id])
    if not any(one.absence and one.presence.staff_id != staff_id for one in held):
        raise NobodyAway
    for one in held:
        if one.presence.is_cover:
            raise CoveredAlready(who=one.name)


def _check_person(session: Session, staff_id: int) -> None:
    """Whoever stands in is there, and looks after one post more than the own at most."""
    held = list_held(session, staff_id=staff_id)
    for one in held:
        where = session.get_one(Post, one.presence.post_id).name
        if one.presence.is_cover:
            raise CoversElsewhere(where=where)
        if one.presence.concurrency_id is not None:
            raise TwoPostsAtMost(where=where)
        if one.absence is not None:
            raise YouAreAway(where=where)
