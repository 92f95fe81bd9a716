"""Hours close: the head sees whom it hits, and who was moved is asked and says yes."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, inspect
from tests.support.live import Live
from tests.support.world import SHANGHAI

FRIDAY = "2026-11-27"
#: As it is written, and as it is read in the other script.
REASON, SIMPLIFIED = "水管檢修", "水管检修"


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """Hours are closed here."""
    return own_demonstration


@pytest.mark.parametrize("language", LOCALES)
def test_who_is_moved_by_a_closure_is_asked_and_agrees(
    visit: Visit, live: Live, language: str
) -> None:
    citizen = visit("qingxi", language=language, width=NARROW)
    head = visit("qingxi", language=language)
    reference = citizen.book("residence-permit", name="諸葛青", contact="13811140001", day=FRIDAY)
    own = citizen.page.url

    def find(session: Session) -> tuple[int, bool]:
        booking = session.scalars(select(Booking).where(Booking.reference == reference)).one()
        return booking.post_id, booking.starts_at.astimezone(SHANGHAI).hour < 12

    post_id, is_morning = live.worlds()["qingxi"].do(find, is_read_only=True)
    head.sign_in("2001")
    head.go("work/closures/add/")
    head.main.locator("[name=post]").select_option(str(post_id))
    head.fill(day=FRIDAY, **{"reason-zh_Hant": REASON})
    head.main.locator(f"[name=part][value={'morning' if is_morning else 'afternoon'}]").check()
    head.press("See whom it hits")
    row = head.main.locator("tr", has_text="諸葛○")
    expect(row).to_contain_text(head.say("Can be told"))
    assert inspect(head.page) == []
    head.press("Close, move them and tell them")
    live.deliver()
    head.page.reload()
    expect(row).to_contain_text(head.say("Moved"))
    expect(row).to_contain_text(head.say("Not yet confirmed"))
    assert inspect(head.page) == []

    citizen.page.goto(own)
    citizen.sees("We had to move your booking.")
    reason = SIMPLIFIED if language == "zh_Hans" else REASON
    expect(citizen.main.get_by_text(reason)).to_be_visible()
    assert inspect(citizen.page) == []
    citizen.press("The new time suits me")
    head.page.reload()
    expect(row).to_contain_text(head.say("The person agrees"))
