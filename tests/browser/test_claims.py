"""What citizens say and windows verify: a claim to priority, and a no-show that was none."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.support.live import Live

WORDS, ANSWER = "我來了，窗口那天沒開", "查過了，是窗口記錯，對不起"


def test_a_claim_to_priority_is_verified_at_the_window(visit: Visit) -> None:
    citizen, clerk = visit("qingxi", width=NARROW), visit("qingxi")
    citizen.take_time("elderly-card")
    citizen.main.locator("[name=priority][value=elderly]").check()
    citizen.give_details("慕容蘭", "13811160001")
    citizen.fill(code=citizen.read_code())
    citizen.press("Book this time")
    citizen.sees("Booked")

    clerk.sign_in("1001")
    row = clerk.open_post_of("慕容○")
    expect(row).to_contain_text(clerk.say("Priority, to be verified"))
    clerk.press("Is here", within=row)
    row.locator("a.name").click()
    assert inspect(clerk.page) == []
    clerk.press("Priority confirmed")
    row = clerk.open_post_of("慕容○")
    expect(row).to_contain_text(clerk.say("Priority"))
    expect(row).not_to_contain_text(clerk.say("Priority, to be verified"))


def test_a_no_show_is_objected_to_and_taken_back_with_its_reason(visit: Visit, live: Live) -> None:
    citizen, head = visit("qingxi", width=NARROW), visit("qingxi")
    citizen.book("elderly-card", name="宇文秋", contact="13811160002")
    live.miss("qingxi")
    citizen.go("me/missed/")
    citizen.main.get_by_role("link", name=citizen.say("That is not right")).first.click()
    citizen.fill(words=WORDS)
    citizen.press("Send it to the head")
    citizen.sees("Being looked at")
    assert inspect(citizen.page) == []

    head.sign_in("2001")
    head.go("work/no-shows/")
    head.main.locator("a.door", has_text="宇文○").click()
    expect(head.main.get_by_text(WORDS)).to_be_visible()
    assert inspect(head.page) == []
    head.main.locator("[name=decision]").first.check()
    head.fill(words=ANSWER)
    head.press("Decide and tell the person")
    citizen.page.reload()
    citizen.sees("Taken back")
    expect(citizen.main.get_by_text(ANSWER)).to_be_visible()
    assert "/me/missed/" in citizen.read_message("/me/missed/")
