"""A limit from being armed to being met: moved, paused, resumed, seen and ended."""

from functools import partial

import pytest
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm
from portal.alarms.queries import count_open
from portal.alarms.rules import Limit, Unit
from portal.alarms.services.seeing import acknowledge
from portal.alarms.services.watching import end_all
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from tests.features.alarms.conftest import LADDER, THING, Pretence
from tests.support.parallel import together


def test_an_end_ends_what_is_open_and_nothing_comes_afterwards(thing: Pretence) -> None:
    thing.arm(0)
    thing.tick(minutes=1)
    thing.end()
    thing.end()
    assert thing.told() == []
    thing.tick(days=7)
    assert len(thing.alarms(is_open=False)) == 1


def test_all_that_is_watched_of_a_thing_ends_together(thing: Pretence) -> None:
    for code in ("AL-02", "AL-04"):
        thing.arm(0, limit=Limit(THING, 1, code))
    thing.arm(0, limit=Limit(THING, 2, "AL-04"))
    thing.tick(minutes=1)
    work = partial(end_all, subject=(THING, 1), actor=SYSTEM, now=thing.now)
    assert (thing.world.do(work), thing.world.do(work)) == (2, 0)
    assert len(thing.alarms()) == 1


def test_another_promise_begins_the_ladder_anew_on_the_same_day_too(thing: Pretence) -> None:
    thing.arm(60)
    thing.tick(minutes=60)
    thing.move(60)
    assert thing.told() == [], "what was raised of the old promise is over"
    thing.tick(minutes=30)
    assert thing.told() == [(1, thing.holder)]
    thing.tick(minutes=30)
    assert thing.told() == [(2, thing.holder)], "though this level was raised today already"


def test_what_was_ended_may_be_armed_again(thing: Pretence) -> None:
    thing.arm(0)
    thing.tick(minutes=1)
    before = thing.watch()
    thing.end()
    thing.arm(10, ladder=LADDER[1:])
    after = thing.watch()
    assert (after.term, after.level) == (before.term + 1, 0)
    assert after.token > before.token
    thing.tick(minutes=10)
    assert thing.told() == [(1, thing.holder)]


def test_two_who_arm_at_once_watch_one_limit(thing: Pretence) -> None:
    together(2, lambda _number: thing.arm(30))
    thing.tick(minutes=30)
    assert thing.told(is_open=False) == [(2, thing.holder)]


def test_a_ladder_that_could_fall_silent_is_refused(thing: Pretence) -> None:
    with pytest.raises(ValueError, match="last level"):
        thing.arm(60, ladder=LADDER[:1])


def test_nothing_is_raised_while_a_limit_is_paused(thing: Pretence) -> None:
    thing.arm(60)
    thing.pause()
    thing.tick(days=5)
    assert thing.alarms(is_open=False) == []


def test_what_was_due_before_the_pause_is_still_raised(thing: Pretence) -> None:
    thing.arm(60)
    thing.world.wait(minutes=61)
    thing.pause()
    assert thing.told() == [(2, thing.holder)]


@pytest.mark.parametrize("said", [5 * 24 * 60, 60, 0])
def test_waking_raises_nothing_that_was_not_due_before(thing: Pretence, said: int) -> None:
    """However long the pause is said to have been, what was left is left afterwards too."""
    thing.arm(60)
    thing.tick(minutes=10)
    thing.pause()
    thing.tick(days=5)
    thing.resume(said)
    thing.tick(minutes=19)
    assert thing.alarms(is_open=False) == []
    thing.tick(minutes=1)
    assert len(thing.alarms(is_open=False)) == 1


def test_a_pause_that_does_not_count_leaves_what_is_still_to_come_where_it_was(
    thing: Pretence,
) -> None:
    due_at = thing.arm(60)
    thing.pause()
    thing.world.wait(minutes=15)
    thing.resume(0)
    assert thing.watch().due_at == due_at
    thing.tick(minutes=15)
    assert thing.told() == [(1, thing.holder)]


def test_a_promise_made_in_a_pause_is_watched_from_then_on(thing: Pretence) -> None:
    thing.arm(60)
    thing.pause()
    thing.world.wait(days=2)
    thing.move(60)
    thing.world.wait(minutes=10)
    thing.resume(0)
    thing.tick(minutes=20)
    assert thing.told() == [(1, thing.holder)]


def test_a_pause_counts_in_the_unit_that_it_is_given_in(thing: Pretence) -> None:
    due_at = thing.arm(60)
    thing.pause()
    thing.world.wait(days=1)
    thing.resume(1, Unit.WORKING_DAYS)
    moved = thing.watch().due_at.astimezone(due_at.tzinfo)
    assert f"{moved:%m-%d %H:%M}" == "11-24 09:00", "the closing of the next working day, in UTC"


def test_what_was_raised_before_a_pause_is_due_later_after_it_as_well(thing: Pretence) -> None:
    thing.arm(60)
    thing.tick(minutes=30)
    thing.pause()
    thing.world.wait(days=1)
    thing.resume(24 * 60)
    assert [alarm.due_at for alarm in thing.alarms()] == [thing.watch().due_at]


def test_a_second_pause_or_waking_changes_nothing(thing: Pretence) -> None:
    thing.arm(60)
    thing.pause()
    first = thing.watch()
    thing.world.wait(minutes=5)
    thing.pause()
    assert (thing.watch().paused_at, thing.watch().token) == (first.paused_at, first.token)
    thing.resume(5)
    awake = thing.watch()
    thing.resume(5)
    assert (thing.watch().due_at, thing.watch().token) == (awake.due_at, awake.token)


def test_a_paused_limit_may_be_promised_anew_and_stays_paused(thing: Pretence) -> None:
    thing.arm(60)
    thing.pause()
    thing.move(10)
    thing.tick(days=1)
    assert thing.alarms(is_open=False) == []


@pytest.mark.parametrize("verb", ["pause", "move", "resume"])
def test_what_is_not_watched_is_not_found(thing: Pretence, verb: str) -> None:
    with pytest.raises(NotFound):
        getattr(thing, verb)(*([] if verb == "pause" else [5]))


def test_seen_is_not_done(thing: Pretence) -> None:
    thing.arm(0)
    thing.tick(minutes=1)
    see(thing, thing.holder)
    see(thing, thing.holder)
    [alarm] = thing.alarms()
    assert alarm.acknowledged_at == thing.now
    assert thing.world.do(partial(count_open, staff_id=thing.holder)) == 1
    thing.tick(days=1)
    assert thing.told() == [(2, thing.holder), (3, thing.head)]


def see(thing: Pretence, staff_id: int) -> None:
    now = thing.now

    def work(session: Session) -> None:
        alarm = session.query(Alarm).one()
        acknowledge(session, alarm=alarm, actor=Actor("staff", staff_id), now=now)

    thing.world.do(work)


def test_only_who_was_told_says_that_it_was_seen(thing: Pretence) -> None:
    thing.arm(0)
    thing.tick(minutes=1)
    with pytest.raises(NotFound):
        see(thing, thing.head)
    assert thing.alarms()[0].acknowledged_at is None
