"""Two people of the duty room swap their shifts in two browsers, and the head reads of it."""

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import inspect
from tests.support.live import Live
from tests.support.offers_live import find_shift

#: A day of the week that is published.
FRIDAY = date(2026, 11, 27)
HEAD = "2001"


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """The roster changes here."""
    return own_demonstration


def test_an_early_and_a_late_shift_are_swapped(visit: Visit, live_demonstration: Live) -> None:
    world = live_demonstration.worlds()["sunshine"]
    early, late = find_shift(world, FRIDAY, 6), find_shift(world, FRIDAY, 14)
    one, other, head = (visit("sunshine") for _one in range(3))
    one.sign_in(early[1])
    one.go("work/roster/mine/")
    assert inspect(one.page) == []
    one.main.locator(f"a[href$='/mine/{early[0]}/']").click()
    assert inspect(one.page) == []
    names = one.main.locator(".person", has=one.page.locator("a"))
    for place in range(names.count()):
        names.nth(place).get_by_role("link").click()
        if one.main.locator(f"[name=taker][value='{late[0]}']").count():
            break
        one.page.go_back()
    one.main.locator(f"[name=taker][value='{late[0]}']").check()
    assert inspect(one.page) == []
    one.press("Send the offer")
    one.sees("Offered. You read here what becomes of it.")
    assert inspect(one.page) == []

    other.sign_in(other_number := late[1])
    assert other_number != early[1]
    other.go("work/roster/mine/")
    other.main.locator("a.title-link").first.click()
    assert inspect(other.page) == []
    other.press("I take it")
    other.sees("Agreed. The roster says so.")
    assert inspect(other.page) == []

    head.sign_in(HEAD)
    head.go(f"work/roster/?day={FRIDAY}&page=2")
    swapped = head.main.get_by_text(head.say("Swapped"), exact=True)
    expect(swapped).to_have_count(2)
    head.sees("Changed after publishing")
    assert inspect(head.page) == []
    one.page.reload()
    one.sees("Agreed upon")
