"""Each matter is entered in the duty books of the post at which it is taken down (P-6.2)."""

from datetime import datetime

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.models import Presence
from portal.duty.queries import list_held, list_places
from portal.duty.services.holding import lock_post
from portal.handover.book_models import DutyEntry
from portal.handover.book_queries import find_last_closing
from portal.handover.book_rules import stands_at
from portal.identity.models import Staff
from portal.matters.books_rules import Book, book_of
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.intake_rules import Kind
from portal.matters.models import Matter
from portal.matters.rules import FINISHED, Verb

#: Steps by which something is finished, or opened again.
_TURNS = frozenset({Verb.TELL, Verb.CLOSE, Verb.WITHDRAW, Verb.VOID, Verb.REOPEN})


@matter_stepped.connect
def enter(step: MatterStep) -> None:
    """Where it was taken down is known now and never again; books close one after the other.

    Complaints stand in their own register (P-3.1b).
    """
    if step.code != "opened":
        return
    session, matter = step.session, step.session.get_one(Matter, step.matter_id)
    if book_of(Kind(matter.kind)) is not Book.DUTY:
        return
    post_id = _find_post(session, matter)
    if post_id is None:
        return
    lock_post(session, post_id)
    floor = _find_floor(session, post_id)
    at = stands_at(step.now, floor) if floor is not None else None
    if at is not None:
        session.add(DutyEntry(matter_id=matter.id, post_id=post_id, at=at))
        session.flush()


@matter_stepped.connect
def note_finished(step: MatterStep) -> None:
    """Remember when it was finished, the first time in each round."""
    if step.code not in _TURNS:
        return
    state = step.session.get_one(Matter, step.matter_id).state
    known = DutyEntry.finished_at.is_(None) if state in FINISHED else true()
    step.session.execute(
        update(DutyEntry)
        .where(DutyEntry.matter_id == step.matter_id, known)
        .values(finished_at=step.now if state in FINISHED else None)
        .execution_options(synchronize_session=False)
    )


def _find_post(session: Session, matter: Matter) -> int | None:
    """Where it lies, where whoever took it down is signed in, or else belongs.

    Who is at two posts takes down at the first; who stands in somewhere and is nowhere else, there.
    """
    if matter.holder_post_id is not None:
        return matter.holder_post_id
    if matter.opened_by_id is None:
        return None
    held = [one.presence for one in list_held(session, staff_id=matter.opened_by_id)]
    held.sort(key=lambda one: (one.is_cover, one.concurrency_id is not None, one.id))
    if held:
        return held[0].post_id
    return _find_kept(session, matter.opened_by_id)


def _find_kept(session: Session, staff_id: int) -> int | None:
    """The first of somebody's own posts, then of the unit's, that has books."""
    own = [post.id for post, _position in list_places(session, staff_id)]
    of_unit = (
        select(Post.id)
        .join(Staff, Staff.unit_id == Post.unit_id)
        .where(Staff.id == staff_id, Post.is_active)
        .order_by(Post.position, Post.id)
    )
    near = [*own, *session.scalars(of_unit)]
    kept = select(Presence.id).where(Presence.post_id == Post.id, ~Presence.is_cover).limit(1)
    has_books = kept.scalar_subquery().is_not(None)
    known = set(session.scalars(select(Post.id).where(Post.id.in_(near), has_books)))
    return next((post_id for post_id in near if post_id in known), None)


def _find_floor(session: Session, post_id: int) -> datetime | None:
    """When the last book of a post was closed, or its first opened; none: it has had none."""
    last = find_last_closing(session, post_id)
    if last is not None:
        return last
    for one in list_held(session, post_ids=[post_id]):
        if not one.presence.is_cover:
            return one.presence.signed_in_at
    return None
