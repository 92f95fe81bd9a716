"""A promise breaks, and the citizen's tap reaches oversight and comes back as an answer."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, inspect
from tests.support.breaches import next_expected
from tests.support.live import Live

ANSWER = "對不起，窗口少了一個人。以後會先叫預約的人。"


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """Time passes here."""
    return own_demonstration


@pytest.mark.parametrize("language", LOCALES)
def test_w_yy_3_from_the_broken_promise_to_the_answer_of_oversight(
    visit: Visit, live: Live, language: str
) -> None:
    world = live.worlds()["qingxi"]
    address, starts_at, ends_at = next_expected(world)
    citizen = visit("qingxi", language=language, width=NARROW)
    leader = visit("qingxi", language=language)
    live.wait(seconds=(starts_at - world.now).total_seconds())
    citizen.go(address)
    citizen.follow("I am here")
    citizen.press("Yes, I am here")
    citizen.sees("We know that you are here.")
    live.wait(seconds=(ends_at - starts_at).total_seconds() + 660)
    live.deliver()

    citizen.go(address)
    citizen.sees("We did not keep your time. We are sorry.")
    times = citizen.main.get_by_role("button", name=citizen.say("Take this time"))
    expect(times).to_have_count(3)
    assert inspect(citizen.page) == []
    citizen.press("Send a complaint")
    citizen.sees("Your complaint is sent. The answer will stand on this page.")

    leader.sign_in("3001")
    leader.go("work/oversight/")
    leader.main.locator("table a").first.click()
    assert inspect(leader.page) == []
    leader.fill(answer=ANSWER)
    leader.press("Send the answer")
    leader.sees("Answered. The person is told.")

    citizen.go(address)
    expect(citizen.main.get_by_text(ANSWER)).to_be_visible()
    times.first.click()
    citizen.sees("The new time is yours.")
    citizen.sees("You took a new time.")
