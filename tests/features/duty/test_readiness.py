"""Who is ready to take A's place at each post, with figures counted by hand (RP-05)."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.duty.kept import Scope
from portal.duty.leave_models import Leave
from portal.duty.permissions import EDIT, REPORTS
from portal.duty.readiness import read_readiness
from portal.duty.readiness_rules import Lack, Readiness
from portal.identity.models import Unit
from tests.support.duty import TODAY, Hall
from tests.support.fitness import ask_qualification, qualify, set_statement, sign
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in, sign_in_within
from tests.support.world import local

MINUTE = timedelta(minutes=1)
MONTH = "month=2026-11"
#: From Monday, 23 November, 9:00, thirty days: 22 working days of six and a half hours.
HOURS = timedelta(hours=22 * 6.5)


def scope_of(hall: Hall) -> Scope:
    return Scope(local(date(2026, 11, 1), 0), local(date(2026, 12, 1), 0), hall.world.now)


def readiness(hall: Hall) -> dict[int, Readiness]:
    found = hall.do(lambda session, _now: read_readiness(session, scope_of(hall)))
    return {post.id: each for post, each in found.items()}


def test_whoever_is_needed_elsewhere_cannot_step_in(hall: Hall) -> None:
    """C keeps the night desk, which never closes; without that C has all the time."""
    found = readiness(hall)
    assert found[hall.window].possible == 0
    assert found[hall.window].reasons == [
        (Lack.NEVER_FREE, "周志明"),
        (Lack.NEVER_FREE, "吳國棟"),
    ]


def test_rp_05_a_post_with_somebody_ready(hall: Hall) -> None:
    """B of window 3 keeps the desk at the same hours, C keeps none; so C alone could step in."""
    free_c(hall)
    found = readiness(hall)[hall.window]
    assert found.is_ready
    assert found.required == HOURS
    assert found.possible == 100
    assert [(one.staff_id, one.position, one.free) for one in found.standbys] == [
        (hall.b, "B", timedelta()),
        (hall.c, "C", HOURS),
    ]


def free_c(hall: Hall) -> None:
    """C keeps no post any more, but stands by at two."""

    def work(session: Session) -> None:
        where = (PostStaff.post_id == hall.night) & (PostStaff.staff_id == hall.c)
        session.execute(delete(PostStaff).where(where))

    hall.world.do(work)


def test_w_ab_2_leave_takes_its_hours_and_opens_into_them(hall: Hall) -> None:
    free_c(hall)

    def leave(session: Session) -> None:
        session.add(
            Leave(
                staff_id=hall.c,
                from_at=local(TODAY, 16),
                until_at=local(TODAY + timedelta(days=1), 10),
                kind="sick",
                state="approved",
                asked_at=hall.world.now,
                decided_by_id=hall.head,
            )
        )

    hall.world.do(leave)
    found = readiness(hall)[hall.window]
    tomorrow = TODAY + timedelta(days=1)
    assert found.gaps == [
        (local(TODAY, 16), local(TODAY, 17)),
        (local(tomorrow, 9), local(tomorrow, 10)),
    ]
    # 8,460 of 8,580 minutes are 98.60 percent.
    assert str(found.possible) == "98.6"


def test_w_gc_1_a_statement_that_b_and_c_have_not_signed(hall: Hall) -> None:
    free_c(hall)
    set_statement(hall.world, hall.window)
    sign(hall.world, hall.window, hall.b)
    found = readiness(hall)[hall.window]
    assert [one.fit.is_signed for one in found.standbys] == [True, False]
    assert found.reasons == [(Lack.NEVER_FREE, "周志明"), (Lack.UNSIGNED, "吳國棟")]
    sign(hall.world, hall.window, hall.c)
    assert readiness(hall)[hall.window].is_ready
    set_statement(hall.world, hall.window, text="改過的聲明", number=1)
    assert readiness(hall)[hall.window].reasons[1] == (Lack.UNSIGNED, "吳國棟")


def test_w_ab_2_a_qualification_that_ends_before_the_thirty_days(hall: Hall) -> None:
    free_c(hall)
    service = ask_qualification(hall.world)
    assert readiness(hall)[hall.window].standbys[1].fit.lack is Lack.UNQUALIFIED
    # Up to and with Friday of this week: five of the twenty-two days.
    qualify(hall.world, service, hall.c, TODAY + timedelta(days=4))
    found = readiness(hall)[hall.window]
    assert found.standbys[1].free == timedelta(hours=5 * 6.5)
    assert found.standbys[1].fit.until == local(TODAY + timedelta(days=5), 0)
    assert str(found.possible) == "22.7"


def test_a_post_with_nobody_named_comes_first(hall: Hall) -> None:
    def release(session: Session) -> None:
        where = (PostStaff.post_id == hall.night) & (PostStaff.position == "B")
        session.execute(delete(PostStaff).where(where))

    free_c(hall)
    hall.world.do(release)
    found = readiness(hall)
    assert next(iter(found)) == hall.night
    assert found[hall.night].reasons == [(Lack.NOBODY, "")]
    assert found[hall.night].possible == 0


def test_when_b_was_there_last_and_who_came_when_asked(hall: Hall) -> None:
    own = hall.sign_in(hall.a)
    hall.at(9, 10)
    hall.step_away(own)
    hall.at(9, 14)
    cover = hall.cover(hall.b)
    hall.at(9, 20)
    hall.come_back(own)
    hall.at(10)
    hall.step_away(own)
    hall.at(10, 6)
    hall.cover(hall.c)
    hall.at(10, 10)
    hall.come_back(own)
    hall.at(11)
    hall.step_away(own)
    hall.at(11, 6)
    hall.come_back(own)
    hall.at(11, 30)
    hall.step_away(own)
    hall.at(11, 34)
    hall.come_back(own)
    assert cover
    found = readiness(hall)[hall.window]
    # In time; late; nobody within the five minutes; back before that.
    assert [str(call.answer) for call in found.calls] == ["in_time", "late", "nobody", "back"]
    assert found.missed == 2
    assert [one.last_at for one in found.standbys] == [local(TODAY, 9, 14), local(TODAY, 10, 6)]
    assert [one.last_at for one in readiness(hall)[hall.desk].standbys] == [None]


def reader(hall: Hall, number: str = "R1", *more: str, unit: int | None = None) -> FlaskClient:
    """Somebody who may read the reports, of one unit or of all."""
    return sign_in_within(hall.world, number, [REPORTS, *more], unit)


def look(client: FlaskClient, hall: Hall, path: str = f"?{MONTH}") -> Page:
    return Page(client.get(f"/{hall.world.slug}/work/reports/readiness/{path}"))


def figures(page: Page) -> list[tuple[str, int]]:
    found = re.findall(r'<a href="([^"]+/reports/readiness/rows/[^"]*)">(\d+)</a>', page.text)
    return [(unescape(address), int(number)) for address, number in found]


def test_i_10_every_figure_opens_into_as_many_rows(hall: Hall) -> None:
    own = hall.sign_in(hall.a)
    hall.step_away(own)
    hall.at(9, 3)
    hall.cover(hall.b)
    hall.at(9, 20)
    hall.come_back(own)
    hall.step_away(own)
    hall.at(9, 40)
    client = reader(hall)
    found = figures(look(client, hall))
    # Stretches: two a day at the window and the desk, one for the night desk; and two requests.
    assert len(found) >= 4
    for address, number in found:
        page = Page(client.get(address))
        assert re.search(rf"<h1>[^<]*：{number}</h1>", page.text), address
        assert page.text.count('<tr><th scope="row">') == min(number, 50), address


def test_the_share_of_the_hours_opens_into_those_with_nobody(hall: Hall) -> None:
    page = look(reader(hall), hall)
    found = re.findall(r'<a href="([^"]+)">[\d.]+ %</a></td>', page.text)
    assert found
    assert all("figure=gaps" in address for address in found)


def test_the_way_out_is_open_to_who_may_go_it(hall: Hall) -> None:
    set_statement(hall.world, hall.window)
    page = look(reader(hall), hall)
    assert f"/posts/{hall.window}/statement/" not in page.text
    page = look(reader(hall, "R2", EDIT), hall)
    assert f"/posts/{hall.window}/statement/" in page.text


def test_a_head_reads_of_the_own_unit(hall: Hall) -> None:
    def add(session: Session) -> int:
        unit = Unit(code="yard", name={"zh_Hant": "工務所"})
        session.add(unit)
        session.flush()
        return unit.id

    yard = hall.world.do(add)
    client = reader(hall, unit=yard)
    assert figures(look(client, hall)) == []
    own = hall.world.do(lambda session: session.get_one(Post, hall.window).unit_id)
    assert look(client, hall, f"?unit={own}").status == 404
    assert look(client, hall, f"rows/?figure=gaps&post={hall.window}").status == 404


def test_only_who_may_read_the_reports_does(hall: Hall) -> None:
    for path in ("", "rows/", "table.csv", "table.xlsx"):
        assert look(sign_in(hall.world, "A1"), hall, path).status == 403, path


def test_a_figure_that_is_none_is_not_there(hall: Hall) -> None:
    client = reader(hall)
    for question in ("", "figure=gaps", "figure=x&post=1", "figure=gaps&post=9"):
        assert look(client, hall, f"rows/?{question}").status == 404, question


def test_the_tables_to_take_along_say_the_same(hall: Hall) -> None:
    free_c(hall)
    client = reader(hall)
    answer = client.get(f"/{hall.world.slug}/work/reports/readiness/table.csv?{MONTH}")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    of_window = [row[3] for row in rows if row[1].startswith("3 ")]
    assert of_window[2:] == ["100 %", "0", "0"]
    assert any(row[1] == "C 吳國棟" and row[3] == "100 %" for row in rows)
    book = client.get(f"/{hall.world.slug}/work/reports/readiness/table.xlsx")
    assert book.status_code == 200


def test_the_statements_do_not_grow(hall: Hall) -> None:
    client = reader(hall)

    def count() -> int:
        look(client, hall)
        with count_statements(hall.world) as found:
            look(client, hall)
        return len(found)

    few = count()

    def add(session: Session) -> None:
        unit_id = session.get_one(Post, hall.window).unit_id
        for number in range(4):
            post = Post(unit_id=unit_id, code=f"n{number}", name={"zh_Hant": "新"}, plate="新")
            session.add(post)
            session.flush()
            session.add(PostStaff(post_id=post.id, staff_id=hall.b, position="B"))

    hall.world.do(add)
    assert count() == few
