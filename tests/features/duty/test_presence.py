"""Being at a post: signed in and out, away and back, each once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import DomainError, NotFound
from portal.core.ledger import LedgerEntry
from portal.duty.models import Absence, Presence
from portal.duty.rules import (
    AwayAlready,
    NeedsHandover,
    NoPlace,
    NotAway,
    NotSignedIn,
    PostTaken,
    SignedInAlready,
    SignedInElsewhere,
    Standing,
)
from portal.duty.services import presence
from portal.web.forms import say
from tests.support.duty import Hall, staff


def codes(hall: Hall) -> list[str]:
    """What the ledger says of presences, in order."""
    entries = select(LedgerEntry.code).order_by(LedgerEntry.id)
    found = hall.do(lambda session, _now: list(session.scalars(entries)))
    return [code for code in found if code.startswith("duty.presence")]


def test_one_tap_begins_and_one_ends_being_at_a_post(hall: Hall) -> None:
    assert hall.standing() is Standing.EMPTY
    here = hall.sign_in(hall.a)
    assert hall.standing() is Standing.HERE
    hall.at(17)
    hall.sign_out(here)
    assert hall.standing() is Standing.CLOSED
    row = hall.read(Presence, here)
    assert row.signed_out_at == row.left_at == hall.world.now
    assert codes(hall) == ["duty.presence.signed_in", "duty.presence.signed_out"]


def test_whoever_steps_away_is_awaited_and_comes_back(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.step_away(here, minutes=10)
    seat = hall.seat()
    assert seat.standing is Standing.AWAY
    assert seat.own is not None
    assert seat.own.absence is not None
    assert seat.own.absence.expected_at == hall.world.now + timedelta(minutes=10)
    hall.world.wait(minutes=9)
    hall.come_back(here)
    assert hall.standing() is Standing.HERE
    assert hall.absences()[0].back_at == hall.world.now
    assert codes(hall) == [
        f"duty.presence.{what}" for what in ("signed_in", "stepped_away", "came_back")
    ]


def test_w_ab_1_half_an_hour_is_covered_and_longer_is_handed_over(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    with pytest.raises(NeedsHandover) as refused:
        hall.step_away(here, minutes=31)
    assert refused.value.field == "minutes"
    assert hall.standing() is Standing.HERE
    hall.step_away(here, minutes=30)
    assert hall.standing() is Standing.AWAY


def test_each_tap_counts_once(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    with pytest.raises(SignedInAlready):
        hall.sign_in(hall.a)
    with pytest.raises(NotAway):
        hall.come_back(here)
    hall.step_away(here)
    with pytest.raises(AwayAlready):
        hall.step_away(here)
    hall.sign_out(here)
    for again in (hall.sign_out, hall.step_away, hall.come_back):
        with pytest.raises(NotSignedIn):
            again(here)
    assert len(hall.absences()) == 1


def test_w_ab_4_nobody_is_at_two_posts(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    with pytest.raises(SignedInElsewhere) as refused:
        hall.sign_in(hall.b)
    with hall.world.app.test_request_context():
        assert "諮詢臺" in say(refused.value)
    assert hall.standing() is Standing.EMPTY


def test_i_4_two_people_are_not_at_one_post(hall: Hall) -> None:
    hall.sign_in(hall.a)
    with pytest.raises(PostTaken) as refused:
        hall.sign_in(hall.b)
    assert refused.value.params == {"who": "林秀蘭"}


def test_only_who_is_named_for_a_post_signs_in_there(hall: Hall) -> None:
    with pytest.raises(NoPlace):
        hall.sign_in(hall.head)
    for staff_id in (hall.a, hall.b, hall.c):
        hall.sign_out(hall.sign_in(staff_id))


def test_a_closed_post_takes_nobody(hall: Hall) -> None:
    def close(session: Session) -> None:
        session.get_one(Post, hall.window).is_active = False

    hall.world.do(close)
    with pytest.raises(NotFound):
        hall.sign_in(hall.a)


def test_another_s_presence_is_nobody_else_s_to_change(hall: Hall) -> None:
    here = hall.sign_in(hall.a)

    def meddle(actor: Actor) -> None:
        def work(session: Session) -> None:
            row = session.get_one(Presence, here)
            presence.sign_out(session, presence=row, actor=actor, now=hall.world.now)

        hall.world.do(work)

    for actor in (staff(hall.b), Actor("citizen", hall.a), Actor("system")):
        with pytest.raises(NotFound):
            meddle(actor)
    assert hall.standing() is Standing.HERE


def test_who_signs_out_while_away_has_been_gone_since_leaving(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    left_at = hall.world.now
    hall.world.wait(minutes=4)
    hall.sign_out(here)
    assert hall.read(Presence, here).left_at == left_at
    assert hall.absences()[0].back_at is None


def test_whoever_forgot_to_sign_out_is_shown_at_no_closed_post(hall: Hall) -> None:
    hall.sign_in(hall.a)
    hall.at(17)
    assert hall.standing() is Standing.CLOSED
    hall.at(9, day=date(2026, 11, 24))
    assert hall.standing() is Standing.HERE


def test_neither_night_nor_a_locked_screen_ends_a_presence(hall: Hall) -> None:
    here = hall.sign_in(hall.c, hall.night)
    hall.world.wait(hours=20)
    hall.sweep()
    assert hall.read(Presence, here).signed_out_at is None
    assert hall.standing(hall.night) is Standing.HERE


def test_the_database_itself_refuses_what_cannot_be(hall: Hall) -> None:
    here = hall.sign_in(hall.a)

    def add(row: Presence | Absence) -> None:
        hall.do(lambda session, _now: session.add(row))

    now = hall.world.now
    beside = Presence(post_id=hall.window, staff_id=hall.b, signed_in_at=now)
    with pytest.raises(DomainError):  # a lost race, tried again in vain
        add(beside)
    elsewhere = Presence(post_id=hall.night, staff_id=hall.a, signed_in_at=now)
    with pytest.raises(DomainError):
        add(elsewhere)
    backwards = Absence(presence_id=here, reason="meal", left_at=now, expected_at=now)
    with pytest.raises(Exception, match="moments"):
        add(backwards)
