"""Somebody came late, says why, and the head excuses it: two people in two browsers."""

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import inspect
from tests.support.attendance_live import find_late
from tests.support.live import Live

#: A day of the week before the demonstration begins.
WEDNESDAY = date(2026, 11, 18)


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """What is decided stays."""
    return own_demonstration


def test_late_contested_and_excused(visit: Visit, live_demonstration: Live) -> None:
    case = find_late(live_demonstration.worlds()["qingxi"], WEDNESDAY, 18)
    clerk, head = visit("qingxi"), visit("qingxi")
    clerk.sign_in(case.number)
    clerk.go("work/attendance/")
    expect(clerk.main.locator(".tag", has_text="18")).to_be_visible()
    assert inspect(clerk.page) == []
    clerk.main.locator(f"a[href*='/shifts/{case.shift_id}/contest/']").click()
    assert inspect(clerk.page) == []
    clerk.press("Contest the entry")
    clerk.sees("Write the reason in words.")
    assert inspect(clerk.page) == []
    clerk.fill(words="到縣裡取件，路上堵車")
    clerk.press("Contest the entry")
    clerk.sees("Sent. You read here what is decided.")
    clerk.sees("Contested, not decided yet")
    assert inspect(clerk.page) == []

    head.sign_in(case.judge)
    head.go("work/attendance/")
    head.main.locator(".rows a.title-link").last.click()
    expect(head.main.locator(".tag", has_text="18")).to_be_visible()
    assert inspect(head.page) == []
    head.main.locator("[name=decision][value=uphold]").check()
    head.fill(words="派工單已核對")
    head.press("Decide")
    head.sees("Decided. Whoever contested it reads it.")
    assert inspect(head.page) == []

    clerk.page.reload()
    clerk.sees("Excused")
    expect(clerk.main.locator(".tag", has_text="18")).to_be_visible()
    expect(clerk.main.get_by_text("派工單已核對")).to_be_visible()
    assert inspect(clerk.page) == []
