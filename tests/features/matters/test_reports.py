"""Reports on matters: hops and time per holder, each figure opening into its matters (RP-06)."""

import csv
import io
import re
from datetime import UTC, datetime
from html import unescape

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.identity.models import RoleAssignment, Staff, Unit
from portal.matters import reports
from portal.matters.intake_rules import Identity
from portal.matters.models import Matter
from portal.matters.permissions import LEAD, REPORTS, SEE
from portal.matters.rules import State
from portal.matters.services import handling, opening
from portal.matters.services.opening import Bringer
from tests.support.matters import ACCOUNT, Town, staff
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, add_staff

MONTH = "month=2026-11"


@pytest.fixture
def month(parish: Town) -> Town:
    """Three matters on a Monday: one passed on, one with the head, one just taken down."""
    office = parish.office
    passed = office.bring_to(State.IN_PROGRESS)
    office.world.wait(minutes=20)
    parish.refer(passed, office.head, parish.plumber)
    office.world.wait(minutes=10)
    parish.accept(passed, parish.plumber)
    office.world.wait(minutes=45)
    office.bring_to(State.IN_PROGRESS)
    office.world.wait(minutes=4)
    office.open()
    office.world.wait(minutes=1)
    return parish


def reader(town: Town, number: str = "31", *, unit: int | None = None) -> FlaskClient:
    """Somebody who may read the reports, of one unit or of all."""
    world = town.office.world
    staff_id = add_staff(world, number, [REPORTS])
    if unit is not None:

        def limit(session: Session) -> None:
            where = RoleAssignment.staff_id == staff_id
            session.execute(update(RoleAssignment).where(where).values(unit_id=unit))

        world.do(limit)
    return sign_in(world, number)


def look(client: FlaskClient, town: Town, path: str = f"?{MONTH}") -> Page:
    return Page(client.get(f"/{town.office.world.slug}/work/reports/{path}"))


def figures(page: Page) -> list[tuple[str, int]]:
    found = re.findall(r'<a href="([^"]+/reports/rows/[^"]*)">(\d+)</a>', page.text)
    return [(unescape(address), int(number)) for address, number in found]


def test_rp_06_hops_and_time_per_unit(month: Town) -> None:
    page = look(reader(month), month)
    cells = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page.text, re.DOTALL)
    by_name = {
        name: re.findall(r">([^<>]+)<", "".join(re.findall(r"<td.*?</td>", row, re.DOTALL)))
        for name, row in cells
    }
    hall = next(row for name, row in by_name.items() if name == "大廳")
    works = next(row for name, row in by_name.items() if name == "工務所")
    # The hall had all three, and passed one on after thirty minutes; the works keep it.
    assert hall[:2] == ["3", "1"]
    assert "30" in hall[2]
    assert works[:2] == ["1", "0"]
    assert works[2] == "—"
    assert "50" in works[3]


def test_i_10_every_figure_opens_into_as_many_matters(month: Town) -> None:
    client = reader(month)
    for path in (f"?{MONTH}", f"?{MONTH}&unit={month.office.unit}", f"?{MONTH}&unit={month.yard}"):
        found = figures(look(client, month, path))
        assert found
        for address, number in found:
            page = Page(client.get(address))
            assert page.text.count('<tr><th scope="row">') == number, address
            assert re.search(rf"<h1>[^<]*：{number}</h1>", page.text), address


def test_of_one_unit_its_people_are_told_apart_and_of_all_nobody(month: Town) -> None:
    client = reader(month)

    def people(path: str) -> int:
        return sum("who=" in address for address, _n in figures(look(client, month, path)))

    assert people(f"?{MONTH}") == 0
    assert people(f"?{MONTH}&unit={month.yard}") == 1
    assert people(f"?{MONTH}&unit={month.office.unit}") == 2
    assert "水電" in look(client, month, f"?{MONTH}&unit={month.yard}").text


