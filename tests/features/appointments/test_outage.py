"""When the portal was away: the day on paper, and entering afterwards what happened."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.views.today import SERVE
from portal.catalog.models import Post
from portal.core.ledger import LedgerEntry
from portal.core.ledger_chain import seal_entries
from tests.support.pages import Page, post
from tests.support.statements import count_statements
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import SHANGHAI, World, add_staff, local

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def office(town: World) -> World:
    """Tuesday afternoon after an outage: three were booked from nine on, nothing is noted."""
    add_staff(town, "1001", [SERVE])
    for number in range(3):
        book_online(town.client(), town, contact=f"1391234560{number}", day=TUESDAY.isoformat())
    town.wait(days=1, hours=5)
    return town


def sheet(clerk: FlaskClient, world: World, day: date = TUESDAY) -> Page:
    return Page(clerk.get(f"/{world.slug}/work/today/1/afterwards/?day={day}"))


def write(clerk: FlaskClient, page: Page, boxes: dict[str, str]) -> Page:
    """Fill in some boxes of the sheet and send it."""
    given: Any = boxes
    return post(clerk, page, **given)


def entries(world: World) -> list[LedgerEntry]:
    """What the ledger says of bookings at the window, in order."""

    def read(session: Session) -> list[LedgerEntry]:
        found = select(LedgerEntry).where(LedgerEntry.code != "appointments.booking.made")
        rows = session.scalars(found.where(LedgerEntry.subject_kind == "booking"))
        return sorted(rows, key=lambda entry: entry.id)

    return world.do(read)


def test_what_happened_is_entered_at_once_with_the_times_it_had(office: World) -> None:
    clerk = sign_in(office, "1001")
    first, second, third = (booking.id for booking in bookings(office))
    done = write(
        clerk,
        sheet(clerk, office),
        {
            f"arrived_{first}": "08:55",
            f"started_{first}": "09:05",
            f"finished_{first}": "09:20",
            f"arrived_{second}": "09:10",
            f"missed_{third}": "y",
        },
    )
    assert done.status == 200
    kept, here, missed = bookings(office)
    assert (kept.state, here.state, missed.state) == ("done", "arrived", "no_show")
    assert kept.arrived_at == local(TUESDAY, 8, 55)
    assert kept.started_at == local(TUESDAY, 9, 5)
    assert kept.finished_at == local(TUESDAY, 9, 20)
    assert here.arrived_at == local(TUESDAY, 9, 10)


def test_the_ledger_tells_what_was_entered_afterwards(office: World) -> None:
    clerk = sign_in(office, "1001")
    first = bookings(office)[0].id
    write(clerk, sheet(clerk, office), {f"started_{first}": "09:05"})
    [entry] = entries(office)
    assert entry.code == "appointments.booking.started"
    assert entry.at > local(TUESDAY, 13)
    assert entry.data == {
        "afterwards": True,
        "happened": int(local(TUESDAY, 9, 5).timestamp()),
    }
    clerk.post(
        f"/{office.slug}/work/today/booking/{bookings(office)[0].id}/done/",
        data={
            "csrf_token": sheet(clerk, office).form()["fields"]["csrf_token"],
            "version": bookings(office)[0].version,
        },
    )
    assert entries(office)[1].data == {}, "what is noted at once is not marked"


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ({"arrived": "09:10", "started": "09:05"}, "比前面的時間早"),
        ({"started": "09:10", "finished": "09:05"}, "比前面的時間早"),
        ({"started": "23:00"}, "還沒到"),
        ({"finished": "09:30"}, "幾點開始"),
        ({"missed": "y", "arrived": "09:00"}, "二選一"),
        ({"started": "99:99"}, ""),
    ],
)
def test_a_row_that_cannot_be_is_refused_whole_and_named(
    office: World, boxes: dict[str, str], words: str
) -> None:
    clerk = sign_in(office, "1001")
    first, second, _third = (booking.id for booking in bookings(office))
    wrong = {f"{name}_{first}": value for name, value in boxes.items()}
    refused = write(clerk, sheet(clerk, office), wrong)
    assert refused.status == 422
    assert words in refused.text
    assert f'id="{next(iter(wrong)).split("_")[0]}_{first}"' in refused.text
    assert entries(office) == []
    assert {booking.state for booking in bookings(office)} == {"booked"}
    mixed = write(clerk, sheet(clerk, office), {**wrong, f"arrived_{second}": "09:00"})
    assert mixed.status == 200
    assert words in mixed.text
    assert 'role="alert"' in mixed.text
    assert [booking.state for booking in bookings(office)] == ["booked", "arrived", "booked"]
    again = write(clerk, mixed, {**dict.fromkeys(wrong, ""), f"arrived_{first}": "09:00"})
    assert again.status == 200
    assert [booking.state for booking in bookings(office)] == ["arrived", "arrived", "booked"]


def test_a_colleague_who_was_faster_is_not_overwritten(office: World) -> None:
    slow, fast = sign_in(office, "1001"), sign_in(office, "1001")
    first = bookings(office)[0].id
    page = sheet(slow, office)
    write(fast, sheet(fast, office), {f"started_{first}": "09:05", f"finished_{first}": "09:10"})
    late = write(slow, page, {f"started_{first}": "10:00"})
    assert late.status == 422
    assert bookings(office)[0].started_at == local(TUESDAY, 9, 5)


def test_the_sheet_goes_on_from_what_it_shows_though_one_row_was_refused(office: World) -> None:
    clerk, colleague = sign_in(office, "1001"), sign_in(office, "1001")
    first, second, third = (booking.id for booking in bookings(office))
    page = sheet(clerk, office)
    write(colleague, sheet(colleague, office), {f"arrived_{third}": "09:00"})
    mixed = write(
        clerk,
        page,
        {f"started_{first}": "09:05", f"finished_{second}": "09:20", f"started_{third}": "09:30"},
    )
    assert [booking.state for booking in bookings(office)] == ["serving", "booked", "arrived"]
    rest = {f"finished_{first}": "09:20", f"started_{second}": "09:10", f"started_{third}": "09:30"}
    assert write(clerk, mixed, rest).status == 200
    assert [booking.state for booking in bookings(office)] == ["done", "done", "serving"]


def test_an_empty_sheet_enters_nothing_and_says_so(office: World) -> None:
    clerk = sign_in(office, "1001")
    assert post(clerk, sheet(clerk, office)).status == 422
    assert entries(office) == []


def test_what_is_still_to_come_has_no_sheet(office: World) -> None:
    clerk = sign_in(office, "1001")
    assert sheet(clerk, office, TUESDAY + timedelta(days=1)).status == 404
    assert sheet(clerk, office, TUESDAY - timedelta(days=1)).status == 200
    assert clerk.get(f"/{office.slug}/work/today/1/afterwards/?day=x").status_code == 404


def test_a_sheet_enters_nothing_of_another_day_or_window(office: World) -> None:
    clerk = sign_in(office, "1001")
    first = bookings(office)[0]
    page = sheet(clerk, office)
    data = {**page.form()["fields"], f"started_{first.id}": "09:05"}
    other = f"/{office.slug}/work/today/1/afterwards/?day={TUESDAY - timedelta(days=1)}"
    assert clerk.post(other, data=data).status_code == 422
    assert bookings(office)[0].state == "booked"


@pytest.mark.parametrize("path", ["1/paper/", "unit/1/paper/"])
def test_the_day_is_printed_with_room_to_write_and_the_seal(office: World, path: str) -> None:
    office.do(lambda session: seal_entries(session, office.now))
    clerk = sign_in(office, "1001")
    page = Page(clerk.get(f"/{office.slug}/work/today/{path}"))
    assert page.status == 200
    for booking in bookings(office):
        assert booking.reference in page.text
    assert "張○華" in page.text
    assert "張麗華" not in page.text
    assert page.text.count("paper-box") >= 6
    assert "<code>1 " in page.text
    tomorrow = Page(
        clerk.get(f"/{office.slug}/work/today/{path}?day={TUESDAY + timedelta(days=1)}")
    )
    assert bookings(office)[0].reference not in tomorrow.text
    day = Page(clerk.get(f"/{office.slug}/work/today/1/"))
    assert f"/work/today/{path}?day={TUESDAY + timedelta(days=1)}" in day.text


def test_neither_sheet_asks_more_the_longer_the_day(office: World) -> None:
    clerk = sign_in(office, "1001")
    paths = ("1/paper/", "unit/1/paper/", "1/afterwards/")

    def count() -> list[int]:
        counts = []
        for path in paths:
            with count_statements(office) as found:
                assert clerk.get(f"/{office.slug}/work/today/{path}").status_code == 200
            counts.append(len(found))
        return counts

    count()
    few = count()

    def add(session: Session) -> None:
        slot = session.scalars(select(Slot).order_by(Slot.id)).first()
        unit_id = session.scalars(select(Post.unit_id)).first()
        assert slot is not None
        session.add_all(
            Post(unit_id=unit_id, code=f"x{n}", name={"en": "X"}, plate="x") for n in range(20)
        )
        session.add_all(
            Booking(
                reference=f"X{number:06d}",
                service_id=slot.service_id,
                post_id=slot.post_id,
                slot_id=slot.id,
                starts_at=local(TUESDAY, 10),
                ends_at=local(TUESDAY, 11),
                local_date=local(TUESDAY, 10).astimezone(SHANGHAI).date(),
                channel="phone",
                language="zh_Hant",
                is_overbooked=True,
                created_at=slot.starts_at,
            )
            for number in range(100)
        )

    office.do(add)
    assert count() == few
