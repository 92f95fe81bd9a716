"""The pages of attendance, as whose it is and whoever heads the unit meet them."""

import csv
import io
import re

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.identity.models import RoleAssignment, Staff, Unit
from tests.support.attendance import add_shift, add_stay
from tests.support.pages import Page, post
from tests.support.rosters import MONDAY, Hall, at, fill_hall
from tests.support.walks import sign_in
from tests.support.world import World, add_staff

OWN = "/qingxi/work/attendance/"
UNIT = f"{OWN}unit/"


@pytest.fixture
def hall(institution: World) -> Hall:
    """It is Tuesday morning; on Monday one came late, and one not at all."""
    hall = fill_hall(institution)
    day = at(MONDAY, 9), at(MONDAY, 17)
    for number, window in (("A1", "w3"), ("A2", "w4")):
        add_shift(hall.world, hall.people[number], hall.posts[window], *day, part="A")
    add_stay(hall.world, hall.people["A1"], hall.posts["w3"], at(MONDAY, 9, 25), day[1])
    hall.world.wait(days=1)
    return hall


def person(hall: Hall, number: str) -> FlaskClient:
    client = sign_in(hall.world, number)
    client.set_cookie("language", "en", path="/")
    return client


def look(client: FlaskClient, address: str = OWN) -> Page:
    page = Page(client.get(address, follow_redirects=True))
    assert page.status == 200
    return page


def links(page: Page, part: str) -> list[str]:
    return [each for each in re.findall(r'href="([^"]+)"', page.text) if part in each]


def facts(page: Page) -> list[str]:
    found = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page.text)
    return [f"{term}: {value}" for term, value in found]


def bind_head(hall: Hall) -> int:
    """Let the head keep the own unit only; somebody of another unit, by id."""

    def work(session: Session) -> None:
        unit = session.scalars(select(Unit)).one()
        held = select(RoleAssignment).where(RoleAssignment.staff_id == hall.people["H1"])
        for row in session.scalars(held):
            row.unit_id = unit.id
        other = Unit(code="yard", name={"zh_Hant": "工程隊", "en": "Yard"})
        session.add(other)
        session.flush()
        session.get_one(Staff, stranger).unit_id = other.id

    stranger = add_staff(hall.world, "Y1", [])
    hall.world.do(work)
    return stranger


def test_one_reads_the_own_month_in_figures_and_words(hall: Hall) -> None:
    page = look(person(hall, "A1"))
    assert facts(page) == [
        "Hours due: 6 h 30 min",
        "Hours there: 6 h 5 min",
        "Late: 1",
        "Left early: 0",
        "Absent: 0",
    ]
    assert "25 minutes late" in page.text
    assert "This month is not over." in page.text
    assert "Attendance of the unit" not in page.text
    assert links(page, "month=2026-12") == []
    absent = look(person(hall, "A2"))
    assert "Absent: 1" in facts(absent)


def test_a_month_with_nothing_says_so_and_leads_to_the_others(hall: Hall) -> None:
    client = person(hall, "C1")
    assert "No published shift of this month is over." in look(client).text
    page = look(person(hall, "A1"), f"{OWN}?month=2026-10")
    assert "No published shift of this month is over." in page.text
    assert links(page, "month=2026-11")
    assert links(page, "month=2026-09")
    # What lies ahead, and what is no month at all, is the present one.
    for wrong in ("2027-01", "2026-13", "x", "0001-01"):
        assert 'value="2026-11"' in look(client, f"{OWN}?month={wrong}").text
    assert links(look(client, f"{OWN}?month=2000-01"), "month=1999") == []


def test_late_contested_upheld_and_read_by_the_person(hall: Hall) -> None:
    clerk, head = person(hall, "A1"), person(hall, "H1")
    (link,) = links(look(clerk), "/contest/")
    empty = post(clerk, look(clerk, link), words="")
    assert empty.status == 422
    assert "Write the reason in words." in empty.text
    sent = post(clerk, look(clerk, link), words="The bus broke down")
    assert "Sent. You read here what is decided." in sent.text
    assert "Contested, not decided yet" in sent.text
    assert links(sent, "/contest/") == []
    assert "Contest the entry" not in look(clerk, link).text

    (case,) = links(look(head), "/contests/")
    assert "Contested, not decided yet" in look(head, UNIT).text
    page = look(head, case)
    assert "The bus broke down" in page.text
    assert "25 minutes late" in page.text
    done = post(head, page, decision="uphold", words="The company says so")
    assert "Decided. Whoever contested it reads it." in done.text
    assert links(done, "/contests/") == []
    assert "The company says so" in look(head, case).text

    read = look(clerk)
    for words in ("Excused", "25 minutes late", "The bus broke down", "The company says so"):
        assert words in read.text
    assert "Late: 0" in facts(read)
    assert "Excused: 1" in facts(read)


