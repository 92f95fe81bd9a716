"""An administrator keeps windows: what they are, who serves there, and closing them."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.models import PublishedDay, Slot
from portal.calendar.models import ScheduleRow
from portal.catalog.models import Post, PostStaff
from portal.identity.models import RoleAssignment, Staff, Unit
from tests.features.catalog.conftest import EDITS, Office, codes, count, rows
from tests.support.statements import count_statements
from tests.support.walks import book_online
from tests.support.world import MONDAY, World, add_staff, furnish, make_institution

WINDOW = {"name-zh_Hant": "四號窗臺", "name-en": "Window 4", "code": "w4", "plate": "4"}


def add_colleague(world: World, number: str, name: str) -> int:
    def build(session: Session) -> int:
        person = Staff(
            number=number, name=name, name_key=name, unit_id=1, password_hash="-",
            must_change_password=True, stamp=number, joined_at=MONDAY,
        )  # fmt: skip
        session.add(person)
        session.flush()
        return person.id

    return world.do(build)


def test_a_window_is_added_and_changed(office: Office, town: World) -> None:
    page = office.send("posts/add/", **WINDOW)
    assert page.path.endswith("/admin/posts/2/"), page.text
    assert "Those of the institution" in page.text
    added = rows(town, Post)[1]
    assert added.name == {"zh_Hant": "四號窗臺", "zh_Hans": "四号窗台", "en": "Window 4"}
    assert (added.position, added.schedule_id, added.is_active) == (1, None, True)
    page = office.send("posts/2/edit/", plate="4A", schedule="1", **{"way-zh_Hant": "左轉"})
    assert "4A" in page.text
    assert "大廳時間" in page.text
    changed = rows(town, Post)[1]
    assert (changed.schedule_id, changed.version, changed.way["zh_Hans"]) == (1, 1, "左转")
    assert codes(town) == ["catalog.post.created", "catalog.post.changed"]


def test_windows_stand_in_the_order_of_their_places(office: Office) -> None:
    office.send("posts/add/", **WINDOW)
    office.send("posts/1/edit/", position="7")
    text = office.get("posts/").text
    assert text.index("Window 4") < text.index("Window 3")


def test_a_simplified_text_made_by_itself_follows_its_original(office: Office, town: World) -> None:
    office.send("posts/add/", **WINDOW)
    assert office.get("posts/2/edit/").form()["fields"]["name-zh_Hans"] == ""
    office.send("posts/2/edit/", **{"name-zh_Hant": "五號門臺"})
    assert rows(town, Post)[1].name["zh_Hans"] == "五号门台"
    office.send("posts/2/edit/", **{"name-zh_Hans": "五号门"})
    assert office.get("posts/2/edit/").form()["fields"]["name-zh_Hans"] == "五号门"


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("name-zh_Hant", "", "Write it in Traditional Chinese."),
        ("name-zh_Hant", "長" * 61, "60"),
        ("name-en", "x" * 61, "60"),
        ("place-en", "Upstairs", "Write it in Traditional Chinese."),
        ("way-zh_Hant", "長" * 301, "300"),
        ("code", "", "Write a short code."),
        ("code", "窗口", "Use small letters"),
        ("code", "W 4", "Use small letters"),
        ("code", "x" * 21, "20"),
        ("code", "w3", "already used"),
        ("plate", "", "Write what the plate says."),
        ("plate", "1234567", "6"),
        ("unit", "99", "valid choice"),
        ("unit", "x", "valid choice"),
        ("schedule", "99", "valid choice"),
        ("position", "-1", "from 0 to 9999"),
        ("position", "９９９９９", "from 0 to 9999"),
        ("position", "soon", "from 0 to 9999"),
    ],
)
def test_bad_input_lands_on_its_field_and_changes_nothing(
    office: Office, town: World, field: str, typed: str, message: str
) -> None:
    values = WINDOW | {"place-zh_Hant": ""} | {field: typed}
    page = office.send("posts/add/", **values)
    assert page.status == 422
    assert message.lower() in page.text.lower()
    named = "place-zh_Hant" if field == "place-en" else field
    assert f'href="#{named}"' in page.text
    assert f'id="{named}-error"' in page.text
    assert count(town, Post) == 1
    assert codes(town) == []


def test_of_two_who_change_a_window_the_second_is_told(office: Office, town: World) -> None:
    stale = office.get("posts/1/edit/")
    office.send("posts/1/edit/", plate="3A")
    page = office.again(stale, plate="3B")
    assert page.status == 422
    assert "Someone else changed this meanwhile" in page.text
    assert office.again(stale, plate="3B", version="x").status == 422
    assert office.again(stale, plate="3B", version="9" * 30).status == 422
    assert rows(town, Post)[0].plate == "3A"


def test_other_hours_have_the_times_made_anew(office: Office, town: World) -> None:
    town.publish()
    town.do(lambda s: s.add(ScheduleRow(code="night", name={"zh_Hant": "夜間"})))
    office.send("posts/1/edit/", schedule="2")
    assert not any(day.is_current for day in rows(town, PublishedDay))
    town.publish()
    assert all(slot.is_withdrawn for slot in rows(town, Slot))


def test_people_serve_at_a_window_as_a_b_or_c(office: Office, town: World) -> None:
    li = str(add_colleague(town, "B2", "李娜"))
    assert "Nobody serves here yet." in office.get("posts/1/").text
    page = office.send("posts/1/", action="/staff/", staff=li, position="B")
    assert "B, stands in" in page.text
    page = office.send("posts/1/", action="/staff/", staff=li, position="A")
    assert "A, first in line" in page.text
    page = office.send("posts/1/", action="/staff/", staff=li, position="C")
    assert "C, when A and B are missing" in page.text
    assert count(town, PostStaff) == 1
    page = office.send("posts/1/", action="/staff/remove/")
    assert "Nobody serves here yet." in page.text
    assert codes(town) == ["catalog.post.staffed"] * 3 + ["catalog.post.unstaffed"]


@pytest.mark.parametrize("values", [{"staff": "99"}, {"staff": "x"}, {"position": "D"}])
def test_only_colleagues_can_be_chosen(office: Office, town: World, values: dict[str, str]) -> None:
    page = office.send("posts/1/", action="/staff/", **values)
    assert page.status == 422
    assert count(town, PostStaff) == 0


def test_nobody_is_taken_from_where_they_do_not_serve(office: Office, town: World) -> None:
    office.send("posts/1/", action="/staff/")
    page = office.get("posts/1/")
    for staff in ("2", "0", "x", "9" * 30):
        assert office.again(page, action="/staff/remove/", staff=staff).status == 404
    assert count(town, PostStaff) == 1


def test_closing_says_how_many_bookings_hang_on_it(office: Office, town: World) -> None:
    town.publish()
    book_online(town.client(), town)
    question = office.get("posts/1/close/")
    assert "1 booked appointment lies outside the new hours." in question.text
    assert rows(town, Post)[0].is_active
    closed = office.again(question)
    assert closed.path.endswith("/admin/posts/")
    assert "Closed. No new times are given here." in closed.text
    assert not rows(town, Post)[0].is_active
    town.publish()
    kept = town.do(lambda s: list(s.scalars(select(Slot).where(~Slot.is_withdrawn))))
    assert kept == []
    assert sum(slot.booked for slot in rows(town, Slot)) == 1
    page = town.client().get(f"/{town.slug}/book/birth/time/")
    assert 'name="slot"' not in page.get_data(as_text=True)


def test_a_closed_window_opens_again_with_its_times(office: Office, town: World) -> None:
    town.publish()
    office.send("posts/1/close/")
    town.publish()
    page = office.send("posts/1/", action="/open/")
    assert "Open again." in page.text
    town.publish()
    assert not any(slot.is_withdrawn for slot in rows(town, Slot))
    assert codes(town) == ["catalog.post.closed", "catalog.post.opened"]


def test_closing_twice_is_closing_once(office: Office, town: World) -> None:
    question = office.get("posts/1/close/")
    second = office.get("posts/1/close/")
    office.again(question)
    office.again(second)
    assert codes(town) == ["catalog.post.closed"]


def test_a_unit_that_was_closed_can_stay_and_not_be_chosen(office: Office, town: World) -> None:
    town.do(lambda s: s.add(Unit(code="yard", name={"zh_Hant": "後院", "en": "Yard"})))
    town.do(lambda s: s.execute(update(Unit).values(is_active=False)))
    assert office.get("posts/add/").values("unit") == []
    assert office.get("posts/1/edit/").values("unit") == ["1"]
    assert office.send("posts/add/", **WINDOW).status == 422


def test_one_who_keeps_a_unit_keeps_its_windows_only(office: Office, town: World) -> None:
    def build(session: Session) -> None:
        session.add(Unit(code="yard", name={"zh_Hant": "後院", "en": "Yard"}))
        session.flush()
        session.execute(update(RoleAssignment).values(unit_id=2))

    town.do(build)
    assert "Window 3" not in office.get("posts/").text
    for path in ("posts/1/", "posts/1/edit/", "posts/1/close/"):
        assert office.get(path).status == 403
    assert office.send("posts/add/", unit="1", **WINDOW).status == 422
    page = office.send("posts/add/", unit="2", **WINDOW)
    assert page.path.endswith("/posts/2/")
    token = page.form()["fields"]["csrf_token"]
    for action in ("edit/", "close/", "open/", "staff/", "staff/remove/"):
        sent = office.client.post(office.address(f"posts/1/{action}"), data={"csrf_token": token})
        assert sent.status_code == 403


@pytest.mark.parametrize("path", ["", "edit/", "close/"])
def test_an_absent_or_foreign_window_is_not_found(office: Office, town: World, path: str) -> None:
    other = make_institution(town.app, "other")
    furnish(other)
    for number in (2, 99, 10**30):
        assert office.get(f"posts/{number}/{path}").status == 404
    token = office.get("posts/1/").form()["fields"]["csrf_token"]
    for path_ in ("edit/", "close/", "open/", "staff/", "staff/remove/"):
        sent = office.client.post(office.address(f"posts/2/{path_}"), data={"csrf_token": token})
        assert sent.status_code == 404
    assert codes(other) == []


@pytest.mark.parametrize("path", ["posts/", "posts/add/", "posts/1/", "services/", "services/1/"])
def test_the_pages_are_for_those_who_keep_the_catalog(town: World, path: str) -> None:
    add_staff(town, "W1", ["appointments.window.serve"])
    clerk = Office(town, "W1")
    assert clerk.get(path).status == 403
    assert town.client().get(clerk.address(path)).status_code == 303


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
@pytest.mark.parametrize("path", ["", "add/", "1/", "1/edit/", "1/close/"])
def test_every_page_opens_in_each_language(office: Office, path: str, language: str) -> None:
    page = office.get(f"posts/{path}", language)
    assert page.status == 200
    assert page.text.count("<h1") == 1


def test_hundreds_of_windows_come_in_pages(office: Office, town: World) -> None:
    with count_statements(town) as few:
        office.get("posts/")

    def fill(session: Session) -> None:
        session.add_all(
            Post(unit_id=1, code=f"p{n}", name={"zh_Hant": "長" * 60}, plate="9", position=n)
            for n in range(1, 120)
        )

    town.do(fill)
    with count_statements(town) as many:
        page = office.get("posts/?page=2")
    assert len(many) == len(few)
    assert page.text.count("<tr><td>") == 50
    assert "Page 2 of 3, 120 in all" in page.text
    assert office.get("posts/?page=99").text.count("<tr><td>") == 20
    assert office.get("posts/?page=" + "9" * 30).text.count("<tr><td>") == 20
    assert office.get("posts/?page=-1").status == 200


def test_without_windows_the_list_says_so(institution: World) -> None:
    institution.do(lambda s: s.add(Unit(code="hall", name={"zh_Hant": "大廳"})))
    add_staff(institution, "A1", EDITS)
    page = Office(institution, "A1").get("posts/")
    assert "There is no window yet." in page.text
