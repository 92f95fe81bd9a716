"""Who is told, by which way, and who in their place."""

import json
from functools import partial

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.alarms.queries import list_overseers
from portal.alarms.rules import OVERSEER, Kind, Level, Wait
from portal.alarms.services.seeing import tell_anew
from portal.core.actor import SYSTEM
from portal.identity.models import Staff
from portal.identity.services.staffing import let_go
from portal.messages.delivery import MAIL, SMS, load
from portal.messages.services import DELIVERY
from tests.features.alarms.conftest import LADDER, THING, Pretence
from tests.support.world import add_staff

MAILBOX = "chen@town.example"


def test_a_chase_goes_by_the_own_mail_and_a_warning_by_none(thing: Pretence) -> None:
    thing.give(thing.holder, email=MAILBOX, phone="13812345678")
    due_at = thing.arm(60)
    thing.tick(minutes=30)
    assert thing.messages() == []
    thing.tick(minutes=30)
    [message] = thing.messages()
    assert (message.kind, message.address) == ("email", MAILBOX)
    assert thing.alarms()[0].message_id == message.id
    letter = thing.world.do(lambda session: load(session, {"message": message.id}))
    assert letter.is_needed
    for words in ("1號事項", "答應的時間", "/qingxi/work/alarms/", "11月23日"):
        assert words in letter.text.subject + letter.text.body, words
    assert json.loads(message.params or "")["due_at"] == due_at.isoformat()


def test_without_mail_it_goes_to_the_own_mobile_telephone(thing: Pretence) -> None:
    thing.give(thing.holder, phone="138 1234 5678")
    thing.arm(0)
    thing.tick(minutes=1)
    [message] = thing.messages()
    assert (message.kind, message.address) == ("phone", "+8613812345678")
    letter = thing.world.do(lambda session: load(session, {"message": message.id}))
    assert "1號事項" in letter.text.body
    assert "/qingxi/work/alarms/" in letter.text.body
    assert {MAIL.kind, SMS.kind} == set(DELIVERY.values())


def test_who_has_no_way_to_be_reached_finds_it_on_the_page_all_the_same(thing: Pretence) -> None:
    # The extension of a desk takes no messages.
    thing.give(thing.holder, phone="8012")
    thing.arm(0)
    thing.tick(minutes=1)
    assert thing.messages() == []
    assert thing.told() == [(2, thing.holder)]


def test_one_recipient_that_fails_blocks_no_other(thing: Pretence) -> None:
    second = add_staff(thing.world, "1002", [])
    thing.give(second, email=MAILBOX)
    thing.roles["holder"] = [thing.holder, second]

    def fail(event: object) -> None:
        if getattr(event, "recipient_id", 0) == thing.holder:
            raise ConnectionError

    thing.on_raised = fail
    thing.arm(0)
    thing.tick(minutes=1)
    assert thing.told() == [(2, thing.holder), (2, second)]
    assert [alarm.failure for alarm in thing.alarms()] == ["ConnectionError", ""]
    assert [message.address for message in thing.messages()] == [MAILBOX]


def test_nothing_leaves_about_what_was_met_meanwhile(thing: Pretence) -> None:
    thing.give(thing.holder, email=MAILBOX)
    thing.arm(0)
    thing.tick(minutes=1)
    [message] = thing.messages()
    thing.end()
    assert not thing.world.do(lambda session: load(session, {"message": message.id})).is_needed


def test_where_nobody_has_the_role_the_next_level_is_told_at_once(thing: Pretence) -> None:
    thing.roles["holder"] = []
    thing.arm(0)
    thing.tick(minutes=1)
    [alarm] = thing.alarms()
    assert (alarm.level, alarm.recipient_id, alarm.fallback) == (2, thing.head, "next_level")


def test_where_nobody_is_left_those_who_oversee_are_told_and_it_says_so(thing: Pretence) -> None:
    thing.roles.clear()
    thing.arm(0)
    thing.tick(minutes=1)
    [alarm] = thing.alarms()
    assert (alarm.recipient_id, alarm.fallback) == (thing.overseer, "oversight")


