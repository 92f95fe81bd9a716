"""The roster with two people in two browsers: what would be empty is refused, filled, published."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import inspect
from tests.browser.visitor import Visitor
from tests.support.live import Live

#: A of the first window, whose B is A of the second; and who has no window of their own.
CLERK, SPARE, HEAD = "1001", "1007", "2001"
NEXT = "work/roster/?day=2026-11-30"


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """People are given places here, and a week is published."""
    return own_demonstration


def fill_gaps(head: Visitor, spare: Visitor) -> None:
    """Nobody who knows the window can; so a third person is given a place there, and signs."""
    head.go(NEXT)
    assert inspect(head.page) == []
    gaps = head.main.locator(".roster-gap")
    expect(gaps).to_have_count(2)
    head.press("Publish this week")
    expect(head.page.get_by_role("alert")).to_be_visible()
    assert inspect(head.page) == []
    gaps.first.get_by_role("link").click()
    head.sees("Nobody who knows this post can keep it then.")
    assert inspect(head.page) == []
    head.follow("Give somebody a place here")
    person = head.main.locator("[name=staff] option", has_text=SPARE).first
    head.main.locator("select[name=staff]").select_option(person.get_attribute("value"))
    head.main.locator("select[name=position]").select_option("B")
    head.press("Have this person serve here")
    head.go(NEXT)
    expect(gaps).to_have_count(0)
    head.press("Publish this week")
    head.sees("Has not signed the duty statement of this post")
    head.follow("Ask to sign")
    assert inspect(head.page) == []
    head.press("Ask to sign")
    head.sees("Asked by message.")
    spare.sign_in(SPARE)
    spare.go("work/duty/")
    spare.follow("Read and sign")
    assert inspect(spare.page) == []
    spare.follow("Read and sign")
    assert inspect(spare.page) == []
    spare.press("I have read it and answer for it")
    spare.sees("Signed. You can be put at this post.")
    head.go(NEXT)


def put_somebody_else_there(head: Visitor) -> None:
    """The third person keeps the window on Monday, too; who cannot is named with the reason."""
    head.main.locator(".roster tbody tr").first.locator("td").nth(2).get_by_role("link").click()
    head.sees("Who keeps the post?")
    assert inspect(head.page) == []
    head.main.locator("[name=staff]").last.check()
    head.press("Put there")
    head.sees("Put there. The roster says so.")


def test_w_ab_2_an_empty_window_is_refused_filled_and_published(visit: Visit) -> None:
    clerk, head, spare = (visit("qingxi") for _one in range(3))
    clerk.sign_in(CLERK)
    head.sign_in(HEAD)
    fill_gaps(head, spare)
    put_somebody_else_there(head)
    head.press("Publish this week")
    head.sees("Published. What changes from now on is shown below the roster.")
    clerk.go(NEXT)
    expect(clerk.main.locator(".roster .stands-in")).to_have_count(2)
    expect(clerk.main.get_by_text(clerk.say("This week is a draft."))).to_have_count(0)
    assert inspect(clerk.page) == []
    clerk.go(f"{NEXT}&by=person")
    assert inspect(clerk.page) == []
