"""A steps away and B covers, in two browsers, and a third that belongs to anybody says so."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.support.duty_live import look_at_duty

#: A of the first window of the demonstration, and its B, who is A of the second.
FIRST, SECOND = "1001", "1002"
#: Milliseconds within which a page that is open says what has changed.
SOON = 8_000


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_w_ab_2_a_steps_away_b_covers_and_everybody_reads_it(visit: Visit, language: str) -> None:
    a, b, anybody = (visit("qingxi", language=language, width=NARROW) for _one in range(3))
    a.sign_in(FIRST)
    b.sign_in(SECOND)
    place = look_at_duty(a.live.worlds()["qingxi"], FIRST)
    anybody.go(f"windows/{place.post_code}/")
    name = anybody.title.inner_text()
    b.go("work/duty/")

    a.go("work/duty/")
    a.follow("Step away")
    assert inspect(a.page) == []
    a.main.locator("[name=reason][value=meal]").check()
    a.fill(minutes="31")
    a.press("I step away now")
    expect(a.page.get_by_role("alert")).to_be_visible()
    a.fill(minutes="20")
    a.press("I step away now")
    a.sees("You are away. Your colleague is asked to cover the post.")
    assert inspect(a.page) == []

    # Nobody reloads a page from here on: what is open says it by itself.
    expect(anybody.title).not_to_have_text(name, timeout=SOON)
    cover = b.main.get_by_role("button", name=b.say("Cover the post"))
    expect(cover).to_be_visible(timeout=SOON)
    cover.click()
    b.sees("You cover the post now. What is in hand stays with your colleague.")
    assert inspect(b.page) == []
    expect(anybody.main).to_contain_text(anybody.say("Covered by a colleague"), timeout=SOON)
    assert inspect(anybody.page) == []

    a.press("I am back")
    a.sees("You are back. Whoever covered you is free.")
    expect(anybody.title).to_have_text(name, timeout=SOON)
