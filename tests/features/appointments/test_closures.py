"""Closing hours: whom it hits is shown, then they are moved or cancelled and told, as one act."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.closure_rules import ClosedBackwards
from portal.appointments.models import Booking, Hold, PublishedDay, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.services.offers import take_offer
from portal.appointments.services.paying_back import offer_free_places
from portal.appointments.services.places import return_places
from portal.appointments.services.settling import settle
from portal.core.actor import SYSTEM
from portal.core.ledger import LedgerEntry
from portal.identity.models import Unit
from portal.messages.models import Message
from portal.tenancy.settings import BookingRules
from tests.support.closing import (
    DAY,
    PERMISSIONS,
    book,
    close_afternoon,
    closures,
    fates,
    find_wrong,
    post_of,
    settle_all,
    two_windows,
)
from tests.support.counted import add_unit, limit_to_unit
from tests.support.pages import Page, post
from tests.support.walks import bookings, choose_time, give_details, sign_in
from tests.support.world import SHANGHAI, World, add_staff, local

FORM: dict[str, Any] = {
    "day": DAY.isoformat(),
    "part": "afternoon",
    "reason-zh_Hant": "停水",
    "reason-en": "No water",
}


@pytest.fixture
def windows(institution: World) -> World:
    """Two windows for one service."""
    two_windows(institution)
    return institution


@pytest.fixture
def head(windows: World) -> FlaskClient:
    """Whoever may close hours."""
    client = sign_in(windows, "H1")
    client.set_cookie("language", "en", path="/")
    return client


def open_page(client: FlaskClient, path: str = "") -> Page:
    return Page(client.get(f"/qingxi/work/closures/{path}"))


def messages(world: World, template: str) -> list[Message]:
    wanted = select(Message).where(Message.template == f"appointments/messages/{template}")
    return world.do(lambda session: list(session.scalars(wanted)))


def test_first_it_is_shown_whom_a_closed_afternoon_hits(windows: World, head: FlaskClient) -> None:
    book(windows, local(DAY, 14))
    book(windows, local(DAY, 14, 30), who="李四", phone="")
    book(windows, local(DAY, 10), who="王五", phone="+8613912345678")
    asked = post(head, open_page(head, "add/"), **FORM)
    assert "2 booked appointments lie in these hours." in asked.text, asked.text
    assert "25 Nov, afternoon" in asked.text
    assert "1 of them left no contact" in asked.text
    assert "張○華" in asked.text
    assert "王" not in asked.text
    assert closures(windows) == []
    back = post(head, asked, step="back")
    assert back.form()["fields"]["day"] == DAY.isoformat()


def test_whoever_books_while_one_looks_is_shown_before_it_is_closed(
    windows: World, head: FlaskClient
) -> None:
    asked = post(head, open_page(head, "add/"), **FORM)
    book(windows, local(DAY, 14))
    again = post(head, asked)
    assert "1 booked appointment lies in these hours" in again.text
    assert closures(windows) == []
    done = post(head, again)
    assert done.path == "/qingxi/work/closures/1/", done.text
    repeated = post(head, again)
    assert repeated.path == done.path
    assert len(closures(windows)) == 1


def test_people_are_moved_to_the_nearest_time_keep_their_number_and_are_told(
    windows: World,
) -> None:
    before = book(windows, local(DAY, 14))
    close_afternoon(windows)
    settle_all(windows)
    [after] = bookings(windows)
    assert (after.reference, after.state) == (before.reference, "booked")
    # The other window has the very same time.
    assert after.starts_at == before.starts_at
    assert after.post_id != before.post_id
    assert fates(windows) == [("moved", "open")]
    [told] = messages(windows, "closure_moved")
    assert told.contact_id == after.contact_id
    assert before.starts_at.isoformat() in (told.params or "")
    assert "No water" in (told.params or "")
    assert messages(windows, "moved") == []
    assert find_wrong(windows) == []


def test_from_the_first_moment_nobody_books_into_closed_hours(
    windows: World, client: FlaskClient
) -> None:
    def closed(session: Session) -> Slot:
        wanted = select(Slot).where(
            Slot.starts_at == local(DAY, 15),
            Slot.post_id == post_of(session, "w3").id,
            Slot.pool == "public",
        )
        return session.scalars(wanted).one()

    slot = windows.do(closed)

    def fill_other_window(session: Session) -> None:
        for other in session.scalars(
            select(Slot).where(Slot.starts_at == local(DAY, 15), Slot.id != slot.id)
        ):
            other.booked = other.capacity

    windows.do(fill_other_window)
    page = choose_time(client, windows, slot=str(slot.id))
    close_afternoon(windows)
    assert windows.do(lambda s: s.get_one(Slot, slot.id)).is_withdrawn
    assert windows.do(lambda s: s.scalars(select(Hold)).all()) == []
    assert windows.do(lambda s: s.get_one(Slot, slot.id)).booked == 0
    client.set_cookie("language", "en", path="/")
    assert "was not kept any longer" in give_details(client, page).text
    assert bookings(windows) == []
    windows.publish()
    assert windows.do(lambda s: s.get_one(Slot, slot.id)).is_withdrawn


def test_whom_no_time_can_be_given_is_cancelled_with_an_apology(windows: World) -> None:
    book(windows, local(DAY, 14))

    def fill(session: Session) -> None:
        for slot in session.scalars(select(Slot)):
            slot.booked = slot.capacity

    windows.do(fill)
    close_afternoon(windows)
    settle_all(windows)
    [booking] = bookings(windows)
    assert booking.state == "cancelled"
    assert fates(windows) == [("cancelled", "")]
    assert len(messages(windows, "closure_cancelled")) == 1
    assert messages(windows, "cancelled") == []


def test_somebody_without_a_contact_is_moved_and_shown_as_not_reachable(
    windows: World, head: FlaskClient
) -> None:
    book(windows, local(DAY, 14), phone="")
    close_afternoon(windows)
    settle_all(windows)
    assert fates(windows) == [("moved", "")]
    page = open_page(head, "1/?show=phone")
    assert "Not reachable" in page.text
    told = post(head, page, action="/told/1/")
    assert told.status == 200
    assert "Nobody." in told.text
    assert "Told in person" in open_page(head, "1/").text


def test_a_head_of_one_unit_follows_the_closures_of_its_windows_only(
    windows: World, head: FlaskClient
) -> None:
    def divide(session: Session) -> None:
        add_unit(session)
        annex = session.scalars(select(Unit).where(Unit.code == "annex")).one()
        post_of(session, "w5").unit_id = annex.id

    book(windows, local(DAY, 14), phone="")
    closure = close_afternoon(windows)
    settle_all(windows)
    assert fates(windows) == [("moved", "")]
    windows.do(divide)
    for number, unit, status in (("H2", "annex", 403), ("H3", "hall", 200)):
        limit_to_unit(windows, add_staff(windows, number, PERMISSIONS), unit)
        client = sign_in(windows, number)
        path = f"/{windows.slug}/work/closures/"
        assert client.get(f"{path}{closure}/").status_code == status
        assert (f"{path}{closure}/" in client.get(path).get_data(as_text=True)) == (status == 200)
    page = Page(client.get(f"{path}{closure}/"))
    assert post(client, page, action="/told/1/").status == 200, "though moved to others' window"
    assert "已當面或電話告知" in Page(client.get(f"{path}{closure}/")).text


def test_of_changed_hours_a_head_sees_the_people_of_the_own_windows_only(
    windows: World, head: FlaskClient
) -> None:
    book(windows, local(DAY, 14), who="張麗華")
    book(windows, local(DAY, 14), who="何小明", phone="+8613911110001", code="w5")
    page = Page(head.get("/qingxi/admin/hours/1/exception/"))
    exception: dict[str, Any] = {"day": DAY.isoformat(), "kind": "hours", "hours": "9-12"}
    post(head, post(head, page, **{**exception, "reason-zh_Hant": "停水"}))
    settle_all(windows)
    assert len(fates(windows)) == 2

    def divide(session: Session) -> None:
        add_unit(session)
        annex = session.scalars(select(Unit).where(Unit.code == "annex")).one()
        post_of(session, "w5").unit_id = annex.id

    windows.do(divide)
    seen = {"H1": (True, True), "H2": (False, True), "H3": (True, False)}
    for number, unit in (("H2", "annex"), ("H3", "hall")):
        limit_to_unit(windows, add_staff(windows, number, PERMISSIONS), unit)
    for number, expected in seen.items():
        client = sign_in(windows, number)
        client.set_cookie("language", "en", path="/")
        shown, listed = open_page(client, "1/"), open_page(client)
        assert tuple(f"{name}○" in shown.text for name in ("張", "何")) == expected
        count = sum(expected)
        assert f"of {count} done" in shown.text
        assert f"{count} of {count} people" in listed.text


def test_no_person_gets_two_bookings_of_a_service_on_one_day(windows: World) -> None:
    book(windows, local(DAY, 14))
    tomorrow = DAY + timedelta(days=1)
    book(windows, local(tomorrow, 14))

    def fill_the_day(session: Session) -> None:
        for slot in session.scalars(select(Slot).where(Slot.starts_at < local(tomorrow, 0))):
            slot.booked = slot.capacity

    windows.do(fill_the_day)
    close_afternoon(windows)
    settle_all(windows)
    moved = bookings(windows)[0]
    assert moved.local_date > tomorrow


def test_settling_twice_or_by_two_workers_does_it_once(windows: World) -> None:
    book(windows, local(DAY, 14))
    close_afternoon(windows)
    for _ in range(2):
        windows.do(lambda session: settle(session, row_id=1, now=windows.now))
    settle_all(windows, name="other")
    assert fates(windows) == [("moved", "open")]
    assert len(messages(windows, "closure_moved")) == 1
    codes = select(LedgerEntry.code).where(LedgerEntry.code == "appointments.booking.moved")
    assert len(windows.do(lambda s: s.scalars(codes).all())) == 1


def test_who_cancelled_before_the_turn_came_is_left_alone(
    windows: World, head: FlaskClient
) -> None:
    booking = book(windows, local(DAY, 14))
    close_afternoon(windows)

    def cancel(session: Session) -> None:
        row = session.get_one(Booking, booking.id)
        row.state = "cancelled"
        session.get_one(Slot, row.slot_id).booked -= 1

    windows.do(cancel)
    settle_all(windows)
    assert fates(windows) == [("left", "")]
    assert messages(windows, "closure_moved") == []


def test_what_is_lifted_opens_again_and_who_was_not_moved_yet_keeps_the_time(
    windows: World, head: FlaskClient
) -> None:
    booking = book(windows, local(DAY, 14))
    close_afternoon(windows)
    question = open_page(head, "1/lift/")
    assert post(head, question).status == 200
    settle_all(windows)
    windows.publish()
    assert fates(windows) == [("kept", "")]
    [same] = bookings(windows)
    assert (same.slot_id, same.state) == (booking.slot_id, "booked")
    assert not windows.do(lambda s: s.get_one(Slot, booking.slot_id)).is_withdrawn
    assert "Open again" in open_page(head).text


def test_a_closed_afternoon_is_published_as_closed(windows: World) -> None:
    for code in ("w3", "w5"):
        close_afternoon(windows, code=code)
    windows.publish()
    day = select(PublishedDay.closed).where(PublishedDay.local_date == DAY)
    assert windows.do(lambda s: s.scalars(day).one()) == "pm"


def test_closing_a_window_moves_its_people_to_the_other(windows: World, head: FlaskClient) -> None:
    book(windows, local(DAY, 14))
    book(windows, local(DAY, 10), who="王五", phone="+8613912345678")
    question = Page(head.get("/qingxi/admin/posts/1/close/"))
    assert "2 booked appointments lie outside" in question.text
    post(head, question)
    settle_all(windows)
    assert fates(windows) == [("moved", "open")] * 2
    assert {booking.post_id for booking in bookings(windows)} == {2}
    assert closures(windows)[0].kind == "post"


def test_an_exception_of_the_calendar_is_the_same_act(windows: World, head: FlaskClient) -> None:
    booking = book(windows, local(DAY, 14))
    page = Page(head.get("/qingxi/admin/hours/1/exception/"))
    exception: dict[str, Any] = {"day": DAY.isoformat(), "kind": "hours", "hours": "9-12"}
    exception["reason-zh_Hant"] = "停水"
    asked = post(head, page, **exception)
    assert "1 booked appointment lies outside the new hours." in asked.text
    assert "published 7 days ahead" in asked.text
    saved = post(head, asked)
    assert "1 person gets another time and a message." in saved.text
    slot = windows.do(lambda s: s.get_one(Slot, booking.slot_id))
    assert slot.is_withdrawn
    settle_all(windows)
    [moved] = bookings(windows)
    assert moved.starts_at < local(DAY, 12)
    assert moved.local_date == DAY
    assert closures(windows)[0].reason["zh_Hant"] == "停水"


def test_a_window_that_keeps_other_hours_shows_whom_it_hits(
    windows: World, head: FlaskClient
) -> None:
    book(windows, local(DAY, 14))
    hours = Page(head.get("/qingxi/admin/hours/add/"))
    named: dict[str, Any] = {"code": "am", "name-zh_Hant": "上午"}
    first = post(head, hours, **named)
    week: dict[str, Any] = dict.fromkeys(("monday", "tuesday", "wednesday"), "9-12")
    post(head, post(head, first, valid_from="2026-11-23", **week))
    page = Page(head.get("/qingxi/admin/posts/1/edit/"))
    asked = post(head, page, schedule="2")
    assert "1 booked appointment lies outside" in asked.text, asked.text
    assert closures(windows) == []
    post(head, asked)
    settle_all(windows)
    assert fates(windows) == [("moved", "open")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "2026-11-22"},
        {"day": "2028-01-01"},
        {"day": "soon"},
        {"part": "hours"},
        {"part": "hours", "begin": "15:00", "until": "14:00"},
        {"part": "always"},
        {"post": "99"},
        {"reason-zh_Hant": ""},
    ],
)
def test_hours_that_cannot_close_are_refused(
    windows: World, head: FlaskClient, wrong: dict[str, Any]
) -> None:
    page = post(head, open_page(head, "add/"), **{**FORM, **wrong})
    assert page.status == 422
    assert closures(windows) == []


def test_hours_that_are_over_cannot_close(windows: World) -> None:
    windows.wait(days=7)
    with pytest.raises(ClosedBackwards):
        close_afternoon(windows)


def test_many_people_come_in_pages_on_the_asking_page_too(
    windows: World, head: FlaskClient
) -> None:
    def crowd(session: Session) -> None:
        slot = session.scalars(
            select(Slot).where(Slot.starts_at == local(DAY, 14), Slot.post_id == 1)
        ).first()
        assert slot is not None
        for number in range(120):
            session.add(
                Booking(
                    reference=f"R{number:06}",
                    service_id=slot.service_id,
                    post_id=1,
                    slot_id=slot.id,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    local_date=DAY,
                    channel="counter",
                    language="zh_Hant",
                    is_overbooked=True,
                    created_at=windows.now,
                )
            )

    windows.do(crowd)
    asked = post(head, open_page(head, "add/"), **FORM)
    assert asked.text.count("<tr><td>") == 50
    third = {**asked.form()["fields"], "page": "3"}
    turned = Page(head.post(asked.path, data=third))
    assert "Page 3 of 3" in turned.text
    assert turned.text.count("<tr><td>") == 20
    assert closures(windows) == []
    done = post(head, turned)
    assert done.path.endswith("/closures/1/")
    assert "0 of 120" in done.text
    settle_all(windows)
    last = open_page(head, "1/?page=3")
    assert last.text.count("<tr><td>") == 20
    assert "120 of 120" in last.text


def cancel_for_want_of_times(world: World) -> None:
    """Everything is full, so that who is booked at window 3 is cancelled."""
    book(world, local(DAY, 14))

    def fill(session: Session) -> None:
        for slot in session.scalars(select(Slot)):
            slot.booked = slot.capacity

    world.do(fill)
    close_afternoon(world)
    settle_all(world)


def offers(world: World) -> list[Offer]:
    return world.do(lambda session: list(session.scalars(select(Offer).order_by(Offer.id))))


def test_a_returned_place_goes_first_to_whom_a_closure_cancelled(windows: World) -> None:
    cancel_for_want_of_times(windows)
    free = select(Slot.id).where(Slot.starts_at == local(DAY, 10), Slot.pool == "public")
    slot_id = windows.do(lambda session: session.scalars(free).first())
    assert slot_id is not None
    for _ in range(2):
        windows.do(lambda session: return_places(session, slot_id=slot_id, now=windows.now))
    [offer] = offers(windows)
    assert (offer.kind, offer.slot_id, offer.state) == ("closure", slot_id, "open")
    assert len(messages(windows, "closure_offered")) == 1

    def take(session: Session) -> str:
        return take_offer(
            session,
            offer=session.get_one(Offer, offer.id),
            rules=BookingRules(),
            zone=SHANGHAI,
            actor=SYSTEM,
            now=windows.now,
        ).state

    assert windows.do(take) == "booked"


def test_a_free_place_is_found_by_the_sweep_and_offered_once(windows: World) -> None:
    cancel_for_want_of_times(windows)
    windows.do(lambda session: offer_free_places(session, windows.now))
    assert offers(windows) == []

    def open_one(session: Session) -> None:
        wanted = select(Slot).where(Slot.starts_at == local(DAY, 10), Slot.pool == "public")
        slot = session.scalars(wanted).first()
        assert slot is not None
        slot.booked -= 1

    windows.do(open_one)
    for _ in range(2):
        windows.do(lambda session: offer_free_places(session, windows.now))
    assert [offer.kind for offer in offers(windows)] == ["closure"]


def test_q9_a_place_kept_for_priority_is_owed_to_nobody_whose_claim_would_not_count(
    windows: World,
) -> None:
    """Neither where it is returned nor where the sweep finds it free."""
    liar, phone = "候一", "+8613911110001"
    for hour in (9, 10):
        book(windows, local(DAY, hour), who=liar, phone=phone, priority="child")
        ended = update(Booking).values(priority_verdict="refused", state="done")
        windows.do(partial(Session.execute, statement=ended))
    first = book(windows, local(DAY, 14), who=liar, phone=phone, priority="elderly")
    second = book(windows, local(DAY, 15), who="候二", phone="+8613911110002", priority="elderly")
    windows.do(lambda s: s.execute(update(Booking).values(channel="phone")))
    windows.do(lambda s: s.execute(update(Slot).values(booked=Slot.capacity)))
    close_afternoon(windows)
    settle_all(windows)
    assert [fate for fate, _answer in fates(windows)] == ["cancelled"] * 2
    kept = select(Slot).where(Slot.pool == "priority", Slot.public_from > windows.now)
    slots = windows.do(lambda s: s.scalars(kept.order_by(Slot.starts_at.desc())).all())

    def give_back(slot_id: int) -> None:
        windows.do(lambda session: return_places(session, slot_id=slot_id, now=windows.now))

    give_back(slots[0].id)
    assert [offer.booking_id for offer in offers(windows)] == [second.id]
    give_back(slots[1].id)
    windows.do(lambda session: offer_free_places(session, windows.now))
    assert len(offers(windows)) == 1
    confirmed = update(Booking).where(Booking.priority_verdict == "refused")
    windows.do(lambda s: s.execute(confirmed.values(priority_verdict="confirmed")))
    windows.do(lambda session: offer_free_places(session, windows.now))
    assert [offer.booking_id for offer in offers(windows)] == [second.id, first.id]
