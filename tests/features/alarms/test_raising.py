"""What is due is raised once, whoever looks first and whatever fails beside it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.alarms.models import Watch
from portal.alarms.rules import Kind, Level, Limit, Wait
from portal.alarms.services.raising import look_at, raise_due
from portal.calendar.queries import get_openings
from portal.core.ledger import LedgerEntry
from portal.tenancy.queries import get_tenant
from tests.features.alarms.conftest import LADDER, LIMIT, THING, Pretence
from tests.support.parallel import together
from tests.support.statements import count_statements
from tests.support.world import SHANGHAI


def test_the_holder_is_warned_then_chased_and_then_the_head_is_told(thing: Pretence) -> None:
    thing.arm(60)
    thing.tick(minutes=29)
    assert thing.told() == []
    thing.tick(minutes=1)
    assert thing.told() == [(1, thing.holder)]
    thing.tick(minutes=30)
    assert thing.told() == [(2, thing.holder)], "the chase takes the warning's place"
    thing.tick(minutes=60)
    assert thing.told() == [(2, thing.holder)]
    thing.tick(hours=4)
    assert thing.told() == [(2, thing.holder), (3, thing.head)]
    assert [event.kind for event in thing.raised] == ["warn", "chase", "escalate"]


def test_two_workers_raise_a_level_once(thing: Pretence) -> None:
    for number in range(1, 7):
        thing.arm(60, limit=Limit(THING, number, "AL-04"))
    thing.world.wait(minutes=60)
    now = thing.now

    def work(_number: int) -> None:
        thing.world.do(lambda session: raise_due(session, now))

    together(2, work)
    work(0)
    assert thing.told(is_open=False) == [(2, thing.holder)] * 6
    assert len(thing.raised) == 6


def test_a_tick_that_dies_in_the_middle_leaves_it_due(thing: Pretence) -> None:
    thing.arm(0)

    class Killed(BaseException):
        """What no handler of errors catches."""

    def die(_event: object) -> None:
        raise Killed

    thing.on_raised = die
    with pytest.raises(Killed):
        thing.tick(minutes=1)
    assert thing.told(is_open=False) == []
    thing.on_raised = lambda _event: None
    thing.tick()
    assert thing.told(is_open=False) == [(2, thing.holder)]


def test_an_outage_is_followed_by_the_highest_level_alone(thing: Pretence) -> None:
    thing.arm(60)
    thing.tick(days=3)
    assert thing.told(is_open=False) == [(3, thing.head)]
    thing.tick(minutes=1)
    assert len(thing.alarms(is_open=False)) == 1


def test_the_last_level_comes_again_each_working_day_and_only_then(thing: Pretence) -> None:
    thing.arm(0)
    days = []
    for _hour in range(24 * 9):
        before = len(thing.alarms(is_open=False))
        thing.tick(hours=1)
        if len(thing.alarms(is_open=False)) > before:
            days.append(f"{thing.now.astimezone(SHANGHAI):%a %H}")
    assert days[2:] == ["Tue 09", "Wed 09", "Thu 09", "Fri 09", "Mon 09", "Tue 09", "Wed 09"]
    assert thing.told() == [(2, thing.holder), (3, thing.head)], "the newest stands for all"


def test_a_stale_look_raises_nothing(thing: Pretence) -> None:
    """Who read the limit before it was moved holds a token that is not the present one."""
    thing.arm(0)

    def look(session: Session) -> None:
        watch = session.scalars(select(Watch)).one()
        session.execute(
            update(Watch).values(token=watch.token + 1).execution_options(synchronize_session=False)
        )
        tenant = get_tenant(session)
        openings = get_openings(session, tenant.zone, tenant.region)
        look_at(session, watch, openings=openings, tenant=tenant, now=thing.now)

    thing.world.do(look)
    assert thing.told(is_open=False) == []


def test_what_runs_has_a_next_moment_by_the_database_itself(thing: Pretence) -> None:
    thing.arm(60)
    with pytest.raises(IntegrityError):
        thing.world.do(lambda session: session.execute(update(Watch).values(next_at=None)))


def test_a_limit_that_fails_stops_no_other_and_is_shown_to_who_oversees(thing: Pretence) -> None:
    for number in (1, 2, 3):
        thing.arm(0, limit=Limit(THING, number, "AL-04"))

    def fail(question: object) -> None:
        if getattr(question, "subject_id", 0) == 2:
            raise ValueError("poison")

    thing.on_ask = fail
    thing.tick(minutes=1)
    told = sorted((a.recipient_id, a.fallback) for a in thing.alarms())
    assert told == sorted([(thing.holder, ""), (thing.holder, ""), (thing.overseer, "failed")])
    bad = thing.watch(Limit(THING, 2, "AL-04"))
    assert (bad.failures, bad.failure) == (1, "ValueError")
    thing.tick(minutes=20)
    thing.tick(days=30)
    assert thing.watch(Limit(THING, 2, "AL-04")).failures >= 3, "it is never given up"
    thing.on_ask = lambda _question: None
    thing.tick(hours=1)
    bad = thing.watch(Limit(THING, 2, "AL-04"))
    assert (bad.failures, bad.level) == (0, 3)
    assert thing.head in {a.recipient_id for a in thing.alarms() if a.watch_id == bad.id}


def test_a_broken_ladder_is_shown_too(thing: Pretence) -> None:
    thing.arm(0)
    thing.world.do(lambda s: s.execute(update(Watch).values(ladder=[{"amount": "x"}])))
    thing.tick(minutes=1)
    assert [(a.recipient_id, a.fallback) for a in thing.alarms()] == [(thing.overseer, "failed")]


def test_the_tick_asks_no_more_for_a_thousand_limits_that_are_not_due(thing: Pretence) -> None:
    def count(due: int) -> int:
        thing.arm(0, limit=Limit(THING, due, "AL-04"))
        thing.world.wait(minutes=1)
        now = thing.now
        with count_statements(thing.world) as found:
            thing.world.do(lambda session: raise_due(session, now))
        return len(found)

    few = count(1)
    watch = thing.watch()
    rows = [
        {
            **{name: getattr(watch, name) for name in ("ladder", "round", "code", "starts_at")},
            "subject_kind": THING,
            "subject_id": number,
            "due_at": thing.now + timedelta(days=1),
            "next_at": thing.now + timedelta(days=1),
        }
        for number in range(100, 1100)
    ]
    thing.world.do(lambda session: session.add_all([Watch(**row) for row in rows]))
    assert count(2) == few
    with count_statements(thing.world) as idle:
        thing.world.do(lambda session: raise_due(session, thing.now))
    assert len([s for s in idle if "set_config" not in s]) == 1


def test_each_alarm_leaves_its_line_without_a_word_about_anybody(thing: Pretence) -> None:
    thing.arm(0)
    thing.tick(minutes=1)

    def read(session: Session) -> list[tuple[str, dict[str, object]]]:
        entries = select(LedgerEntry).where(LedgerEntry.subject_kind == THING)
        return [(e.code, e.data) for e in session.scalars(entries.order_by(LedgerEntry.id))]

    armed, raised = thing.world.do(read)
    assert armed[0] == "alarms.watch.armed"
    assert raised[0] == "alarms.alarm.raised"
    assert raised[1]["to"] == thing.holder


def test_whoever_gets_a_thing_late_is_not_warned_of_what_was_just_said(thing: Pretence) -> None:
    thing.arm(20)
    thing.tick(minutes=1)
    assert thing.told(is_open=False) == []
    thing.tick(minutes=19)
    assert thing.told(is_open=False) == [(2, thing.holder)]


def test_without_hours_working_time_passes_like_any_other(thing: Pretence) -> None:
    ladder = (*LADDER[:2], Level(Wait(2), ("unit_head",), Kind.ESCALATE))
    thing.arm(0, ladder=ladder, limit=LIMIT)
    thing.tick(minutes=3)
    assert thing.told() == [(3, thing.head)]
