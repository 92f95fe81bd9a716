"""Who is told of a leave, and of a second post; and what of a leave is forgotten when."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveKind
from portal.duty.models import Concurrency
from portal.duty.services import leaving, shifting
from portal.duty.services.concurring import lapse_requests
from portal.identity.models import Staff
from portal.identity.services.privacy import end_retention
from portal.messages.models import Message
from tests.support import duty
from tests.support.rosters import NEXT, Hall, at, fill_hall
from tests.support.world import World

TUESDAY = NEXT + timedelta(days=1)


@pytest.fixture
def hall(institution: World) -> Hall:
    hall = fill_hall(institution)
    hall.place("C1", "B")

    def reach(session: Session) -> None:
        for number, staff_id in hall.people.items():
            session.get_one(Staff, staff_id).email = f"{number.lower()}@town.example"

    institution.do(reach)
    return hall


def told(world: World) -> list[tuple[str, str]]:
    found = select(Message).where(Message.template == "duty/messages/notice").order_by(Message.id)
    return [
        ((row.address or "").split("@")[0], json.loads(row.params or "{}")["occasion"])
        for row in world.do(lambda session: list(session.scalars(found)))
    ]


def ask(hall: Hall, number: str = "A1", cover: str = "C1") -> int:
    def work(session: Session) -> int:
        details = leaving.LeaveDetails(
            staff_id=hall.people[number],
            start=at(TUESDAY, 8),
            end=at(TUESDAY, 20),
            kind=LeaveKind.ANNUAL,
            reason="回老家",
            cover_id=hall.people[cover] if cover else None,
        )
        actor = Actor("staff", hall.people[number])
        return leaving.ask_leave(session, details=details, actor=actor, now=hall.world.now).id

    return hall.world.do(work)


def step(hall: Hall, leave_id: int, verb: str, by: str, **more: str) -> None:
    def work(session: Session) -> None:
        leave = session.get_one(Leave, leave_id)
        getattr(leaving, verb)(
            session,
            leave=leave,
            version=leave.version,
            actor=Actor("staff", hall.people[by]),
            now=hall.world.now,
            **more,
        )

    hall.world.do(work)


def test_cover_head_and_asker_are_told_one_after_the_other(hall: Hall) -> None:
    leave_id = ask(hall)
    step(hall, leave_id, "accept_cover", "C1")
    step(hall, leave_id, "approve", "H1", words="")
    step(hall, leave_id, "withdraw", "A1")
    assert told(hall.world) == [
        ("c1", "cover_asked"),
        ("h1", "leave_asked"),
        ("a1", "leave_approved"),
        ("c1", "covers"),
        ("h1", "leave_withdrawn"),
        ("c1", "leave_withdrawn"),
    ]


def test_who_declines_and_who_refuses_are_heard(hall: Hall) -> None:
    step(hall, ask(hall), "decline_cover", "C1")
    leave_id = ask(hall)
    step(hall, leave_id, "refuse", "H1", words="那天有檢查")
    assert told(hall.world)[1:] == [
        ("a1", "cover_declined"),
        ("c1", "cover_asked"),
        ("a1", "leave_refused"),
        ("c1", "cover_not_needed"),
    ]


def test_where_nobody_has_to_cover_the_head_is_asked_at_once(hall: Hall) -> None:
    ask(hall, "C1", "")
    ask(hall, "H1", "")
    assert told(hall.world) == [("h1", "leave_asked")]


def test_whoever_asked_for_a_second_post_hears_the_decision(hall: Hall) -> None:
    world = hall.world
    other = duty.Hall(world, hall.posts["w3"], hall.posts["w4"], 0, 0, 0, 0, 0, 0)
    b, head = hall.people["B1"], hall.people["H1"]
    other.sign_in(b)
    for is_granted in (True, False):
        other.decide(other.ask(b, hall.posts["w4"]), head, is_granted=is_granted)
    other.ask(b, hall.posts["w4"], hours=1)
    world.wait(hours=2)
    world.do(lambda session: lapse_requests(session, world.now))
    assert told(world) == [("b1", "allowed"), ("b1", "not_allowed"), ("b1", "not_allowed")]


def test_w_ab_4_what_was_allowed_holds_in_the_roster_too(hall: Hall) -> None:
    """B1 keeps both windows for as long as the head has allowed it, and no longer."""
    hall.put("B1", at(NEXT, 9), at(NEXT, 17), post="w4")
    with pytest.raises(shifting.CannotKeep):
        hall.put("B1", at(NEXT, 9), at(NEXT, 12))

    def allow(session: Session) -> None:
        session.add(
            Concurrency(
                staff_id=hall.people["B1"],
                post_id=hall.posts["w3"],
                asked_at=hall.world.now,
                reason="人手不夠",
                until_at=at(NEXT, 12),
                decided_by_id=hall.people["H1"],
                decided_at=hall.world.now,
                is_granted=True,
            )
        )

    hall.world.do(allow)
    hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    with pytest.raises(shifting.CannotKeep):
        hall.put("B1", at(NEXT, 11), at(NEXT, 15))
    hall.publish()


def test_why_somebody_was_away_is_forgotten_in_time(hall: Hall) -> None:
    world = hall.world
    leave_id = ask(hall)
    step(hall, leave_id, "refuse", "H1", words="那天有檢查")

    def look() -> tuple[str | None, str | None]:
        row = world.do(lambda session: session.get_one(Leave, leave_id))
        return row.reason, row.words

    def sweep(now: datetime) -> None:
        world.do(lambda session: end_retention(session, now))

    sweep(at(TUESDAY, 20) + timedelta(days=365))
    assert look() == ("回老家", "那天有檢查")
    sweep(at(TUESDAY, 20) + timedelta(days=365, minutes=1))
    assert look() == (None, None)
