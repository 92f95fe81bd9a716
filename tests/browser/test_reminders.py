"""Days pass: people are reminded once each, and phoned where no message reached them."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.messages.queries import PAGE
from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import WEDNESDAY, Visitor
from tests.support.live import Live, end_limits

LINK = re.compile(r"https?://[\w.:/?=&%~-]+")


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """Days pass here, in which nobody is told of what the demonstration leaves undone."""
    world = own_demonstration.worlds()["qingxi"]
    world.do(lambda session: end_limits(session, world.now))
    return own_demonstration


def messages_about(visitor: Visitor, reference: str) -> list[str]:
    """What was sent about a booking, the newest first, among all that nobody came to a post."""
    visitor.live.deliver()
    found: list[str] = []
    offset = 0
    while True:
        visitor.go(f"outbox/?from={offset}")
        found += visitor.main.locator("article", has_text=reference).all_inner_texts()
        if not visitor.main.locator(f"a[href$='from={offset + PAGE}']").count():
            return found
        offset += PAGE


def wait_until(live: Live, reference: str, *, before: timedelta) -> None:
    """Let time pass until so long before a booking."""
    world = live.worlds()["qingxi"]

    def find(session: Session) -> timedelta:
        booking = session.scalars(select(Booking).where(Booking.reference == reference)).one()
        return booking.starts_at - before - world.now

    live.wait(seconds=world.do(find, is_read_only=True).total_seconds())


@pytest.mark.parametrize("language", LOCALES)
def test_people_are_reminded_once_and_not_of_what_they_cancelled(
    visit: Visit, live: Live, language: str
) -> None:
    coming = visit("qingxi", language=language)
    staying = visit("qingxi", language=language, width=NARROW)
    come = coming.book("residence-permit", name="公孫策", contact="13811170001", day=WEDNESDAY)
    stay = staying.book("residence-permit", name="令狐冲", contact="13811170002", day=WEDNESDAY)
    assert len(messages_about(coming, come)) == 1

    day, soon = timedelta(days=1), timedelta(hours=2)
    for visitor, reference in ((coming, come), (staying, stay)):
        wait_until(live, reference, before=day)
        assert len(messages_about(visitor, reference)) == 2
    link = LINK.search(messages_about(staying, stay)[0])
    assert link
    staying.page.goto(link[0])
    expect(staying.title).to_contain_text("25")
    assert inspect(staying.page) == []
    staying.follow("Cancel booking")
    staying.press("Cancel booking", within=staying.page.get_by_role("dialog"))
    staying.sees("This booking is cancelled.")

    wait_until(live, come, before=soon)
    assert len(messages_about(coming, come)) == 3
    wait_until(live, stay, before=soon)
    # The second was told of the cancellation, and is told no more.
    assert len(messages_about(staying, stay)) == 3
    assert len(messages_about(coming, come)) == 3


@pytest.mark.parametrize("language", LOCALES)
def test_whom_no_message_reached_is_phoned(visit: Visit, language: str) -> None:
    clerk = visit("qingxi", language=language, width=NARROW)
    clerk.sign_in("1001")
    clerk.go("work/today/")
    for address in clerk.addresses("a.door"):
        clerk.go(address)
        if clerk.main.locator("a[href$='/calls/']").count():
            break
    clerk.main.locator("a[href$='/calls/']").click()
    calls, door = clerk.page.url, clerk.main.locator("a.door")
    expect(door).to_contain_text(clerk.say("Not phoned yet"))
    assert inspect(clerk.page) == []
    door.click()
    clerk.sees("Please phone the person.")
    assert inspect(clerk.page) == []
    clerk.press("Phoned, not reached")
    clerk.page.goto(calls)
    expect(door).not_to_contain_text(clerk.say("Not phoned yet"))
    door.click()
    clerk.press("Phoned, reached")
    clerk.page.goto(calls)
    clerk.sees("Everybody has been reached.")
