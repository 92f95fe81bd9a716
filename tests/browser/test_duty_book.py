"""The evening handover closes the duty book; the next one's book shows what is carried over."""

import re

import pytest
from playwright.sync_api import expect

from portal.demonstration.logins import PIN
from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.test_handover import enter
from tests.support.handover_live import GIVER, NAMES, RECEIVER, set_evening
from tests.support.live import Live


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """An evening of its own."""
    return own_demonstration


def test_p_6_2_the_evening_handover_closes_the_book(visit: Visit) -> None:
    slug = "linjiang"
    a = visit(slug, language="zh_Hant")
    b = visit(slug, language="zh_Hant", width=NARROW)
    post_id = set_evening(a.live.worlds()[slug])
    enter(a, GIVER)
    enter(b, RECEIVER)

    # The book is open while the post is kept.
    books = f"work/handover/books/?post={post_id}"
    a.go(books)
    a.main.get_by_role("link", name="1", exact=True).click()
    a.sees("This book is open: as it stands now.")
    expect(a.main.locator("tbody tr")).to_have_count(2)
    assert inspect(a.page) == []

    a.live.wait(minutes=1)
    a.go(f"work/handover/new/{post_id}/")
    a.press("Make the list")
    a.follow("Add a thing or an instruction")
    a.main.locator("[name=kind][value=key]").check()
    a.fill(words="抽屜鑰匙2把")
    a.press("Add it")
    a.fill(code=PIN)
    a.press("Sign and offer it")
    b.go("work/desk/")
    b.main.locator("aside a[href*='/work/handover/']").first.click()
    for box in b.main.locator("input.tick").all():
        box.check()
    b.fill(code=PIN)
    b.press("Sign and take over")
    b.sees("Signed. From now on it is yours.")

    # The second signature has closed it, with what went on, and opened the next one.
    b.go(books)
    expect(b.main.locator("tbody tr")).to_have_count(2)
    assert inspect(b.page) == []
    b.main.get_by_role("link", name="2", exact=True).click()
    b.sees("This book is open: as it stands now.")
    rows = b.main.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=b.say("From book %(number)s", number=1))).to_have_count(2)
    assert inspect(b.page) == []
    a.go(books)
    a.main.get_by_role("link", name="1", exact=True).click()
    a.sees("Closed by the handover")
    for said in (NAMES[GIVER], NAMES[RECEIVER], "抽屜鑰匙2把", re.compile(r"JB-\d{4}-\d+")):
        expect(a.main).to_contain_text(said)
    assert inspect(a.page) == []
