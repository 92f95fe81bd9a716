"""The head confirms having looked at a closed duty book (C-2)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import Forbidden
from portal.core.ledger import record
from portal.duty.models import Presence
from portal.duty.queries import list_deciders
from portal.duty.services.holding import lock_post
from portal.handover.book_models import DutyBookCheck
from portal.handover.book_queries import find_check
from portal.handover.book_rules import CheckedAlready, StillOpen


def check_book(session: Session, *, presence: Presence, actor: Actor, now: datetime) -> None:
    """Confirm it once; nobody does so for the own book.

    Raises Forbidden for who decides nothing at the post, StillOpen and CheckedAlready.
    """
    post = lock_post(session, presence.post_id)
    if not may_check(session, post, presence, actor):
        raise Forbidden
    if presence.signed_out_at is None:
        raise StillOpen
    if find_check(session, presence.id) is not None:
        raise CheckedAlready
    session.add(DutyBookCheck(presence_id=presence.id, checked_by_id=actor.id, checked_at=now))
    session.flush()
    record(
        session,
        "handover.book.checked",
        subject=("presence", presence.id),
        actor=actor,
        now=now,
        post=post.id,
        staff=presence.staff_id,
    )


def may_check(session: Session, post: Post, presence: Presence, actor: Actor) -> bool:
    """Whether somebody heads the post's unit, or stands above whoever kept the book."""
    return actor.kind == "staff" and actor.id in list_deciders(session, post, presence.staff_id)
