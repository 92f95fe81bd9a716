"""What floors below ask and tell: who has left, which post has closed, who is on duty."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.events import DesksAsked, OnDesk, PostChanged, desks_asked, post_changed
from portal.catalog.queries import get_post
from portal.core.actor import Actor
from portal.duty.queries import Held, list_desks, list_held
from portal.duty.services.concurring import withdraw_requests
from portal.duty.services.holding import lock_post
from portal.duty.services.presence import sign_out_for
from portal.duty.services.watching import follow_post
from portal.identity.staff_events import StaffLeft, staff_left


@staff_left.connect
def end_presences(event: StaffLeft) -> None:
    """Sign out whoever has left, and let nobody decide on what that person asked for."""
    session, actor, now = event.session, event.actor, event.now
    withdraw_requests(session, event.staff_id, actor=actor, now=now)
    _end(session, list_held(session, staff_id=event.staff_id), actor, now)


@post_changed.connect
def follow_closed_post(event: PostChanged) -> None:
    """A post that closes needs nobody; one with other hours needs somebody by those."""
    session, post = event.session, get_post(event.session, event.post_id)
    if not post.is_active:
        _end(session, list_held(session, post_ids=[post.id]), event.actor, event.now)
    follow_post(session, post, actor=event.actor, now=event.now)


@desks_asked.connect
def name_on_desks(question: DesksAsked) -> list[OnDesk]:
    """Who is on duty at the posts that never close."""
    return [
        OnDesk(post.name, held.name if held else "", held.presence.signed_in_at if held else None)
        for post, held in list_desks(question.session)
    ]


def _end(session: Session, found: list[Held], actor: Actor, now: datetime) -> None:
    """Post by post in ascending order; whoever covered there is free with it."""
    for held in sorted(found, key=lambda one: (one.presence.post_id, one.presence.is_cover)):
        lock_post(session, held.presence.post_id)
        if held.presence.signed_out_at is None:
            sign_out_for(session, held, at=now, actor=actor, now=now)