def test_the_second_of_two_sent_contests_and_decisions_is_told(hall: Hall) -> None:
    clerk, head = person(hall, "A1"), person(hall, "H1")
    (link,) = links(look(clerk), "/contest/")
    first, second = look(clerk, link), look(clerk, link)
    post(clerk, first, words="The bus")
    again = post(clerk, second, words="The bus again")
    assert again.status == 422
    assert "You have contested this entry already." in again.text
    (case,) = links(look(head), "/contests/")
    first, second = look(head, case), look(head, case)
    post(head, first, decision="keep", words="No")
    again = post(head, second, decision="uphold", words="Yes")
    assert again.status == 422
    assert "This is decided already." in again.text
    assert "Contested, stays as it is" in look(clerk).text


def test_what_lies_too_far_back_offers_no_contest_and_refuses_one(hall: Hall) -> None:
    clerk = person(hall, "A1")
    (link,) = links(look(clerk), "/contest/")
    page = look(clerk, link)
    hall.world.wait(days=8)
    clerk = person(hall, "A1")
    assert links(look(clerk, f"{OWN}?month=2026-11"), "/contest/") == []
    refused = post(clerk, look(clerk, link), words="Too late")
    assert page.status == 200
    assert refused.status == 422
    assert "for so many days after the shift: 7." in refused.text


def test_the_head_reads_the_unit_opens_a_person_and_decides_for_nobody_else(hall: Hall) -> None:
    stranger = bind_head(hall)
    head = person(hall, "H1")
    page = look(head, UNIT)
    assert "沈慧" in page.text
    assert ">A2<" in page.text
    assert ">Y1<" not in page.text
    (link,) = links(page, f"/people/{hall.people['A2']}/")
    assert "Absent: 1" in facts(look(head, link.replace("&amp;", "&")))
    assert links(look(head, link), "/contest/") == []
    assert head.get(f"{OWN}people/{stranger}/").status_code == 404
    assert head.get(f"{OWN}people/999999/").status_code == 404
    for ending in ("", "unit/", "unit.csv"):
        assert head.get(f"{OWN}{ending}?unit=999999").status_code == (200 if not ending else 404)


def test_only_whoever_keeps_a_roster_reads_others(hall: Hall) -> None:
    clerk = person(hall, "A1")
    for path in (UNIT, f"{OWN}unit.csv", f"{OWN}people/{hall.people['A2']}/"):
        assert clerk.get(path).status_code == 403
    other = person(hall, "A2")
    (link,) = links(look(clerk), "/contest/")
    assert other.get(link).status_code == 404


def test_words_are_read_by_whoever_decides_and_not_by_all_who_keep_the_roster(hall: Hall) -> None:
    """The head's own is decided above: a colleague with the roster sees that it was contested."""
    day = at(MONDAY, 9), at(MONDAY, 17)
    add_shift(hall.world, hall.people["H1"], hall.posts["w4"], *day, part="override")
    add_staff(hall.world, "K1", ["duty.roster.edit"])
    head, keeper = person(hall, "H1"), person(hall, "K1")
    (link,) = links(look(head), "/contest/")
    post(head, look(head, link), words="I was at the county office")
    page = look(keeper, f"{OWN}people/{hall.people['H1']}/")
    assert "Contested, not decided yet" in page.text
    assert "county office" not in page.text
    assert keeper.get(f"{OWN}contests/1/").status_code == 404


def test_the_month_is_taken_along_as_csv_and_as_workbook(hall: Hall) -> None:
    head = person(hall, "H1")
    answer = head.get(f"{OWN}unit.csv?month=2026-11")
    assert answer.headers["Content-Disposition"].endswith('"attendance-2026-11.csv"')
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    by_number = {row[0]: row[2:] for row in rows[1:]}
    assert by_number["A1"] == ["390", "365", "1", "0", "0", "0"]
    assert by_number["A2"] == ["390", "0", "0", "0", "1", "0"]
    assert by_number["C1"] == ["0"] * 6
    book = openpyxl.load_workbook(io.BytesIO(head.get(f"{OWN}unit.xlsx").get_data()))
    assert book.sheetnames == ["Totals", "Entries"]
    entries = [list(row) for row in book["Entries"].iter_rows(values_only=True)][1:]
    late = next(row for row in entries if row[0] == "A1")
    assert late[2:] == ["3", "2026-11-23 09:00", "2026-11-23 17:00", 390, 365, "25 minutes late"]


def test_the_month_before_holds_what_reached_into_this_one(hall: Hall) -> None:
    hall.world.wait(days=7)
    clerk = person(hall, "A1")
    assert "No published shift of this month is over." in look(clerk).text
    last = look(clerk, f"{OWN}?month=2026-11")
    assert "This month is not over." not in last.text
    assert "25 minutes late" in last.text
