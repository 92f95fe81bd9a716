"""Examples of what the pages of duty name: a presence, a post to cover, a request, a badge."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Offering, Post, PostStaff, Service
from portal.core.actor import Actor
from portal.duty.badges import badge_token
from portal.duty.fitness_models import DutySignature, DutyStatement, Qualification
from portal.duty.offer_models import ShiftOffer
from portal.duty.roster_models import Shift
from portal.duty.rules import AwayReason
from portal.duty.services import attendance, concurring, presence
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
        (second, actor.id, "C"),
    ):
        session.add(PostStaff(post_id=post.id, staff_id=staff_id, position=position))
    session.flush()
    fit = _ask_for_fitness(session, own, away, clerk.id, absent, now)
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
    # Whoever is there stays, and signs what has changed since.
    changed = DutyStatement(post_id=own.id, number=2, text={"zh_Hant": "首問到底"}, set_at=now)
    session.get_one(Staff, asking).email = "asking@town.example"
    session.add(changed)
    session.flush()
    return {
        "presence_id": here.id,
        "own_post_id": own.id,
        "cover_post_id": away.id,
        "request_id": request.id,
        "asking_id": asking,
        "post_code": window.code,
        "badge_token": badge_token(actor.id),
        "other_badge_token": badge_token(absent),
        **fit,
        **_offer_shifts(session, second, asking, actor.id, now),
        **_come_late(session, second, asking, actor.id, now),
    }


def _offer_shifts(
    session: Session, post: Post, asking_id: int, own_id: int, now: datetime
) -> dict[str, Any]:
    """Two shifts that a colleague offers, one that is offered back, and one that is kept.

    All on Sundays, on which no post needs anybody.
    """
    owners = (asking_id, asking_id, own_id, own_id)
    shifts = [
        Shift(
            post_id=post.id,
            staff_id=owner_id,
            part="override",
            starts_at=datetime(2027, 1, 3, 1, tzinfo=UTC) + timedelta(weeks=week),
            ends_at=datetime(2027, 1, 3, 4, tzinfo=UTC) + timedelta(weeks=week),
            state="published",
        )
        for week, owner_id in enumerate(owners)
    ]
    session.add_all(shifts)
    session.flush()
    offers = [
        ShiftOffer(
            shift_id=shift.id,
            shift_version=0,
            from_staff_id=shift.staff_id,
            to_staff_id=own_id if shift.staff_id == asking_id else asking_id,
            made_at=now,
            ends_at=shift.starts_at - timedelta(hours=12),
        )
        for shift in shifts[:3]
    ]
    session.add_all(offers)
    session.flush()
    names = ("shift_offer_id", "other_shift_offer_id", "own_shift_offer_id")
    found = dict(zip(names, (row.id for row in offers), strict=True))
    return {**found, "own_shift_id": shifts[3].id}


def _come_late(
    session: Session, post: Post, asking_id: int, own_id: int, now: datetime
) -> dict[str, Any]:
    """Two shifts of last Friday to which nobody came; a colleague contests that."""
    start = datetime(2026, 11, 20, 1, tzinfo=UTC)
    shifts = [
        Shift(
            post_id=post.id,
            staff_id=staff_id,
            part="A",
            starts_at=start + timedelta(hours=hour),
            ends_at=start + timedelta(hours=hour + 1),
            state="published",
        )
        for hour, staff_id in enumerate((own_id, asking_id))
    ]
    session.add_all(shifts)
    session.flush()
    contested = attendance.contest(
        session,
        shift=shifts[1],
        words="我在開會",
        actor=Actor("staff", asking_id),
        now=now,
    )
    return {"late_shift_id": shifts[0].id, "contest_id": contested.id}


def _ask_for_fitness(
    session: Session, own: Post, away: Post, clerk_id: int, absent_id: int, now: datetime
) -> dict[str, Any]:
    """The clerk has signed for both posts and is qualified; a third person has done neither."""
    texts = [
        DutyStatement(post_id=post.id, number=1, text={"zh_Hant": "首問負責"}, set_at=now)
        for post in (own, away)
    ]
    service = Service(
        unit_id=away.unit_id,
        code="notary",
        name={"zh_Hant": "公證"},
        asks_qualification=True,
        position=9,
    )
    session.add_all([*texts, service])
    session.flush()
    signed = [
        (texts[0].id, clerk_id),
        (texts[1].id, clerk_id),
        (texts[1].id, absent_id),
    ]
    qualified = [
        Qualification(
            service_id=service.id,
            staff_id=staff_id,
            valid_until=now.date() + timedelta(days=400),
            given_at=now,
        )
        for staff_id in (clerk_id, absent_id)
    ]
    session.add_all(
        [
            Offering(service_id=service.id, post_id=away.id),
            *(DutySignature(statement_id=one, staff_id=who, signed_at=now) for one, who in signed),
            *qualified,
        ]
    )
    session.flush()
    return {"qualification_id": qualified[0].id, "notary_id": service.id}


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
