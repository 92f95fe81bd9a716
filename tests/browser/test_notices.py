"""A visitor is told everything at once, brings it, and nobody asks for more unseen."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import Visitor

#: Who takes it up, and who leads the town, in the demonstration.
CLERK, LEADER = "1001", "3001"
#: What is demanded beyond the notice; the institution keeps what the languages before did.
DEMANDED = {"zh_Hant": "無犯罪證明", "zh_Hans": "无犯罪证明", "en": "Police record"}
REASON = "上次也要了"


def take_down(clerk: Visitor) -> str:
    """An application that was read back; the address of its page."""
    clerk.go("work/matters/add/application/")
    clerk.main.locator("[name=channel][value=phone]").check()
    clerk.fill(title="想辦居住證明", name="諸葛明")
    clerk.press("Take it down")
    clerk.main.locator("[name=way][value=word]").check()
    clerk.press("Record it")
    at = clerk.page.url.split("/qingxi/")[1].removesuffix("report/")
    clerk.go(at)
    return at


def bring_everything(clerk: Visitor) -> None:
    """Tick and count all that is missing."""
    boxes = clerk.main.locator("form .needs input")
    for number in range(boxes.count()):
        box = boxes.nth(number)
        if box.get_attribute("type") == "checkbox":
            box.check()
        else:
            box.fill("1")


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_told_at_once_brought_bit_by_bit_and_nothing_asked_beyond_unseen(
    visit: Visit, language: str
) -> None:
    known: dict[str, Any] = {"language": language, "width": NARROW}
    clerk, person, leader = (visit("qingxi", **known) for _one in range(3))
    clerk.sign_in(CLERK)
    take_down(clerk)
    page = clerk.find_own_page()
    clerk.main.get_by_role("link", name=clerk.say("Give a one-time notice")).first.click()
    assert inspect(clerk.page) == []
    clerk.main.locator("a.door").first.click()
    assert inspect(clerk.page) == []
    clerk.press("Give this notice")
    clerk.sees("Given. Print it, and both sign.")
    assert inspect(clerk.page) == []
    given = clerk.page.url.split("/qingxi/")[1]

    person.go(page)
    expect(person.main.locator(".needs li").first).to_be_visible()
    assert inspect(person.page) == []
    person.follow("The whole notice, to print")
    expect(person.main.locator(".sign-lines")).to_be_visible()
    assert inspect(person.page) == []

    # A demand beyond the notice reaches the person, and whoever oversees.
    clerk.follow("Ask for a paper that is not listed")
    expect(clerk.main.locator(".notice.warn")).to_be_visible()
    assert inspect(clerk.page) == []
    clerk.fill(paper=DEMANDED[language], words=REASON)
    clerk.press("Ask for it, and record it")
    person.go(page)
    expect(person.main.get_by_text(REASON).first).to_be_visible()
    leader.sign_in(LEADER)
    leader.go("work/signals/")
    expect(leader.main.get_by_text(DEMANDED[language])).to_be_visible()
    assert inspect(leader.page) == []
    leader.main.locator("tbody a").first.click()
    leader.fill(words="已談話，撤回要求")
    leader.press("Write it down")
    leader.sees("Written down. Nobody is reminded of it any more.")
    assert inspect(leader.page) == []

    # Everything comes; from then on nothing more is asked.
    clerk.go(given)
    for _time in range(3):
        bring_everything(clerk)
        clerk.press("Take them in")
        clerk.page.wait_for_load_state()
        if not clerk.main.locator("form .needs input").count():
            break
    clerk.sees("Taken in. The papers are complete.")
    clerk.follow("Ask for a paper that is not listed")
    expect(clerk.main.locator(".notice.bad")).to_be_visible()
    clerk.fill(paper=DEMANDED[language], words="還是想要")
    clerk.press("Ask for it, and record it")
    clerk.sees("The papers are complete, so nothing was asked for. It is recorded.")
    person.page.reload()
    expect(person.main.get_by_text("還是想要")).to_have_count(0)
