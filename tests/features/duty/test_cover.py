"""Standing in for whoever is away: asked at once, and ended by coming back (W-AB-2)."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.catalog.models import PostStaff
from portal.core.errors import NotFound
from portal.core.ledger import LedgerEntry
from portal.duty.models import Presence
from portal.duty.rules import (
    CoveredAlready,
    CoversElsewhere,
    NobodyAway,
    NoPlace,
    NotSignedIn,
    Standing,
    TwoPostsAtMost,
    YouAreAway,
)
from portal.identity.models import Staff
from portal.messages.events import Sending, is_still_wanted
from portal.messages.models import Message
from tests.support.duty import Hall


def asked(hall: Hall) -> list[str]:
    """The addresses of those who are asked by message to stand in."""
    found = select(Message).where(Message.template == "duty/messages/cover").order_by(Message.id)
    return hall.do(lambda session, _now: [row.address or "" for row in session.scalars(found)])


def give_mail(hall: Hall) -> None:
    """Everybody reads mail."""

    def give(session: Session) -> None:
        for name in ("a", "b", "c"):
            session.get_one(Staff, getattr(hall, name)).email = f"{name}@hall.example"

    hall.world.do(give)


def test_w_ab_2_b_serves_while_a_is_away(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    cover = hall.cover(hall.b)
    seat = hall.seat()
    assert seat.standing is Standing.COVERED
    assert seat.at_it is not None
    assert seat.at_it.name == "周志明"
    hall.come_back(here)
    assert hall.standing() is Standing.HERE
    assert hall.read(Presence, cover).signed_out_at == hall.world.now
    entries = select(LedgerEntry.code).where(LedgerEntry.subject_id == cover)
    codes = hall.do(lambda session, _now: list(session.scalars(entries)))
    assert [code for code in codes if "cover" in code] == [
        "duty.presence.covered",
        "duty.presence.cover_ended",
    ]


def test_w_ab_1_b_is_asked_by_message_at_once(hall: Hall) -> None:
    give_mail(hall)
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    assert asked(hall) == ["b@hall.example"]
    hall.come_back(here)
    hall.step_away(here)
    assert asked(hall) == ["b@hall.example"] * 2


def test_where_there_is_no_b_c_is_asked(hall: Hall) -> None:
    give_mail(hall)
    of_b = PostStaff.staff_id == hall.b
    hall.world.do(
        lambda session: session.execute(update(PostStaff).where(of_b).values(position="A"))
    )
    hall.step_away(hall.sign_in(hall.a))
    assert asked(hall) == ["c@hall.example"]


def test_nobody_is_asked_any_more_once_it_is_of_no_use(hall: Hall) -> None:
    give_mail(hall)
    here = hall.sign_in(hall.a)

    def wanted() -> bool:
        def work(session: Session) -> bool:
            row = session.scalars(select(Message).order_by(Message.id.desc())).first()
            assert row is not None
            about = (row.subject_kind, row.subject_id)
            return is_still_wanted(Sending(session, row.template, about, {}, hall.world.now))

        return hall.world.do(work)

    hall.step_away(here)
    assert wanted()
    cover = hall.cover(hall.b)
    assert not wanted()
    hall.sign_out(cover)
    assert wanted()
    hall.come_back(here)
    assert not wanted()
    hall.step_away(here)
    hall.sign_out(here)
    assert not wanted()


def test_q_10_somebody_with_an_own_post_covers_one_more(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    hall.step_away(hall.sign_in(hall.a))
    hall.cover(hall.b)
    assert hall.standing() is Standing.COVERED
    assert hall.standing(hall.desk) is Standing.HERE


def test_whoever_is_away_or_covers_cannot_cover(hall: Hall) -> None:
    own = hall.sign_in(hall.b, hall.desk)
    here = hall.sign_in(hall.a)
    with pytest.raises(NobodyAway):
        hall.cover(hall.b)
    hall.step_away(here)
    with pytest.raises(NoPlace):
        hall.cover(hall.head)
    with pytest.raises(NobodyAway):
        hall.cover(hall.a)
    hall.step_away(own)
    with pytest.raises(YouAreAway):
        hall.cover(hall.b)
    hall.cover(hall.c)
    with pytest.raises(CoversElsewhere):
        hall.cover(hall.c, hall.desk)
    hall.come_back(own)
    with pytest.raises(CoveredAlready):
        hall.cover(hall.b)


def test_whoever_covers_does_not_leave_the_own_post_as_well(hall: Hall) -> None:
    own = hall.sign_in(hall.b, hall.desk)
    hall.step_away(hall.sign_in(hall.a))
    cover = hall.cover(hall.b)
    with pytest.raises(CoversElsewhere):
        hall.step_away(own)
    with pytest.raises(NotFound):
        hall.step_away(cover)
    hall.sign_out(cover)
    hall.step_away(own)


def test_when_a_signs_out_the_cover_ends_and_the_post_is_empty(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    cover = hall.cover(hall.b)
    assert hall.watched() == {}
    hall.sign_out(here)
    assert hall.standing() is Standing.EMPTY
    assert hall.watched() != {}
    with pytest.raises(NotSignedIn):
        hall.sign_out(cover)
    hall.sign_in(hall.b)
    assert hall.watched() == {}


def test_i_19_when_b_leaves_it_the_post_is_watched_from_then_on(hall: Hall) -> None:
    hall.step_away(hall.sign_in(hall.a), minutes=30)
    hall.world.wait(minutes=2)
    cover = hall.cover(hall.b)
    hall.world.wait(minutes=10)
    hall.sweep()
    assert "AL-06" not in hall.told(hall.b)
    hall.sign_out(cover)
    hall.world.wait(minutes=4)
    hall.sweep()
    assert "AL-06" not in hall.told(hall.b)
    hall.world.wait(minutes=1)
    hall.sweep()
    assert "AL-06" in hall.told(hall.b)


def test_a_third_post_is_one_too_many(hall: Hall) -> None:
    hall.sign_in(hall.c, hall.night)
    hall.decide(hall.ask(hall.c, hall.desk), hall.head)
    hall.sign_in(hall.c, hall.desk)
    hall.step_away(hall.sign_in(hall.a))
    with pytest.raises(TwoPostsAtMost):
        hall.cover(hall.c)
