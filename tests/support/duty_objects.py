"""Examples of what the pages of duty name: a presence, a post to cover, a request, a badge."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.duty.badges import badge_token
from portal.duty.rules import AwayReason
from portal.duty.services import concurring, presence
from portal.identity.models import Staff


def be_on_duty(session: Session, now: datetime, actor: Actor, post_id: int) -> dict[str, Any]:
    """A clerk is at a post; one colleague is away, one asks for a second post."""
    assert actor.id is not None
    window = session.get_one(Post, post_id)
    own, away, second = (add_post(session, window, code) for code in ("w7", "w5", "w6"))
    clerk = session.scalars(select(Staff).where(Staff.number == "C1")).one()
    absent, asking = (add_person(session, window, number, now) for number in ("D1", "D2"))
    for post, staff_id, position in (
        (own, clerk.id, "A"),
        (away, absent, "A"),
        (away, clerk.id, "B"),
        (away, asking, "C"),
        (second, asking, "A"),
    ):
        session.add(PostStaff(post_id=post.id, staff_id=staff_id, position=position))
    session.flush()
    here = presence.sign_in(session, post=own, actor=Actor("staff", clerk.id), now=now)
    gone = presence.sign_in(session, post=away, actor=Actor("staff", absent), now=now)
    presence.step_away(
        session,
        presence=gone,
        reason=AwayReason.BREAK,
        minutes=20,
        actor=Actor("staff", absent),
        now=now,
    )
    asker = Actor("staff", asking)
    presence.sign_in(session, post=second, actor=asker, now=now)
    request = concurring.ask(
        session,
        post=away,
        reason="同事暫離",
        until_at=now + timedelta(hours=9),
        actor=asker,
        now=now,
    )
    return {
        "presence_id": here.id,
        "own_post_id": own.id,
        "cover_post_id": away.id,
        "request_id": request.id,
        "post_code": window.code,
        "badge_token": badge_token(actor.id),
        "other_badge_token": badge_token(absent),
    }


def add_post(session: Session, like: Post, code: str) -> Post:
    post = Post(unit_id=like.unit_id, code=code, name={"zh_Hant": f"{code}窗口"}, plate=code)
    session.add(post)
    session.flush()
    return post


def add_person(session: Session, post: Post, number: str, now: datetime) -> int:
    person = Staff(
        number=number,
        name="衛十",
        name_key="卫十",
        unit_id=post.unit_id,
        password_hash="-",
        must_change_password=False,
        stamp=f"{number}-{post.institution_id}",
        joined_at=now,
    )
    session.add(person)
    session.flush()
    return person.id
