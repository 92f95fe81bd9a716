"""What those who keep the posts of the demonstration have signed, and are qualified for."""

from datetime import timedelta

from sqlalchemy import select

from portal.catalog.models import Post, PostStaff, Service
from portal.catalog.queries import list_posts
from portal.core.actor import SYSTEM, Actor
from portal.demonstration.people import QUALIFIED_FOR, STATEMENT
from portal.demonstration.scene import Scene
from portal.duty.services.qualifying import qualify
from portal.duty.services.statements import set_statement, sign_statement
from portal.identity.models import Role, RoleAssignment

_CLERKS = (
    select(RoleAssignment.staff_id)
    .join(Role, Role.id == RoleAssignment.role_id)
    .where(Role.code == "clerk")
    .order_by(RoleAssignment.staff_id)
)
#: How long ago it was set and signed, and for how long a qualification holds.
SET, SIGNED = timedelta(days=30), timedelta(days=29)


def sign_statements(scene: Scene) -> None:
    """Every post has its statement, signed by all who serve there; one service asks for more."""
    session = scene.session
    for post in list_posts(session):
        set_statement(
            session, post=post, text=STATEMENT, number=0, actor=SYSTEM, now=scene.now - SET
        )
        for staff_id in _list_people(scene, post):
            sign_statement(
                session,
                post=post,
                number=1,
                actor=Actor("staff", staff_id),
                now=scene.now - SIGNED,
            )
    _qualify(scene)


def _qualify(scene: Scene) -> None:
    """The last service is for those who are qualified: all who serve at windows, or may."""
    session = scene.session
    found = select(Service).where(Service.is_active)
    service = session.scalars(found.order_by(Service.position.desc(), Service.id.desc())).first()
    if service is None:
        return
    service.asks_qualification = True
    for staff_id in session.scalars(_CLERKS).all():
        qualify(
            session,
            service=service,
            staff_id=staff_id,
            valid_until=scene.today + timedelta(days=QUALIFIED_FOR),
            actor=SYSTEM,
            now=scene.now - SIGNED,
        )


def _list_people(scene: Scene, post: Post) -> list[int]:
    found = select(PostStaff.staff_id).where(PostStaff.post_id == post.id)
    return sorted(scene.session.scalars(found))
