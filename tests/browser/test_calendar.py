"""A clerk has the window's days in a calendar, and takes them out again."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support.calendars import read_calendar


def test_a_clerk_subscribes_to_the_window_and_ends_it(visit: Visit) -> None:
    citizen, clerk = visit("qingxi"), visit("qingxi", width=360)
    citizen.book("elderly-card", name="諸葛小明", contact="13811110077")
    clerk.sign_in("1001")
    clerk.open_post_of("諸葛○○")
    clerk.follow("In my calendar")
    clerk.press("Make a link")
    clerk.sees("It is shown only this once.")
    address = clerk.main.locator("code").inner_text()
    path = re.sub(r"^https?://[^/]+", "", address)

    stranger = visit("qingxi").page.request
    entries = read_calendar(stranger.get(path).body())
    assert [entry for entry in entries if entry.summary.startswith("諸葛○○")]

    clerk.follow("I have kept it")
    assert address not in clerk.page.content()
    clerk.main.locator("a.risk").first.click()
    dialog = clerk.page.get_by_role("dialog")
    clerk.press("End this link", within=dialog)
    clerk.sees("You have no link yet.")
    expect(clerk.page.get_by_text(clerk.say("The link has ended."))).to_be_visible()
    assert stranger.get(path).status == 404
