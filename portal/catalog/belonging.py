"""What of the catalogue is in somebody's hands or belongs to a unit, when identity asks."""

from sqlalchemy import select

from portal.catalog.models import Post, PostStaff, Service
from portal.catalog.services.posts import assign_staff, release_staff
from portal.identity.staff_events import (
    HandingOver,
    Holding,
    StaffLeaving,
    UnitClosing,
    handing_over,
    staff_leaving,
    unit_closing,
)


@staff_leaving.connect
def list_staffed(question: StaffLeaving) -> list[Holding]:
    """The posts at which somebody serves, closed ones too: they may open again."""
    posts = question.session.scalars(
        select(Post)
        .join(PostStaff, PostStaff.post_id == Post.id)
        .where(PostStaff.staff_id == question.staff_id)
    )
    return [_of(post) for post in posts]


@handing_over.connect
def hand_posts_over(event: HandingOver) -> None:
    """Put the colleague in the same position of each post; one who serves there keeps it."""
    session = event.session
    held = session.execute(
        select(Post, PostStaff.position)
        .join(PostStaff, PostStaff.post_id == Post.id)
        .where(PostStaff.staff_id == event.staff_id)
        .order_by(Post.id)
    ).all()
    theirs = set(
        session.scalars(select(PostStaff.post_id).where(PostStaff.staff_id == event.to_staff_id))
    )
    for post, position in held:
        release_staff(session, post=post, staff_id=event.staff_id, actor=event.actor, now=event.now)
        if post.id not in theirs:
            assign_staff(
                session,
                post=post,
                staff_id=event.to_staff_id,
                position=position,
                actor=event.actor,
                now=event.now,
            )


@unit_closing.connect
def list_of_unit(question: UnitClosing) -> list[Holding]:
    """The open posts and services of a unit."""
    session, unit_id = question.session, question.unit_id
    posts = session.scalars(select(Post).where(Post.unit_id == unit_id, Post.is_active))
    services = session.scalars(
        select(Service).where(Service.unit_id == unit_id, Service.is_active).order_by(Service.id)
    )
    return [_of(post) for post in posts] + [
        Holding("service", service.id, service.name) for service in services
    ]


def _of(post: Post) -> Holding:
    return Holding("post", post.id, post.name, post.plate)