def test_a_head_reads_of_the_own_unit_and_of_what_it_passed_on(month: Town) -> None:
    client = reader(month, unit=month.yard)
    page = look(client, month)
    assert sum(number for address, number in figures(page) if "hops=" in address) == 1
    assert look(client, month, f"?{MONTH}&unit={month.office.unit}").status == 404
    assert look(client, month, "unanswered/").status == 200
    hall = reader(month, "32", unit=month.office.unit)
    assert sum(number for address, number in figures(look(hall, month)) if "hops=" in address) == 3


def test_only_who_may_read_the_reports_does(month: Town) -> None:
    for path in ("", "rows/", "unanswered/", "unowned/", "table.csv", "table.xlsx"):
        gardener = sign_in(month.office.world, "11")
        address = f"/{month.office.world.slug}/work/reports/{path}"
        assert gardener.get(address).status_code == 403, path


def test_a_number_opens_only_for_who_may_see_the_matter(month: Town) -> None:
    page = look(reader(month), month, f"rows/?{MONTH}")
    assert "/work/matters/" not in page.text
    assert "廚房天花板滲水" not in page.text
    add_staff(month.office.world, "33", [REPORTS, SEE, LEAD])
    page = look(sign_in(month.office.world, "33"), month, f"rows/?{MONTH}")
    assert page.text.count("/work/matters/") == 3


@pytest.mark.parametrize(
    "question",
    ["", "month=", "month=2026-13", "month=0001-01", "month=9999-12", "month=2026-11-02"],
)
def test_what_is_no_month_means_this_one(month: Town, question: str) -> None:
    page = look(reader(month), month, f"?{question}")
    assert page.status == 200
    assert "2026年11月" in page.text


@pytest.mark.parametrize("question", ["hops=4", "hops=-1"])
def test_a_figure_that_is_none_is_not_there(month: Town, question: str) -> None:
    assert look(reader(month), month, f"rows/?{MONTH}&{question}").status == 404


def test_nonsense_opens_nothing(month: Town) -> None:
    client = reader(month)
    for question in ("by=99999", "who=99999", "who=x"):
        assert look(client, month, f"rows/?{MONTH}&{question}").status == 200
    assert look(client, month, f"?{MONTH}&unit=99999").status == 404


def test_an_empty_month_says_so_and_is_never_perfect(month: Town) -> None:
    page = look(reader(month), month, "?month=2026-10")
    assert figures(page) == []
    assert "100" not in page.text


