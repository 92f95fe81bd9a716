"""A day is full: whoever waits for it is offered the place that somebody gives back."""

from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.catalog.models import Service
from portal.core.actor import Actor
from portal.tenancy.settings import BookingRules
from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, inspect
from tests.support.live import Live
from tests.support.world import SHANGHAI, World, local

SERVICE, MONDAY = "residence-permit", date(2026, 11, 30)


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """A day is filled here."""
    return own_demonstration


def fill_day(world: World) -> None:
    """The window gives every place of the day that is left."""

    def fill(session: Session) -> None:
        service = session.scalars(select(Service).where(Service.code == SERVICE)).one()
        left = select(Slot).where(
            Slot.service_id == service.id,
            Slot.starts_at.between(local(MONDAY, 0), local(MONDAY, 23)),
            Slot.booked < Slot.capacity,
            ~Slot.is_withdrawn,
        )
        for slot in session.scalars(left.order_by(Slot.id)).all():
            person = Person("王建國", None, priority="elderly")
            for _place in range(slot.capacity - slot.booked):
                book_slot(
                    session,
                    slot_id=slot.id,
                    order=Order(person, None, Channel.COUNTER),
                    rules=BookingRules(),
                    zone=SHANGHAI,
                    actor=Actor("staff", 1),
                    now=world.now,
                )

    world.do(fill)


@pytest.mark.parametrize("language", LOCALES)
def test_a_place_given_back_is_offered_to_who_waits(
    visit: Visit, live: Live, language: str
) -> None:
    first = visit("qingxi", language=language)
    second = visit("qingxi", language=language, width=NARROW)
    day = MONDAY.isoformat()
    first.book(SERVICE, name="歐陽曉晴", contact="13811150001", day=day)
    fill_day(live.worlds()["qingxi"])
    second.book("elderly-card", name="司徒明", contact="13811150002")

    second.go(f"book/{SERVICE}/time/?day={day}")
    second.main.locator(f"a[href*='/book/{SERVICE}/wait/']").first.click()
    second.fill(first_day=day, last_day=day)
    second.join_list("司徒明")
    assert inspect(second.page) == []

    first.follow("Cancel booking")
    dialog = first.page.get_by_role("dialog")
    first.press("Cancel booking", within=dialog)
    first.sees("This booking is cancelled.")
    live.deliver()
    second.go("outbox/")
    second.main.locator("article a[href*='/o/']").first.click()
    expect(second.title).to_contain_text("30")
    assert inspect(second.page) == []
    second.press("Take this time")
    expect(second.title).to_contain_text("30")
    second.go("me/waiting/")
    expect(second.main.get_by_role("button")).to_have_count(0)
