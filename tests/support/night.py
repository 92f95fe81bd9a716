"""A desk that never closes on the evening before a night for which nobody comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.duty.queries import list_held
from portal.duty.roster_models import Shift
from portal.duty.services.presence import sign_in, sign_out
from portal.identity.models import Staff
from tests.support.live import Live, end_limits
from tests.support.world import SHANGHAI, local

#: Before ten, and after it.
_TURNS = (timedelta(), timedelta(minutes=10))


@dataclass(frozen=True)
class Night:
    """What the desk is called, who leaves it at ten, and whose shift begins then."""

    post_name: dict[str, str]
    post_code: str
    leaving: str
    coming: str
    coming_name: str


def come_to_the_evening(live: Live, slug: str) -> Night:
    """Let it be five to ten with the late shift there; nothing else is waited for."""
    world = live.worlds()[slug]
    today = world.now.astimezone(SHANGHAI).date()
    live.wait(seconds=(local(today, 21, 55) - world.now).total_seconds())

    def arrange(session: Session) -> Night:
        end_limits(session, world.now)
        post = session.scalars(select(Post).where(Post.code == "duty")).one()
        for held in list_held(session, post_ids=[post.id]):
            actor = Actor("staff", held.presence.staff_id)
            sign_out(session, presence=held.presence, actor=actor, now=world.now)
        late, night = (_find_keeper(session, post, world.now + later) for later in _TURNS)
        sign_in(session, post=post, actor=Actor("staff", late.id), now=world.now)
        return Night(dict(post.name), post.code, late.number, night.number, night.name)

    return world.do(arrange)


def _find_keeper(session: Session, post: Post, at: datetime) -> Staff:
    """Who has the shift by the roster."""
    found = (
        select(Staff)
        .join(Shift, Shift.staff_id == Staff.id)
        .where(
            Shift.post_id == post.id,
            Shift.state == "published",
            Shift.starts_at <= at,
            Shift.ends_at > at,
        )
    )
    return session.scalars(found).one()
