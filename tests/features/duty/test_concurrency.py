"""Two posts at once: refused, asked for with an end, decided, and over at its end (W-AB-4)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.errors import NotFound
from portal.duty.models import Concurrency, Presence
from portal.duty.queries import list_requests
from portal.duty.rules import (
    AskedAlready,
    DecidedAlready,
    Lapsed,
    NoPlace,
    NotNeeded,
    NotSignedIn,
    SignedInElsewhere,
    Standing,
    TwoPostsAtMost,
)
from portal.identity.models import Unit
from tests.support.duty import Hall
from tests.support.duty_objects import add_person
from tests.support.statements import count_statements


def test_w_ab_4_a_second_post_is_asked_for_and_has_an_end(hall: Hall) -> None:
    own = hall.sign_in(hall.b, hall.desk)
    with pytest.raises(SignedInElsewhere):
        hall.sign_in(hall.b)
    request = hall.ask(hall.b, hall.window, hours=2)
    with pytest.raises(SignedInElsewhere):
        hall.sign_in(hall.b)
    hall.decide(request, hall.head)
    second = hall.sign_in(hall.b)
    assert hall.read(Presence, second).concurrency_id == request
    assert hall.standing() is hall.standing(hall.desk) is Standing.HERE
    until_at = hall.world.now + timedelta(hours=2)
    hall.world.wait(hours=2, minutes=40)
    hall.sweep()
    assert hall.read(Presence, second).signed_out_at == until_at
    assert hall.read(Presence, own).signed_out_at is None
    assert hall.watched() == {"AL-06": until_at + timedelta(minutes=5)}
    with pytest.raises(SignedInElsewhere):
        hall.sign_in(hall.b)


def test_al_09_the_head_is_told_at_once_and_the_leader_if_nothing_is_said(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    hall.sign_in(hall.a)
    request = hall.ask(hall.b, hall.window)
    hall.sweep()
    assert "AL-09" in hall.told(hall.head)
    assert "AL-09" not in hall.told(hall.leader)
    hall.world.wait(minutes=15)
    hall.sweep()
    assert "AL-09" in hall.told(hall.leader)
    hall.decide(request, hall.head, is_granted=False)
    assert "AL-09" not in hall.told(hall.head) + hall.told(hall.leader)
    with pytest.raises(SignedInElsewhere):
        hall.sign_in(hall.b)


def test_only_whoever_heads_the_unit_decides_and_once(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    request = hall.ask(hall.b, hall.window)
    for other in (hall.a, hall.b, hall.leader):
        with pytest.raises(NotFound):
            hall.decide(request, other)
    hall.decide(request, hall.head)
    with pytest.raises(DecidedAlready):
        hall.decide(request, hall.head, is_granted=False)
    assert hall.read(Concurrency, request).is_granted


def test_a_head_does_not_decide_on_the_own_second_post(hall: Hall) -> None:
    def head_is_b(session: Session) -> None:
        session.query(Unit).one().head_id = hall.b

    hall.world.do(head_is_b)
    hall.sign_in(hall.b, hall.desk)
    request = hall.ask(hall.b, hall.window)
    with pytest.raises(NotFound):
        hall.decide(request, hall.b)
    hall.decide(request, hall.leader)


def test_what_nobody_decides_lapses_and_can_be_asked_anew(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    request = hall.ask(hall.b, hall.window, hours=1)
    with pytest.raises(AskedAlready):
        hall.ask(hall.b, hall.window)
    hall.world.wait(hours=1)
    with pytest.raises(Lapsed):
        hall.decide(request, hall.head)
    hall.sweep()
    row = hall.read(Concurrency, request)
    assert row.is_granted is False
    assert row.decided_by_id is None
    assert "AL-09" not in hall.told(hall.head)
    late = hall.ask(hall.b, hall.window, hours=1)
    hall.world.wait(hours=1)
    assert hall.ask(hall.b, hall.window) != late


def test_approval_is_for_who_has_a_place_and_is_at_another_post(hall: Hall) -> None:
    with pytest.raises(NotNeeded):
        hall.ask(hall.b, hall.window)
    hall.sign_in(hall.b, hall.desk)
    with pytest.raises(NoPlace):
        hall.ask(hall.b, hall.night)


def test_after_its_end_nothing_is_done_under_an_approval(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    hall.decide(hall.ask(hall.b, hall.window, hours=1), hall.head)
    second = hall.sign_in(hall.b)
    hall.world.wait(hours=1)
    with pytest.raises(NotSignedIn):
        hall.step_away(second)
    hall.sign_in(hall.a)
    assert hall.read(Presence, second).signed_out_at == hall.world.now


def test_q_10_who_covers_one_post_takes_no_second_one(hall: Hall) -> None:
    hall.sign_in(hall.c, hall.night)
    hall.decide(hall.ask(hall.c, hall.desk), hall.head)
    hall.step_away(hall.sign_in(hall.a))
    hall.cover(hall.c)
    with pytest.raises(TwoPostsAtMost):
        hall.sign_in(hall.c, hall.desk)


def test_whoever_is_at_the_second_post_alone_comes_back_to_the_own_one(hall: Hall) -> None:
    own = hall.sign_in(hall.b, hall.desk)
    hall.decide(hall.ask(hall.b, hall.window), hall.head)
    second = hall.sign_in(hall.b)
    hall.sign_out(own)
    with pytest.raises(NotNeeded):
        hall.ask(hall.b, hall.desk)
    back = hall.sign_in(hall.b, hall.desk)
    assert hall.read(Presence, back).concurrency_id is None
    assert hall.read(Presence, second).signed_out_at is None


def test_what_waits_for_others_costs_nobody_a_statement(hall: Hall) -> None:
    def look() -> int:
        with count_statements(hall.world) as found:
            hall.do(lambda session, _now: list_requests(session, hall.b))
        return len(found)

    def pend(session: Session, now: datetime) -> None:
        window = session.get_one(Post, hall.window)
        for number in range(6):
            person = add_person(session, window, f"X{number}", now)
            session.add(
                Concurrency(
                    staff_id=person,
                    post_id=window.id,
                    asked_at=now,
                    reason="x",
                    until_at=now + timedelta(hours=3),
                )
            )

    hall.sign_in(hall.c, hall.night)
    hall.ask(hall.c, hall.window)
    one = look()
    hall.do(pend)
    assert look() == one
    waiting = hall.do(lambda session, _now: list_requests(session, hall.head))
    assert len(waiting) == 7


def test_where_a_unit_names_nobody_whoever_oversees_finds_the_request(hall: Hall) -> None:
    def unname(session: Session, _now: datetime) -> None:
        session.scalars(select(Unit)).one().head_id = None

    hall.sign_in(hall.b, hall.desk)
    request = hall.ask(hall.b, hall.window)
    hall.do(unname)
    found = hall.do(lambda session, _now: list_requests(session, hall.leader))
    assert [row.id for row, _post, _name in found] == [request]
    assert hall.do(lambda session, _now: list_requests(session, hall.head)) == []