def test_where_nobody_oversees_whoever_keeps_the_roles_is_told(thing: Pretence) -> None:
    keeper = add_staff(thing.world, "9001", ["identity.role.edit", "identity.staff.edit"])
    assert thing.world.do(list_overseers) == [thing.overseer]

    def leave(session: Session) -> None:
        session.get_one(Staff, thing.overseer).left_at = thing.now

    thing.world.do(leave)
    assert thing.world.do(list_overseers) == [keeper]


def test_where_nobody_works_at_all_it_stays_due_and_is_tried_again(thing: Pretence) -> None:
    thing.roles.clear()
    thing.world.do(lambda session: session.execute(update(Staff).values(left_at=thing.now)))
    thing.arm(0)
    thing.tick(minutes=1)
    assert (thing.watch().level, thing.watch().failure) == (0, "LookupError")
    thing.world.do(lambda session: session.execute(update(Staff).values(left_at=None)))
    thing.tick(minutes=1)
    assert [alarm.recipient_id for alarm in thing.alarms()] == [thing.overseer]


def test_a_level_may_name_those_who_oversee_itself(thing: Pretence) -> None:
    ladder = (*LADDER[:2], Level(Wait(10), (OVERSEER, "unit_head"), Kind.ESCALATE))
    thing.arm(0, ladder=ladder)
    thing.tick(minutes=10)
    assert [(a.recipient_id, a.fallback) for a in thing.alarms()] == [
        (thing.head, ""),
        (thing.overseer, ""),
    ]


def test_what_who_leaves_had_open_is_raised_anew_for_who_comes_next(thing: Pretence) -> None:
    add_staff(thing.world, "9001", ["identity.role.edit", "identity.staff.edit"])
    successor = add_staff(thing.world, "1002", [])
    thing.arm(0)
    thing.tick(minutes=1)
    thing.roles["holder"] = [successor]
    thing.world.do(partial(let_go, staff_id=thing.holder, actor=SYSTEM, now=thing.now))
    assert thing.told() == [(2, successor)]


def test_where_nobody_comes_next_the_level_above_gets_what_the_leaver_had(thing: Pretence) -> None:
    add_staff(thing.world, "9001", ["identity.role.edit", "identity.staff.edit"])
    thing.arm(0)
    thing.tick(minutes=1)
    thing.world.do(partial(let_go, staff_id=thing.holder, actor=SYSTEM, now=thing.now))
    [alarm] = thing.alarms()
    assert (alarm.recipient_id, alarm.fallback) == (thing.head, "next_level")


def test_what_is_open_goes_to_whoever_answers_for_the_thing_by_now(thing: Pretence) -> None:
    second, successor = add_staff(thing.world, "1002", []), add_staff(thing.world, "1003", [])
    thing.roles["holder"] = [thing.holder, second]
    thing.arm(0)
    thing.tick(minutes=1)
    thing.roles["holder"] = [second, successor]
    work = partial(tell_anew, subject=(THING, 1), now=thing.now)
    thing.world.do(work)
    thing.world.do(work)
    assert thing.told() == [(2, second), (2, successor)]
    thing.roles["holder"] = [thing.holder]
    thing.world.do(work)
    assert thing.told() == [(2, thing.holder)], "whoever gets it back on the same day has it again"


def test_who_was_told_from_above_is_not_told_again_from_below(thing: Pretence) -> None:
    add_staff(thing.world, "9001", ["identity.role.edit", "identity.staff.edit"])
    thing.arm(0)
    thing.tick(minutes=1)
    thing.tick(days=1)
    assert thing.told() == [(2, thing.holder), (3, thing.head)]
    thing.roles["holder"] = [thing.head]
    thing.world.do(partial(let_go, staff_id=thing.holder, actor=SYSTEM, now=thing.now))
    assert thing.told() == [(3, thing.head)]


def test_a_thing_that_fails_keeps_nobody_from_leaving(thing: Pretence) -> None:
    add_staff(thing.world, "9001", ["identity.role.edit", "identity.staff.edit"])
    thing.arm(0)
    thing.tick(minutes=1)

    def fail(_question: object) -> None:
        raise ValueError("poison")

    thing.on_ask = fail
    thing.world.do(partial(let_go, staff_id=thing.holder, actor=SYSTEM, now=thing.now))
    [alarm] = thing.alarms()
    assert (alarm.recipient_id, alarm.fallback) == (thing.overseer, "failed")
