"""Taking a post and a person in hand, so that two who act at once are one after the other."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.errors import NotFound
from portal.duty.models import Presence
from portal.duty.queries import FRESH, Held, list_held
from portal.duty.rules import NotSignedIn
from portal.identity.models import Staff


def lock_post(session: Session, post_id: int) -> Post:
    """A post in nobody else's hand until this transaction ends; raises NotFound."""
    found = (
        select(Post)
        .where(Post.id == post_id)
        .with_for_update(key_share=True)
        .execution_options(**FRESH)
    )
    post = session.scalars(found).first()
    if post is None:
        raise NotFound
    return post


def lock_person(session: Session, staff_id: int) -> Staff:
    """A person likewise; raises NotFound for who has left. Posts are taken before people."""
    found = (
        select(Staff)
        .where(Staff.id == staff_id, Staff.left_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(**FRESH)
    )
    person = session.scalars(found).first()
    if person is None:
        raise NotFound
    return person


def lock_presence(session: Session, presence: Presence) -> Held:
    """A presence with its post and its person in hand, as it stands; raises NotSignedIn."""
    lock_post(session, presence.post_id)
    lock_person(session, presence.staff_id)
    held = list_held(session, staff_id=presence.staff_id)
    for one in held:
        if one.presence.id == presence.id:
            return one
    raise NotSignedIn


def end_presence(session: Session, presence: Presence, at: datetime) -> None:
    """Sign out as of a moment; who was away stays gone since leaving."""
    presence.left_at = min(presence.left_at or at, at)
    presence.signed_out_at = at
    session.flush()
