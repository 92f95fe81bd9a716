"""Whoever forgets to sign out is signed out, marked as such, and told; so is the head."""

import json
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.ledger import LedgerEntry
from portal.duty.leaving_rules import LONGEST_STAY
from portal.duty.models import Presence
from portal.duty.roster_models import Shift
from portal.duty.rules import Standing
from portal.duty.services.forgetting import end_forgotten
from portal.identity.models import Staff
from portal.messages.models import Message
from tests.support.duty import TODAY, Hall
from tests.support.parallel import together
from tests.support.statements import count_statements
from tests.support.world import local


@pytest.fixture
def reached(hall: Hall) -> Hall:
    """All of them can be written to."""

    def reach(session: Session, _now: datetime) -> None:
        for number, staff_id in (("a", hall.a), ("c", hall.c), ("head", hall.head)):
            session.get_one(Staff, staff_id).email = f"{number}@town.example"

    hall.do(reach)
    return hall


def presence(hall: Hall) -> Presence:
    """The only one there is."""
    return hall.do(lambda session, _now: session.scalars(select(Presence)).one())


def told(hall: Hall) -> list[tuple[str, str]]:
    rows = hall.do(
        lambda session, _now: list(session.scalars(select(Message).order_by(Message.id)))
    )
    return [
        ((row.address or "").split("@")[0], json.loads(row.params or "{}")["occasion"])
        for row in rows
        if row.template == "duty/messages/notice"
    ]


def put(hall: Hall, staff_id: int, post_id: int, start: int, end: int) -> None:
    """A published shift of today."""

    def work(session: Session, _now: datetime) -> None:
        session.add(
            Shift(
                post_id=post_id,
                staff_id=staff_id,
                part="A",
                starts_at=local(TODAY, start),
                ends_at=local(TODAY, end),
                state="published",
            )
        )

    hall.do(work)


def test_a_quarter_of_an_hour_after_closing_the_presence_ends_and_says_so(reached: Hall) -> None:
    hall = reached
    hall.sign_in(hall.a)
    hall.at(12, 40)
    hall.do(end_forgotten)
    hall.at(17, 14)
    hall.do(end_forgotten)
    assert presence(hall).signed_out_at is None
    hall.at(17, 15)
    hall.do(end_forgotten)
    hall.do(end_forgotten)
    row = presence(hall)
    assert row.due_out_at == local(TODAY, 17)
    assert row.signed_out_at == local(TODAY, 17, 15)
    assert told(hall) == [("a", "not_signed_out"), ("head", "has_not_signed_out")]
    codes = select(LedgerEntry.code).where(LedgerEntry.code.startswith("duty.presence"))
    found = hall.do(lambda session, _now: list(session.scalars(codes.order_by(LedgerEntry.id))))
    assert found == ["duty.presence.signed_in", "duty.presence.not_signed_out"]


def test_whoever_signs_out_is_marked_by_nothing(reached: Hall) -> None:
    here = reached.sign_in(reached.a)
    reached.at(17, 10)
    reached.sign_out(here)
    reached.at(17, 20)
    reached.do(end_forgotten)
    assert presence(reached).due_out_at is None
    assert told(reached) == []


def test_at_a_desk_that_never_closes_the_shift_decides(reached: Hall) -> None:
    hall = reached
    put(hall, hall.c, hall.night, 9, 14)
    hall.sign_in(hall.c, hall.night)
    hall.at(14, 14)
    hall.sweep()
    hall.do(end_forgotten)
    assert hall.standing(hall.night) is Standing.HERE
    hall.at(14, 15)
    hall.do(end_forgotten)
    assert presence(hall).due_out_at == local(TODAY, 14)
    assert hall.standing(hall.night) is Standing.EMPTY
    hall.at(14, 16)
    hall.sweep()
    assert hall.told(hall.head) == ["AL-01"]


def test_without_a_shift_a_desk_that_never_closes_is_kept_for_sixteen_hours(reached: Hall) -> None:
    hall = reached
    hall.sign_in(hall.c, hall.night)
    hall.world.wait(hours=16, minutes=14)
    hall.do(end_forgotten)
    assert hall.standing(hall.night) is Standing.HERE
    hall.world.wait(minutes=1)
    hall.do(end_forgotten)
    assert presence(hall).due_out_at == local(TODAY, 9) + LONGEST_STAY
    assert told(hall) == [("c", "not_signed_out"), ("head", "has_not_signed_out")]
    hall.world.wait(minutes=1)
    hall.sweep()
    assert "AL-01" in hall.told(hall.head)
    hall.sign_in(hall.a, hall.night)


def test_who_is_away_at_the_end_and_who_covers_are_both_free(reached: Hall) -> None:
    hall = reached
    here = hall.sign_in(hall.a)
    hall.at(16, 50)
    hall.step_away(here, minutes=20)
    hall.cover(hall.c)
    hall.at(17, 20)
    hall.do(end_forgotten)
    rows = hall.do(lambda session, _now: list(session.scalars(select(Presence))))
    assert [(row.signed_out_at is not None, row.due_out_at is not None) for row in rows] == [
        (True, True),
        (True, False),
    ]


def test_two_workers_end_it_once(reached: Hall) -> None:
    reached.sign_in(reached.a)
    reached.at(18)
    together(3, lambda _number: reached.do(end_forgotten))
    assert told(reached) == [("a", "not_signed_out"), ("head", "has_not_signed_out")]


def test_the_sweep_asks_as_often_for_many_as_for_one(hall: Hall) -> None:
    def sweep() -> int:
        with count_statements(hall.world) as found:
            hall.do(end_forgotten)
        return len(found)

    hall.sign_in(hall.a)
    one = sweep()
    hall.sign_in(hall.b, hall.desk)
    hall.sign_in(hall.c, hall.night)
    assert sweep() == one
