"""What is to be seen of duty in the demonstration: a badge, a post's sign, a request to decide."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import PostStaff
from portal.catalog.queries import list_posts
from portal.core.actor import Actor
from portal.duty.badges import badge_token
from portal.duty.queries import list_held, list_places
from portal.duty.services.concurring import ask
from portal.identity.models import Staff, Unit
from tests.support.world import World


@dataclass(frozen=True)
class OnDuty:
    """Where a member of staff is signed in, and the other post of that person."""

    presence_id: int
    post_code: str
    other_post_id: int
    badge: str


def look_at_duty(world: World, number: str) -> OnDuty:
    """What the pages of somebody's duty are called by; who has one post only is C of another."""

    def look(session: Session) -> OnDuty:
        person = session.scalars(select(Staff).where(Staff.number == number)).one()
        [held] = list_held(session, staff_id=person.id)
        posts = [post for post, _position in list_places(session, person.id)]
        [own] = [post for post in posts if post.id == held.presence.post_id]
        other = next((post for post in posts if post.id != own.id), None)
        if other is None:
            other = next(post for post in list_posts(session) if post.id != own.id)
            session.add(PostStaff(post_id=other.id, staff_id=person.id, position="C"))
        token = badge_token(person.id)
        return OnDuty(held.presence.id, own.code, other.id, token)

    return world.do(look)


def ask_for_second_post(world: World, number: str, decider: str) -> int:
    """Have somebody ask for the other post, on which somebody else decides; the request's id."""
    place = look_at_duty(world, number)

    def work(session: Session) -> int:
        asker, head = (
            session.scalars(select(Staff).where(Staff.number == one)).one()
            for one in (number, decider)
        )
        [post] = [
            post
            for post, _position in list_places(session, asker.id)
            if post.id == place.other_post_id
        ]
        session.get_one(Unit, post.unit_id).deputy_id = head.id
        session.flush()
        return ask(
            session,
            post=post,
            reason="同事看牙，下午回來",
            until_at=world.now + timedelta(hours=3),
            actor=Actor("staff", asker.id),
            now=world.now,
        ).id

    return world.do(work)
