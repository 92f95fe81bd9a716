"""More time: asked for before the promise ends, allowed by somebody else, told to the person."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.models import Watch
from portal.matters.models import Matter
from portal.matters.referral_rules import (
    AskedAlready,
    ClosedThatDay,
    EnoughTime,
    NothingAsked,
    NotLater,
    TooFar,
    TooLateToAsk,
)
from portal.matters.rules import State
from portal.messages.models import Message
from tests.features.matters.test_limits import alarms
from tests.support.matters import Town
from tests.support.pages import Page, post
from tests.support.waiting import contact
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, add_staff


@pytest.fixture
def held(parish: Town) -> int:
    """A matter in the hands of the head, promised for Thursday morning."""
    return parish.office.bring_to(State.IN_PROGRESS)


def test_p_5_2c_the_promise_moves_only_when_somebody_else_allows_it(
    parish: Town, held: int
) -> None:
    office = parish.office
    before = office.read(held).due_at
    friday = (office.world.now + timedelta(days=4)).date()
    parish.ask_time(held, office.head, friday)
    assert office.read(held).due_at == before
    # Whoever may allow it is told at once.
    assert alarms(office, parish.mayor) == ["AL-04e"]
    office.world.wait(hours=1)
    parish.grant_time(held, parish.mayor)
    assert alarms(office, parish.mayor) == []
    moved = office.read(held)
    assert moved.due_at is not None
    assert moved.due_at.astimezone(SHANGHAI).strftime("%a %H:%M") == "Fri 17:00"
    assert (moved.due_told_at, moved.extensions) == (office.world.now, 1)
    due = office.world.do(lambda s: s.scalars(select(Watch.due_at).where(Watch.code == "AL-04")))
    assert list(due) == [moved.due_at]


def test_a_refusal_leaves_the_promise_and_lets_one_ask_again(parish: Town, held: int) -> None:
    office = parish.office
    before = office.read(held).due_at
    friday = (office.world.now + timedelta(days=4)).date()
    parish.ask_time(held, office.head, friday)
    with pytest.raises(AskedAlready):
        parish.ask_time(held, office.head, friday)
    parish.refuse_time(held, parish.mayor)
    assert office.read(held).due_at == before
    with pytest.raises(NothingAsked):
        parish.grant_time(held, parish.mayor)
    parish.ask_time(held, office.head, friday)


def test_q1_nothing_is_asked_or_allowed_after_the_promise_is_over(parish: Town, held: int) -> None:
    office = parish.office
    late = (office.world.now + timedelta(days=8)).date()
    parish.ask_time(held, office.head, late)
    office.world.wait(hours=72)
    with pytest.raises(TooLateToAsk):
        parish.grant_time(held, parish.mayor)
    parish.refuse_time(held, parish.mayor)
    with pytest.raises(TooLateToAsk):
        parish.ask_time(held, office.head, late)


def test_not_to_an_earlier_or_a_closed_day_and_not_a_third_time(parish: Town, held: int) -> None:
    office = parish.office
    today = office.world.now.date()
    with pytest.raises(NotLater):
        parish.ask_time(held, office.head, today)
    with pytest.raises(ClosedThatDay):
        parish.ask_time(held, office.head, today + timedelta(days=5))
    with pytest.raises(NotLater):
        parish.ask_time(held, office.head, date.min)
    with pytest.raises(TooFar):
        parish.ask_time(held, office.head, date.max)
    for days in (4, 7):
        parish.ask_time(held, office.head, today + timedelta(days=days))
        parish.grant_time(held, parish.mayor)
    with pytest.raises(EnoughTime):
        parish.ask_time(held, office.head, today + timedelta(days=8))


def test_over_its_pages_nobody_allows_it_to_oneself_and_the_person_reads_the_reason(
    parish: Town, held: int
) -> None:
    world = parish.office.world
    number = contact(world)

    def reach(session: Session) -> None:
        session.get_one(Matter, held).contact_id = number

    world.do(reach)
    add_staff(world, "31", ["matters.matter.see", "matters.matter.lead"])
    head, leader = sign_in(world, "12"), sign_in(world, "31")
    at = f"/{world.slug}/work/matters/{held}/"
    page = post(head, Page(head.get(f"{at}more-time/")), day="2026-11-28", words="零件要等")
    assert "那天不上班，請改選別天。" in page.text
    assert "零件要等" in page.text
    page = post(head, page, day="2026-11-27", words="零件要等")
    assert "已提出申請" in page.text
    assert "step/grant_time" not in page.text
    assert head.get(f"{at}step/grant_time/").status_code == 404
    page = post(leader, Page(leader.get(f"{at}step/grant_time/")), words="零件要等三天")
    assert "當事人會看到新的時間和理由。" in page.text
    told = world.do(lambda s: s.scalars(select(Message.template)).all())
    assert told == ["matters/messages/extended"]


def test_nobody_allows_a_time_that_the_page_does_not_show(parish: Town, held: int) -> None:
    world, office = parish.office.world, parish.office
    add_staff(world, "31", ["matters.matter.see", "matters.matter.lead"])
    leader = sign_in(world, "31")
    today = world.now.date()
    parish.ask_time(held, office.head, today + timedelta(days=4))
    page = Page(leader.get(f"/{world.slug}/work/matters/{held}/step/grant_time/?language=en"))
    page = Page(leader.get(page.path))
    assert "until Fri 27 Nov" in page.text
    assert "零件要等三天" in page.text
    parish.refuse_time(held, parish.mayor)
    parish.ask_time(held, office.head, today + timedelta(days=7))
    overtaken = post(leader, page, words="同意")
    assert overtaken.status == 422
    assert "until Mon 30 Nov" in overtaken.text
