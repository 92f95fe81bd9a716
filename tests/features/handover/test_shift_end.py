"""The end of a shift: the list is ready two hours before it, and late after it (AL-07)."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.catalog.models import Post
from portal.duty.roster_models import Shift
from portal.duty.services.shifting import put_there
from portal.handover.rules import Kind, State, StillOwed
from portal.handover.services.preparing import prepare
from portal.matters.desk_events import DeskAsked, ask_desk
from tests.support.duty import TODAY, staff
from tests.support.handover import Relay
from tests.support.world import local


def share_day(relay: Relay) -> None:
    """A keeps the window until three o'clock, B from then on."""
    hall = relay.hall

    def work(session: Session, _now: object) -> None:
        turns = ((hall.a, (8, 0), (15, 0)), (hall.b, (15, 0), (19, 0)))
        for person, start, end in turns:
            session.add(
                Shift(
                    post_id=hall.window,
                    staff_id=person,
                    part="override",
                    starts_at=local(TODAY, *start),
                    ends_at=local(TODAY, *end),
                    state="published",
                )
            )

    relay.do(work)


def test_two_hours_before_the_end_the_list_is_ready_and_the_desk_says_so(relay: Relay) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(12, 59)
    relay.do(prepare)
    assert relay.handovers() == []
    hall.at(13)
    for _time in range(2):
        relay.do(prepare)
    [row] = relay.handovers()
    assert (row.state, row.giver_id, row.receiver_id) == (State.LISTING, hall.a, hall.b)
    assert row.due_at == local(TODAY, 15)
    lines = relay.do(lambda session, now: ask_desk(DeskAsked(session, hall.a, now)))
    assert [(line.values, line.due_at) for line in lines] == [
        ({"handover_id": row.id}, local(TODAY, 15))
    ]
    with pytest.raises(StillOwed):
        relay.withdraw(row.id)


def test_al_07_a_handover_that_is_not_done_at_the_end_goes_to_the_giver_and_the_head(
    relay: Relay,
) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(14)
    relay.do(prepare)
    hall.at(14, 59)
    hall.sweep()
    assert "AL-07" not in hall.told(hall.a)
    hall.at(15)
    hall.sweep()
    assert "AL-07" in hall.told(hall.a)
    assert "AL-07" in hall.told(hall.head)
    [row] = relay.handovers()
    relay.offer(row.id)
    relay.confirm(row.id)
    assert "AL-07" not in hall.told(hall.a) + hall.told(hall.head)


def test_a_list_that_the_giver_made_first_is_the_one_that_is_watched(relay: Relay) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(13, 30)
    own = relay.begin(hall.a, hall.b)
    relay.do(prepare)
    [row] = relay.handovers()
    assert (row.id, row.due_at) == (own, local(TODAY, 15))


def test_who_goes_home_when_the_post_closes_hands_nothing_over(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(16, 30)
    relay.do(prepare)
    assert relay.handovers() == []


def test_who_has_nothing_in_hand_has_no_list(relay: Relay) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    hall.at(14)
    relay.do(prepare)
    assert relay.handovers() == []
    assert relay.do(lambda session, _now: session.get_one(Post, hall.window)).is_active


def test_al_07_what_comes_after_a_list_was_withdrawn_is_listed_and_watched(relay: Relay) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    booking = relay.book(14)
    hall.at(13, 5)
    relay.do(prepare)
    [first] = relay.handovers()

    def cancel(session: Session, _now: object) -> None:
        session.get_one(Booking, booking).state = "cancelled"

    relay.do(cancel)
    relay.withdraw(first.id)
    relay.open_matter(hall.a)
    hall.at(13, 20)
    relay.do(prepare)
    withdrawn, standing = relay.handovers()
    assert (withdrawn.state, standing.state) == (State.WITHDRAWN, State.LISTING)
    assert standing.due_at == local(TODAY, 15)
    hall.at(15)
    hall.sweep()
    assert "AL-07" in hall.told(hall.head)


@pytest.mark.parametrize("is_late", [False, True])
def test_al_07_a_turn_that_goes_on_longer_is_not_late(relay: Relay, is_late: bool) -> None:
    """The head puts A there until five: before the list was due, or when nobody came."""
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(13, 10)
    relay.do(prepare)
    [first] = relay.handovers()
    relay.add(first.id, Kind.KEY, "鑰匙")
    if is_late:
        hall.at(15, 10)
        hall.sweep()
        assert "AL-07" in hall.told(hall.head)
    stay(relay, 17)
    relay.do(prepare)
    hall.at(16, 11)
    relay.do(prepare)
    hall.sweep()
    [row] = relay.handovers()
    assert "AL-07" not in hall.told(hall.head) + hall.told(hall.leader)
    assert (row.due_at, row.state) == (None, State.LISTING)
    relay.withdraw(row.id)


def test_a_list_is_due_when_the_turn_ends_by_now(relay: Relay) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(14, 30)
    relay.do(prepare)
    stay(relay, 16)
    relay.do(prepare)
    [row] = relay.handovers()
    assert row.due_at == local(TODAY, 16)
    hall.at(15, 59)
    hall.sweep()
    assert "AL-07" not in hall.told(hall.a)
    hall.at(16)
    hall.sweep()
    assert "AL-07" in hall.told(hall.a)


def test_a_list_that_nobody_touched_goes_with_the_end_of_the_turn(relay: Relay) -> None:
    hall = relay.hall
    share_day(relay)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(13)
    relay.do(prepare)
    stay(relay, 17)
    relay.do(prepare)
    [row] = relay.handovers()
    assert row.state == State.WITHDRAWN


def stay(relay: Relay, hour: int) -> None:
    """The head puts A at the window from three o'clock until then."""
    hall = relay.hall

    def put(session: Session, now: datetime) -> None:
        put_there(
            session,
            post=session.get_one(Post, hall.window),
            staff_id=hall.a,
            start=local(TODAY, 15),
            end=local(TODAY, hour),
            actor=staff(hall.head),
            now=now,
        )

    relay.do(put)
