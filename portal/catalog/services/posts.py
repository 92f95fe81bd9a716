"""Keeping posts and who serves there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.events import OffersEvent, PostChanged, offers_changed, post_changed
from portal.catalog.models import Offering, Post, PostStaff
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, NotFound
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.versions import advance
from portal.identity.queries.staff import get_open_unit, get_working_staff


@dataclass(frozen=True)
class PostDetails:
    """Everything that is written about a post."""

    unit_id: int
    code: str
    name: Localized
    plate: str
    place: Localized
    way: Localized
    schedule_id: int | None
    #: Its place in lists; the smallest comes first.
    position: int


def create_post(session: Session, *, details: PostDetails, actor: Actor, now: datetime) -> Post:
    """Add a post; raises CodeTaken and UnitClosed."""
    get_open_unit(session, details.unit_id)
    post = Post()
    _write(post, details)
    session.add(post)
    session.flush()
    record(session, "catalog.post.created", subject=("post", post.id), actor=actor, now=now)
    return post


def change_post(
    session: Session,
    *,
    post: Post,
    version: int,
    details: PostDetails,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a post; raises CodeTaken, UnitClosed for a new unit, and Stale."""
    advance(session, post, version)
    if post.unit_id != details.unit_id:
        get_open_unit(session, details.unit_id)
    has_other_hours = post.schedule_id != details.schedule_id
    _write(post, details)
    session.flush()
    record(session, "catalog.post.changed", subject=("post", post.id), actor=actor, now=now)
    if has_other_hours:
        tell_offers(session, post, now)
        post_changed.send(PostChanged(session, post.id, actor, now))


def set_post_active(
    session: Session, *, post: Post, is_active: bool, actor: Actor, now: datetime
) -> None:
    """Close a post or open it again; whoever is booked there is told, by who has booked them.

    Closing one that is closed already does nothing.
    """
    if post.is_active is is_active:
        return
    advance(session, post, post.version)
    post.is_active = is_active
    session.flush()
    what = "opened" if is_active else "closed"
    record(session, f"catalog.post.{what}", subject=("post", post.id), actor=actor, now=now)
    tell_offers(session, post, now)
    if not is_active:
        post_changed.send(PostChanged(session, post.id, actor, now))


def assign_staff(
    session: Session, *, post: Post, staff_id: int, position: str, actor: Actor, now: datetime
) -> None:
    """Have somebody serve at a post as A, B or C; a second time changes the position.

    Raises HasLeft.
    """
    if position not in ("A", "B", "C"):
        raise DomainError(N_("Choose A, B or C."), field="position")
    get_working_staff(session, staff_id)
    row = session.scalar(
        select(PostStaff).where(PostStaff.post_id == post.id, PostStaff.staff_id == staff_id)
    )
    if row is None:
        row = PostStaff(post_id=post.id, staff_id=staff_id)
        session.add(row)
    row.position = position
    session.flush()
    record(
        session,
        "catalog.post.staffed",
        subject=("post", post.id),
        actor=actor,
        now=now,
        staff=staff_id,
        position=position,
    )


def release_staff(
    session: Session, *, post: Post, staff_id: int, actor: Actor, now: datetime
) -> None:
    """Have somebody serve at a post no longer; raises NotFound for who does not."""
    row = session.scalar(
        select(PostStaff).where(PostStaff.post_id == post.id, PostStaff.staff_id == staff_id)
    )
    if row is None:
        raise NotFound
    session.delete(row)
    session.flush()
    subject = ("post", post.id)
    record(session, "catalog.post.unstaffed", subject=subject, actor=actor, now=now, staff=staff_id)


def tell_offers(session: Session, post: Post, now: datetime) -> None:
    """Tell whoever publishes by this post's offers."""
    services = session.scalars(select(Offering.service_id).where(Offering.post_id == post.id))
    offers_changed.send(OffersEvent(session, tuple(services), now))


def _write(post: Post, details: PostDetails) -> None:
    post.unit_id, post.code, post.name = details.unit_id, details.code, details.name
    post.plate, post.place, post.way = details.plate, details.place, details.way
    post.schedule_id, post.position = details.schedule_id, details.position
