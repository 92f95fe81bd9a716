"""Whoever goes on leave before the next turn hands over at the end of the last one."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveKind
from portal.duty.rules import HandOverFirst
from portal.handover.rules import Reason, State
from portal.handover.services.preparing import prepare
from tests.support.duty import TODAY
from tests.support.handover import Relay
from tests.support.world import local


def go_on_leave(relay: Relay, *, in_days: int, cover: int | None = None) -> int:
    """A has an approved leave of a fortnight that begins at some midnight; its id."""
    hall = relay.hall

    def work(session: Session, now: datetime) -> int:
        leave = Leave(
            staff_id=hall.a,
            from_at=local(TODAY + timedelta(days=in_days), 0),
            until_at=local(TODAY + timedelta(days=in_days + 14), 0),
            kind=LeaveKind.ANNUAL,
            state="approved",
            cover_staff_id=cover,
            asked_at=now,
            decided_by_id=hall.head,
            decided_at=now,
        )
        session.add(leave)
        session.flush()
        return leave.id

    return relay.do(work)


def test_before_the_last_turn_ends_the_list_is_ready_for_the_cover(relay: Relay) -> None:
    hall = relay.hall
    go_on_leave(relay, in_days=1, cover=hall.c)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(15)
    relay.do(prepare)
    [row] = relay.handovers()
    assert (row.state, row.reason, row.receiver_id) == (State.LISTING, Reason.LEAVE, hall.c)
    assert (row.due_at, row.until_at) == (local(TODAY, 17), local(TODAY + timedelta(days=15), 0))


def test_al_07_a_leave_that_begins_without_a_handover_is_told_to_the_head(relay: Relay) -> None:
    hall = relay.hall
    go_on_leave(relay, in_days=1)
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(16)
    relay.do(prepare)
    hall.at(17)
    hall.sweep()
    assert "AL-07" in hall.told(hall.head)


@pytest.mark.parametrize("is_booked", [True, False])
def test_who_goes_on_leave_signs_out_when_it_is_handed_over(relay: Relay, is_booked: bool) -> None:
    hall = relay.hall
    go_on_leave(relay, in_days=1)
    here = hall.sign_in(hall.a)
    if is_booked:
        relay.book_at(local(TODAY + timedelta(days=2), 10))
    else:
        relay.open_matter(hall.a)
    hall.at(17)
    with pytest.raises(HandOverFirst):
        hall.sign_out(here)
    row = relay.hand_over(hall.a, hall.b, Reason.LEAVE)
    assert relay.read(row).state == State.CONFIRMED


def test_who_has_another_turn_before_the_leave_comes_back_to_it(relay: Relay) -> None:
    hall = relay.hall
    go_on_leave(relay, in_days=2)
    here = hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    hall.at(15, 30)
    relay.do(prepare)
    assert relay.handovers() == []
    hall.at(17)
    hall.sign_out(here)
    tomorrow = TODAY + timedelta(days=1)
    hall.at(9, 0, tomorrow)
    hall.sign_in(hall.a)
    hall.at(15, 30, tomorrow)
    relay.do(prepare)
    [row] = relay.handovers()
    assert row.due_at == local(tomorrow, 17)
