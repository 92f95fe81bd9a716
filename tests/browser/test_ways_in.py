"""An online form and a visitor: each becomes a matter with one answerer, in any language."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.matter_steps import feed_back, finish, record, say_solved, take_down, tell

CLERK = "1001"
LAMP, LOST, ANSWER = "路口的路燈不亮", "撿到一個孩子的書包", "已經換了燈泡"


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_written_down_online_confirmed_on_the_own_page_taken_up_and_answered(
    visit: Visit, language: str
) -> None:
    known: dict[str, Any] = {"language": language, "width": NARROW}
    clerk, person = visit("qingxi", **known), visit("qingxi", **known)
    person.go("tell/repair/")
    assert inspect(person.page) == []
    person.fill(title=LAMP, body="天黑了看不見臺階", place="東街口")
    person.press("Send it")
    assert inspect(person.page) == []
    person.press("It is right like this")
    person.sees("Thank you. The window reads it next.")
    reference = person.main.locator("b.code").inner_text()

    clerk.sign_in(CLERK)
    clerk.go(f"work/desk/find/?q={reference}")
    clerk.main.get_by_role("link", name=LAMP).click()
    clerk.press("Take it up")
    clerk.follow("Read it back")
    assert inspect(clerk.page) == []
    at = record(clerk, "own")
    finish(clerk, at, ANSWER)
    feed_back(clerk, at)
    tell(clerk, ANSWER, "message")
    person.page.reload()
    expect(person.main.get_by_text(ANSWER).first).to_be_visible()
    say_solved(person)


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_a_visitor_is_received_and_a_grave_matter_waits_for_the_leader(
    visit: Visit, language: str
) -> None:
    clerk = visit("qingxi", language=language, width=NARROW)
    clerk.sign_in(CLERK)
    known = {"name": "歐陽明", "contact": "13800138009"}
    take_down(clerk, "enquiry", channel="visit", title=LOST, body="孩子在門口哭", **known)
    # A visitor is offered a seat, tea and the form, or it is said why not.
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    assert inspect(clerk.page) == []
    clerk.main.locator("[name=severity][value=major]").check()
    for offered in ("seat", "tea", "form"):
        clerk.main.locator(f"[name=reception][value={offered}]").check()
    clerk.press("Take it down")
    clerk.main.get_by_role("button").filter(has_text="138****8009").click()
    clerk.sees("Sent. The person says the code when it is right.")
    clerk.main.locator("[name=way][value=code]").check()
    clerk.fill(code="000000")
    clerk.press("Record it")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    assert inspect(clerk.page) == []
    finish(clerk, record(clerk), ANSWER)
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    assert inspect(clerk.page) == []
