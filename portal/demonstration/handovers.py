"""A handover under way when the demonstration begins: the giver has signed, nobody has taken it."""

from sqlalchemy import select

from portal.catalog.models import Post, PostStaff
from portal.catalog.queries import list_posts
from portal.core.actor import Actor
from portal.demonstration.logins import PIN
from portal.demonstration.people import HANDED
from portal.demonstration.scene import Scene
from portal.handover.rules import Kind, Reason
from portal.handover.services import listing
from portal.handover.services.signing import offer
from portal.identity.models import Role, RoleAssignment, Staff
from portal.identity.passwords import hash_password
from portal.identity.services.signing_code import TypedCode
from portal.matters.services.passing_on import list_held


def hand_a_window_over(scene: Scene) -> None:
    """Everybody can sign; the fullest window goes to a clerk who is at no other."""
    session = scene.session
    pin_hash = hash_password(PIN)
    for person in session.scalars(select(Staff)):
        person.pin_hash = pin_hash
    session.flush()
    post = max(list_posts(session), key=lambda one: _count_held(scene, one))
    giver = scene.clerks[post.id]
    handover = listing.begin(
        session,
        post=post,
        receiver_id=_find_reliever(scene, post, giver),
        reason=Reason.SHIFT,
        actor=giver,
        now=scene.now,
    )
    for kind, words in HANDED:
        listing.add_item(
            session,
            handover=handover,
            version=handover.version,
            kind=Kind(kind),
            words=words,
            actor=giver,
            now=scene.now,
        )
    offer(
        session,
        handover=handover,
        version=handover.version,
        typed=TypedCode(PIN, pin_hash),
        actor=giver,
        now=scene.now,
    )


def _count_held(scene: Scene, post: Post) -> int:
    """How many matters who is first in line at a post holds."""
    first = scene.clerks[post.id].id
    return len(list_held(scene.session, first)) if first is not None else 0


def _find_reliever(scene: Scene, post: Post, giver: Actor) -> int:
    """A clerk who is first in line nowhere, named as the post's third; else its second."""
    session = scene.session
    clerks = (
        select(Staff.id)
        .join(RoleAssignment, RoleAssignment.staff_id == Staff.id)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(Role.code == "clerk", Staff.left_at.is_(None))
        .order_by(Staff.number)
    )
    busy = {clerk.id for clerk in scene.clerks.values()}
    named = select(PostStaff.staff_id).where(PostStaff.post_id == post.id)
    taken = set(session.scalars(named))
    free = [one for one in session.scalars(clerks) if one not in busy | taken]
    if free:
        session.add(PostStaff(post_id=post.id, staff_id=free[0], position="C"))
        session.flush()
        return free[0]
    return next(one for one in sorted(taken) if one != giver.id)
