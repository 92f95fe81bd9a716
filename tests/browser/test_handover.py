"""The evening handover: two people in two browsers, two matters, two appointments, a key."""

import pytest
from playwright.sync_api import expect

from portal.demonstration.logins import PIN
from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import Visitor
from tests.support.handover_live import GIVER, NAMES, RECEIVER, set_evening
from tests.support.world import PASSWORD

#: A language a house, so that each of them is gone through once.
HOUSES = [
    pytest.param("linjiang", "zh_Hant", True, id="traditional-by-script"),
    pytest.param("sunshine", "en", False, id="english-without-script"),
    pytest.param("qingxi", "zh_Hans", True, id="simplified-by-script"),
]


def enter(visitor: Visitor, number: str) -> None:
    """Sign in as somebody who came just now."""
    visitor.go("work/sign-in/")
    visitor.fill(number=number, password=PASSWORD)
    visitor.press("Sign in")
    expect(visitor.page.locator("nav.menu")).to_be_visible()


@pytest.mark.parametrize(("slug", "language", "has_script"), HOUSES)
def test_w_ab_3_the_evening_handover_under_two_signatures(
    visit: Visit, slug: str, language: str, has_script: bool
) -> None:
    a = visit(slug, language=language, java_script_enabled=has_script)
    b = visit(slug, language=language, width=NARROW, java_script_enabled=has_script)

    def faults(visitor: Visitor) -> list[str]:
        """What is wrong with the page; whoever looks needs a script for it."""
        return inspect(visitor.page) if has_script else []

    post_id = set_evening(a.live.worlds()[slug])
    enter(a, GIVER)
    enter(b, RECEIVER)

    # Whoever wants to leave is led to the list.
    a.go("work/duty/")
    a.press("Sign out of the post")
    a.sees("Hand over first what is in your hands here.")
    assert faults(a) == []
    assert a.page.url.endswith(f"work/handover/new/{post_id}/")
    a.press("Make the list")
    expect(a.main.locator(".line")).to_have_count(4)
    a.follow("Add a thing or an instruction")
    a.main.locator("[name=kind][value=key]").check()
    a.fill(words="抽屜鑰匙2把")
    a.press("Add it")
    expect(a.main.locator(".line")).to_have_count(5)
    assert faults(a) == []
    a.fill(code=PIN)
    a.press("Sign and offer it")
    a.sees("Signed. It is yours until your colleague signs.")
    assert faults(a) == []

    # The receiver finds it at the desk, ticks each line, and signs.
    b.go("work/desk/")
    b.sees("Take it over")
    b.main.locator("aside a[href*='/work/handover/']").first.click()
    expect(b.main).to_contain_text("周○梅")
    assert faults(b) == []
    boxes = b.main.locator("input.tick")
    expect(boxes).to_have_count(5)
    for number in range(4):
        boxes.nth(number).check()
    b.fill(code=PIN)
    b.press("Sign and take over")
    b.sees("Not every line is ticked. Tick each one, or refuse it.")
    boxes.nth(4).check()
    b.fill(code="1357")
    b.press("Sign and take over")
    expect(b.page.get_by_role("alert")).to_be_visible()
    b.fill(code=PIN)
    b.press("Sign and take over")
    b.sees("Signed. From now on it is yours.")
    assert faults(b) == []

    b.go("work/desk/")
    expect(b.main.locator("a[data-row]")).to_have_count(2)
    b.go("windows/")
    expect(b.main).to_contain_text(NAMES[RECEIVER])
    expect(b.main).not_to_contain_text(NAMES[GIVER])
