"""One's own booking: cancel, move, arrive, find."""

import re
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Slot
from portal.appointments.queries import message_token
from tests.support.pages import Page, post
from tests.support.walks import PHONE, book_online, bookings
from tests.support.world import World


def test_cancelling_returns_the_place_and_tells(town: World, client: FlaskClient) -> None:
    page = book_online(client, town, day="2026-11-25")
    asked = Page(client.get(page.path + "cancel/"))
    done = post(client, asked)
    assert done.status == 200
    [booking] = bookings(town)
    assert booking.state == "cancelled"
    assert town.do(lambda s: s.get_one(Slot, booking.slot_id)).booked == 0
    repeated = client.post(page.path + "cancel/", data=asked.form()["fields"])
    assert (repeated.status_code, repeated.location) == (303, page.path)
    again = Page(client.get(page.path + "cancel/"))
    assert post(client, again).status == 422


def test_cancelling_online_ends_with_the_day_before(town: World, client: FlaskClient) -> None:
    page = book_online(client, town, day="2026-11-24")
    town.wait(hours=15)
    asked = Page(client.get(page.path + "cancel/"))
    assert post(client, asked).status == 422
    assert bookings(town)[0].state == "booked"


def test_moving_secures_the_new_place_before_the_old_one_is_released(
    town: World, client: FlaskClient
) -> None:
    page = book_online(client, town, day="2026-11-25")
    [before] = bookings(town)
    picker = Page(client.get(page.path + "move/?day=2026-11-26"))
    moved = post(client, picker, slot=picker.values("slot")[3])
    assert moved.status == 200
    [after] = bookings(town)
    assert after.reference == before.reference
    assert after.local_date.isoformat() == "2026-11-26"
    taken = town.do(lambda s: [x.id for x in s.scalars(select(Slot).where(Slot.booked > 0))])
    assert taken == [after.slot_id]


def test_moving_to_a_full_time_keeps_the_old_one(town: World, client: FlaskClient) -> None:
    page = book_online(client, town, day="2026-11-25")
    [before] = bookings(town)
    picker = Page(client.get(page.path + "move/?day=2026-11-26"))
    target = picker.values("slot")[0]

    def fill(session: Session) -> None:
        slot = session.get_one(Slot, int(target))
        slot.booked = slot.capacity

    town.do(fill)
    assert post(client, picker, slot=target).status == 422
    assert bookings(town)[0].slot_id == before.slot_id
    assert town.do(lambda s: s.get_one(Slot, before.slot_id)).booked == 1


def test_the_calendar_file_says_the_same_time(town: World, client: FlaskClient) -> None:
    page = book_online(client, town)
    answer = client.get(page.path + "invite.ics")
    [event] = Calendar.from_ical(answer.data).walk("VEVENT")
    [booking] = bookings(town)
    assert event.decoded("dtstart") == booking.starts_at
    assert str(event["uid"]).startswith(booking.reference)


def test_the_qr_leads_to_the_booking_and_reports_the_arrival(
    town: World, client: FlaskClient
) -> None:
    page = book_online(client, town, day="2026-11-24")
    [booking] = bookings(town)
    town.wait(days=1)
    entrance = Page(client.get(f"/{town.slug}/arrive/"))
    link = "https://portal.example" + page.path
    welcome = post(client, entrance, code=link)
    assert welcome.status == 200
    assert "張○華" in welcome.text
    assert bookings(town)[0].state == "arrived"
    assert urlsplit(link).path == page.path
    assert booking.arrived_at is None


def test_the_link_of_a_message_reports_the_arrival_at_the_entrance_too(
    town: World, client: FlaskClient
) -> None:
    book_online(client, town, day="2026-11-24")
    [booking] = bookings(town)
    token = town.do(lambda _session: message_token(booking.reference))
    town.wait(days=1)
    link = f"https://portal.example/{town.slug}/b/{booking.reference}/{token}/"
    assert post(client, Page(client.get(f"/{town.slug}/arrive/")), code=link).status == 200
    assert bookings(town)[0].state == "arrived"


def test_a_typed_number_needs_the_end_of_the_phone_number(town: World, client: FlaskClient) -> None:
    book_online(client, town, day="2026-11-24")
    [booking] = bookings(town)
    town.wait(days=1)
    entrance = Page(client.get(f"/{town.slug}/arrive/"))
    assert post(client, entrance, code=booking.reference).status == 422
    assert post(client, entrance, code=booking.reference, last_four="0000").status == 422
    assert post(client, entrance, code=booking.reference, last_four=PHONE[-4:]).status == 200
    assert bookings(town)[0].state == "arrived"


def test_the_end_of_a_phone_number_cannot_be_tried_out_at_the_entrance(
    town: World, client: FlaskClient
) -> None:
    book_online(client, town, day="2026-11-24")
    [booking] = bookings(town)
    town.wait(days=1)
    entrance = Page(client.get(f"/{town.slug}/arrive/"))
    for tried in range(5):
        wrong = post(client, entrance, code=booking.reference, last_four=f"000{tried}")
        assert wrong.status == 422
    end = PHONE[-4:]
    assert post(client, entrance, code=booking.reference, last_four=end).status == 422
    assert bookings(town)[0].state == "booked"
    town.wait(minutes=10)
    assert post(client, entrance, code=booking.reference, last_four=end).status == 200
    assert bookings(town)[0].state == "arrived"


def test_finding_by_number_and_contact_says_the_same_for_every_wrong_pair(
    town: World, client: FlaskClient
) -> None:
    book_online(client, town)
    [booking] = bookings(town)
    other = town.client()
    page = Page(other.get(f"/{town.slug}/find/"))
    wrong = [
        post(other, page, reference=booking.reference, contact="13900000000"),
        post(other, page, reference="A000000", contact=PHONE),
    ]
    assert [answer.status for answer in wrong] == [422, 422]
    texts = [re.sub(r'value="[^"]*"', "", answer.text) for answer in wrong]
    summaries = [text[text.index("summary-title") :][:400] for text in texts]
    assert summaries[0] == summaries[1]
    found = post(other, page, reference=booking.reference.lower(), contact=PHONE)
    assert found.path.startswith(f"/{town.slug}/b/{booking.reference}/")