def test_a_void_number_is_no_matter(month: Town) -> None:
    office = month.office
    matter_id = office.open()

    def void(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        opening.void(
            session,
            matter=matter,
            version=matter.version,
            reason="寫錯",
            actor=staff(office.gardener),
            now=office.world.now,
        )

    before = look(reader(month), month)
    office.world.do(void)
    after = look(sign_in(office.world, "31"), month)
    assert sum(number for address, number in figures(before) if "hops=" in address) == 4
    assert sum(number for address, number in figures(after) if "hops=" in address) == 3


def test_a_month_belongs_to_the_institution_s_own_days(month: Town) -> None:
    """What comes at half past midnight on the first is the new month's, whatever UTC says."""
    world = month.office.world
    first = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    world.wait(seconds=(first - world.now).total_seconds())
    month.office.open()
    client = reader(month)
    for asked, number in (("2026-11", 3), ("2026-12", 1)):
        found = figures(look(client, month, f"?month={asked}"))
        assert sum(n for address, n in found if "hops=" in address) == number, asked


def test_the_tables_to_take_along_say_the_same_and_compute_nothing(month: Town) -> None:
    world = month.office.world

    def rename(session: Session) -> None:
        session.get_one(Staff, month.plumber).name = "=1+1"

    world.do(rename)
    client = reader(month)
    address = f"/{world.slug}/work/reports/table"
    answer = client.get(f"{address}.csv?{MONTH}&unit={month.yard}")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert any(row[1] == "'=1+1" for row in rows)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="matters-2026-11.csv"'
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{address}.xlsx?{MONTH}&unit={month.yard}").data)
    )
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == "=1+1" for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_the_statements_do_not_grow_and_a_month_of_too_many_says_so(
    month: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, client = month.office, reader(month)
    address = f"/{office.world.slug}/work/reports/?{MONTH}"

    def count() -> int:
        client.get(address)
        with count_statements(office.world) as found:
            client.get(address)
        return len(found)

    few = count()
    for _number in range(6):
        office.bring_to(State.IN_PROGRESS)
    assert count() == few
    assert "hint" not in look(client, month).text
    monkeypatch.setattr(reports, "MOST", 5)
    page = look(client, month)
    assert "hint" in page.text
    assert sum(number for where, number in figures(page) if "hops=" in where) == 5


def listed(client: FlaskClient, town: Town, name: str) -> int:
    found = re.search(r"<h1>[^<]*：(\d+)</h1>", look(client, town, f"{name}/").text)
    assert found
    return int(found[1])


def test_p_5_3_unanswered_lists_what_is_late_until_somebody_is_told(month: Town) -> None:
    office, client = month.office, reader(month)
    assert listed(client, month, "unanswered") == 0
    assert "<table" not in look(client, month, "unanswered/").text
    office.world.wait(hours=73)
    # The third has no promised time yet.
    client = sign_in(office.world, "31")
    assert listed(client, month, "unanswered") == 2
    [late, *_] = office.world.do(
        lambda session: session.scalars(
            select(Matter.id).where(Matter.state == State.IN_PROGRESS).order_by(Matter.id.desc())
        ).all()
    )
    office.bring_to(State.TOLD, late)
    assert listed(client, month, "unanswered") == 1
    assert f">{1}</a>" in look(client, month).text


def test_what_waits_for_the_person_is_not_unanswered(month: Town) -> None:
    office = month.office
    early, late = office.bring_to(State.IN_PROGRESS), office.bring_to(State.IN_PROGRESS)

    def pause(matter_id: int) -> None:
        def work(session: Session) -> None:
            matter = session.get_one(Matter, matter_id)
            handling.pause(
                session,
                matter=matter,
                version=matter.version,
                reason="等住戶回家",
                actor=staff(office.head),
                now=office.world.now,
            )

        office.world.do(work)

    pause(early)
    office.world.wait(hours=80)
    pause(late)
    client = reader(month)
    # The two of before, and the one that was paused when it was late already.
    assert listed(client, month, "unanswered") == 3


def test_p_5_3_unowned_lists_what_somebody_held_who_left(month: Town) -> None:
    office, client = month.office, reader(month)
    assert listed(client, month, "unowned") == 0

    def leave(session: Session) -> None:
        session.get_one(Staff, month.plumber).left_at = office.world.now

    office.world.do(leave)
    assert listed(client, month, "unowned") == 1
    assert listed(reader(month, "34", unit=month.yard), month, "unowned") == 1


def test_p_5_3_unowned_lists_what_nobody_took_up_in_working_time(month: Town) -> None:
    office = month.office
    post_id = office.world.do(lambda session: session.scalars(select(Post.id)).first() or 0)
    # Five minutes before the office closes for lunch.
    noon = datetime(2026, 11, 23, 11, 55, tzinfo=SHANGHAI)
    office.world.wait(seconds=(noon - office.world.now).total_seconds())
    office.world.do(
        lambda session: opening.submit_matter(
            session,
            account=ACCOUNT,
            bringer=Bringer(Identity.NAMED, name="張麗華"),
            post_id=post_id,
            prefix="Q",
            zone=SHANGHAI,
            now=office.world.now,
        )
    )
    office.world.wait(minutes=90)
    client = reader(month)
    assert listed(client, month, "unowned") == 0, "the lunch does not count"
    office.world.wait(minutes=20)
    assert listed(sign_in(office.world, "31"), month, "unowned") == 1
    assert listed(reader(month, "35", unit=month.yard), month, "unowned") == 0


def test_a_unit_of_a_unit_of_a_unit_is_named(month: Town) -> None:
    def add(session: Session) -> int:
        unit = Unit(code="deep", name={"zh_Hant": "管道班"}, parent_id=month.yard)
        session.add(unit)
        session.flush()
        session.get_one(Staff, month.plumber).unit_id = unit.id
        return unit.id

    unit_id = month.office.world.do(add)
    client = reader(month)
    assert "管道班" in look(client, month).text
    assert look(client, month, f"?{MONTH}&unit={unit_id}").status == 200
