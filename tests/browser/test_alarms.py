"""Alarms on a telephone without script: read, followed to the thing, and said to be seen."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.events import (
    RecipientsAsked,
    Subject,
    SubjectsAsked,
    recipients_asked,
    subjects_asked,
)
from portal.alarms.rules import Kind, Level, Limit, Wait
from portal.alarms.services.raising import raise_due
from portal.alarms.services.watching import arm
from portal.core.actor import SYSTEM
from portal.identity.models import Staff
from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.support.live import Live, end_limits

CLERK = "1002"
TITLES = {1: "三號樓門前的路燈不亮", 2: "W" * 60, 3: "青溪路積水"}
LADDER = (Level(Wait(-30), ("holder",), Kind.WARN), Level(Wait(0), ("holder",), Kind.CHASE))


def _answer(question: RecipientsAsked) -> list[int]:
    if question.subject_kind != "pretended":
        return []
    clerk = select(Staff.id).where(Staff.number == CLERK)
    return list(question.session.scalars(clerk))


def _name(question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
    return {
        (kind, each): Subject({"zh_Hant": TITLES[each]}, "today.choose")
        for kind, ids in question.ids.items()
        for each in ids
        if each in TITLES
    }


@pytest.fixture
def four_limits(live: Live) -> Iterator[None]:
    """One that is near, two that are over, and one of a thing that nobody names any more."""
    world = live.worlds()["qingxi"]
    recipients_asked.connect(_answer)
    subjects_asked.connect(_name)

    def watch(session: Session) -> None:
        end_limits(session, world.now)
        for number, minutes in ((1, 25), (2, -125), (3, -5), (4, 0)):
            arm(
                session,
                limit=Limit("pretended", number, "AL-04"),
                ladder=LADDER if minutes <= 0 else (LADDER[1],),
                due_at=world.now + timedelta(minutes=minutes),
                actor=SYSTEM,
                now=world.now - timedelta(hours=3),
            )
        raise_due(session, world.now + timedelta(minutes=25))

    world.do(watch)
    yield
    recipients_asked.disconnect(_answer)
    subjects_asked.disconnect(_name)


@pytest.mark.usefixtures("four_limits")
def test_alarms_are_read_and_said_to_be_seen(visit: Visit) -> None:
    clerk = visit("qingxi", width=NARROW)
    clerk.sign_in(CLERK)
    clerk.follow("Alarms", within=clerk.page.locator("nav.menu"))
    rows = clerk.main.locator(".rows > li")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text(TITLES[2])
    assert inspect(clerk.page) == []

    clerk.press("I have seen it", within=rows.first)
    clerk.sees("Noted that you have seen it. It stays here until it is done.")
    expect(rows).to_have_count(4)
    expect(rows.first.get_by_role("button")).to_have_count(0)
    assert inspect(clerk.page) == []
    rows.last.get_by_role("link", name=TITLES[1]).click()
    expect(clerk.page).to_have_url(re.compile("/work/today/"))


@pytest.mark.usefixtures("four_limits")
def test_alarms_need_no_script(visit: Visit) -> None:
    clerk = visit("qingxi", width=NARROW, java_script_enabled=False)
    clerk.sign_in(CLERK)
    clerk.go("work/alarms/")
    clerk.press("I have seen it", within=clerk.main.locator(".rows > li").first)
    clerk.sees("Noted that you have seen it. It stays here until it is done.")
