"""How posts were kept and handed over in a month, with figures counted by hand (RP-04)."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.catalog.services.posts import PostDetails, create_post, set_post_active
from portal.core.actor import SYSTEM
from portal.duty.kept import Scope, read_kept
from portal.duty.kept_rules import Kept
from portal.duty.models import Presence
from portal.duty.permissions import REPORTS
from portal.handover.compliance import list_given
from portal.handover.compliance_rules import Verdict
from portal.handover.models import Handover
from portal.identity.models import Staff, Unit
from tests.support.handover import Relay
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in, sign_in_within
from tests.support.world import local

TUESDAY, WEDNESDAY = date(2026, 12, 1), date(2026, 12, 2)
MINUTE = timedelta(minutes=1)
MONTH = "month=2026-12"


@pytest.fixture
def day(relay: Relay) -> Relay:
    """The first of December at window 3, which is open 9:00–12:00 and 13:30–17:00.

    Empty 9:00–9:12 (told at 9:05), 10:00–10:03, and 14:00–14:08 (told at 14:05). B covers
    10:03–10:20 though A was to be back at 10:15. At three the head moves everything to B.
    """
    hall = relay.hall
    hall.at(9, day=TUESDAY)
    hall.sweep()
    hall.at(9, 5, TUESDAY)
    hall.sweep()
    hall.at(9, 12, TUESDAY)
    own = hall.sign_in(hall.a)
    hall.at(10, day=TUESDAY)
    hall.step_away(own, 15)
    hall.at(10, 3, TUESDAY)
    hall.cover(hall.b)
    hall.at(10, 20, TUESDAY)
    hall.come_back(own)
    hall.at(12, day=TUESDAY)
    hall.sign_out(own)
    hall.at(13, 30, TUESDAY)
    own = hall.sign_in(hall.a)
    hall.at(14, day=TUESDAY)
    hall.step_away(own, 10)
    hall.at(14, 5, TUESDAY)
    hall.sweep()
    hall.at(14, 8, TUESDAY)
    hall.come_back(own)
    hall.at(15, day=TUESDAY)
    relay.open_matter(hall.a)
    relay.order(hall.a, hall.b)
    hall.at(17, day=TUESDAY)
    taken = hall.seat()
    assert taken.own is not None
    hall.sign_out(taken.own.presence.id)
    hall.at(18, day=TUESDAY)
    return relay


def scope_of(relay: Relay, first: date = TUESDAY, last: date = date(2026, 12, 31)) -> Scope:
    begin, end = local(first, 0), local(last + timedelta(days=1), 0)
    return Scope(begin, end, relay.world.now)


def kept(relay: Relay, scope: Scope | None = None, post_id: int | None = None) -> Kept:
    wanted, asked = post_id or relay.hall.window, scope or scope_of(relay)
    found = relay.do(lambda session, _now: read_kept(session, asked))
    return next(each for post, each in found.items() if post.id == wanted)


def verdicts(relay: Relay) -> list[Verdict]:
    found = relay.do(lambda session, _now: list_given(session, scope_of(relay)))
    return [one.verdict for one in found.get(relay.hall.window, [])]


def test_rp_04_the_figures_of_a_day(day: Relay) -> None:
    hall, found = day.hall, kept(day)
    assert found.required == (180 + 210) * MINUTE
    assert found.unkept == (12 + 3 + 8) * MINUTE
    assert [(one.start, one.end) for one in found.empty] == [
        (local(TUESDAY, 9), local(TUESDAY, 9, 12)),
        (local(TUESDAY, 10), local(TUESDAY, 10, 3)),
        (local(TUESDAY, 14), local(TUESDAY, 14, 8)),
    ]
    assert [(one.left_id, one.came_id) for one in found.empty] == [
        (None, hall.a),
        (hall.a, hall.b),
        (hall.a, hall.a),
    ]
    assert found.longest == 12 * MINUTE
    assert [one.raised_at for one in found.raised] == [
        local(TUESDAY, 9, 5),
        local(TUESDAY, 14, 5),
    ]
    assert found.answer == (7 + 3) / 2 * MINUTE
    [stood] = found.stood
    assert (stood.staff_id, stood.for_id) == (hall.b, hall.a)
    assert (stood.length, stood.is_over) == (17 * MINUTE, True)


def test_a_month_that_runs_counts_until_now(day: Relay) -> None:
    day.hall.at(10, day=WEDNESDAY)
    found = kept(day)
    assert found.required == (390 + 60) * MINUTE
    assert found.unkept == (23 + 60) * MINUTE
    last = found.empty[-1]
    assert (last.end, last.came_id) == (day.world.now, None)
    ahead = scope_of(day, date(2027, 1, 1), date(2027, 1, 31))
    assert day.do(lambda session, _now: read_kept(session, ahead)) == {}


def test_the_figures_of_a_month_that_is_over_stay(day: Relay) -> None:
    """The days before, cut in two: their minutes add up to the whole, whenever that is asked."""
    whole = kept(day, scope_of(day, date(2026, 11, 1), TUESDAY))
    first = kept(day, scope_of(day, date(2026, 11, 1), date(2026, 11, 30)))
    second = kept(day, scope_of(day, TUESDAY, TUESDAY))
    assert first.required + second.required == whole.required
    assert first.unkept + second.unkept == whole.unkept
    # Twenty-one working days of November, with nobody ever there.
    assert first.unkept == first.required == 21 * 390 * MINUTE
    day.hall.at(12, day=WEDNESDAY)
    assert kept(day, scope_of(day, TUESDAY, TUESDAY)) == second


def test_a_night_across_the_end_of_the_month_is_parted_at_midnight(relay: Relay) -> None:
    hall = relay.hall
    hall.at(22, day=date(2026, 11, 30))
    night = hall.sign_in(hall.c, hall.night)
    hall.at(23, 50, date(2026, 11, 30))
    hall.step_away(night, 30)
    hall.at(23, 55, date(2026, 11, 30))
    hall.cover(hall.a, hall.night)
    hall.at(0, 10, TUESDAY)
    hall.come_back(night)
    hall.at(6, day=TUESDAY)
    november = kept(relay, scope_of(relay, date(2026, 11, 30), date(2026, 11, 30)), hall.night)
    december = kept(relay, post_id=hall.night)
    assert november.unkept == (22 * 60 + 5) * MINUTE
    assert december.unkept == timedelta()
    assert december.required == 6 * 60 * MINUTE
    assert [one.length for one in november.stood] == [5 * MINUTE]
    assert [one.length for one in december.stood] == [10 * MINUTE]


def test_whoever_forgot_to_sign_out_was_there_until_the_duty_was_over(relay: Relay) -> None:
    hall = relay.hall
    hall.at(9, day=TUESDAY)
    own = hall.sign_in(hall.a)
    hall.at(13, 40, TUESDAY)

    def forget(session: Session) -> None:
        row = session.get_one(Presence, own)
        row.due_out_at, row.left_at = local(TUESDAY, 11, 30), relay.world.now
        row.signed_out_at = relay.world.now

    relay.world.do(forget)
    assert [(one.start, one.left_id) for one in kept(relay).empty] == [
        (local(TUESDAY, 11, 30), hall.a),
        (local(TUESDAY, 13, 30), None),
    ]


def test_a_post_counts_while_it_is_in_use(relay: Relay) -> None:
    hall = relay.hall
    hall.at(10, day=TUESDAY)

    def create(session: Session) -> int:
        like = session.get_one(Post, hall.window)
        details = PostDetails(like.unit_id, "new", {"zh_Hant": "新窗口"}, "9", {}, {}, None, 9)
        return create_post(session, details=details, actor=SYSTEM, now=relay.world.now).id

    new = relay.world.do(create)
    hall.at(11, day=TUESDAY)
    relay.world.do(
        lambda session: set_post_active(
            session,
            post=session.get_one(Post, new),
            is_active=False,
            actor=SYSTEM,
            now=relay.world.now,
        )
    )
    hall.at(15, day=TUESDAY)
    assert kept(relay, post_id=new).required == 60 * MINUTE
    later = scope_of(relay, WEDNESDAY)
    found = relay.do(lambda session, _now: read_kept(session, later))
    assert new not in {post.id for post in found}


def test_w_ab_3_a_signature_25_hours_after_an_emergency_is_late(day: Relay) -> None:
    [handover] = day.handovers()
    assert verdicts(day) == [Verdict.RUNNING]
    day.hall.at(15, 1, WEDNESDAY)
    assert verdicts(day) == [Verdict.UNSIGNED]
    day.hall.at(16, day=WEDNESDAY)
    day.confirm(handover.id)
    assert verdicts(day) == [Verdict.UNSIGNED]
    day.sign_after(handover.id)
    assert verdicts(day) == [Verdict.LATE]


def test_w_ab_3_what_was_due_at_the_end_of_the_turn_and_not_taken_over(day: Relay) -> None:
    hall = day.hall
    hall.at(9, day=WEDNESDAY)
    hall.sign_in(hall.b)
    listed = day.begin(hall.b, hall.c)

    def fall_due(session: Session) -> None:
        session.get_one(Handover, listed).due_at = local(WEDNESDAY, 11)

    day.world.do(fall_due)
    assert verdicts(day) == [Verdict.RUNNING, Verdict.RUNNING]
    hall.at(11, 1, WEDNESDAY)
    assert verdicts(day)[1] is Verdict.NOT_MADE
    day.offer(listed)
    assert verdicts(day)[1] is Verdict.NOT_MADE
    day.confirm(listed)
    assert verdicts(day)[1] is Verdict.LATE


def reader(relay: Relay, number: str = "R1", *, unit: int | None = None) -> FlaskClient:
    """Somebody who may read the reports, of one unit or of all."""
    return sign_in_within(relay.world, number, [REPORTS], unit)


def look(client: FlaskClient, relay: Relay, path: str = f"?{MONTH}") -> Page:
    return Page(client.get(f"/{relay.world.slug}/work/reports/duty/{path}"))


def figures(page: Page) -> list[tuple[str, int]]:
    found = re.findall(r'<a href="([^"]+/reports/duty/rows/[^"]*)">(\d+)</a>', page.text)
    return [(unescape(address), int(number)) for address, number in found]


def test_i_10_every_figure_opens_into_as_many_rows(day: Relay) -> None:
    client = reader(day)
    found = figures(look(client, day))
    of_window = {
        re.findall(r"figure=(\w+)", address)[0]: number
        for address, number in found
        if f"post={day.hall.window}" in address
    }
    assert of_window == {"empty": 3, "raised": 2, "stood": 1, "over": 1, "handed": 1}
    for address, number in found:
        page = Page(client.get(address))
        assert page.text.count('<tr><th scope="row">') == number, address
        assert re.search(rf"<h1>[^<]*：{number}</h1>", page.text), address


def test_minutes_open_into_the_rows_that_they_are_made_of(day: Relay) -> None:
    page = look(reader(day), day)
    found = re.findall(r'<a href="[^"]+/rows/([^"]*)">([^<]+)</a>', unescape(page.text))
    shown: dict[str, list[str]] = {}
    for address, text in found:
        if f"post={day.hall.window}" in address:
            shown.setdefault(re.findall(r"figure=(\w+)", address)[0], []).append(text)
    assert shown["empty"] == ["23分", "3", "12分"]
    assert shown["raised"] == ["2", "5分"]
    assert shown["stood"] == ["1", "17分"]


def test_the_rows_say_who_left_and_who_came(day: Relay) -> None:
    client, window = reader(day), day.hall.window
    page = look(client, day, f"rows/?{MONTH}&figure=empty&post={window}")
    assert "林秀蘭" in page.text
    assert "周志明" in page.text
    page = look(client, day, f"rows/?{MONTH}&figure=handed&post={window}")
    assert day.handovers()[0].reference in page.text
    # A reader who may see no handover of the unit reads its number only.
    assert "/work/handover/" not in page.text.split("<main")[1]


def test_a_head_reads_of_the_own_unit(day: Relay) -> None:
    def add(session: Session) -> int:
        unit = Unit(code="yard", name={"zh_Hant": "工務所"})
        session.add(unit)
        session.flush()
        return unit.id

    yard = day.world.do(add)
    client = reader(day, unit=yard)
    assert figures(look(client, day)) == []
    hall = day.world.do(lambda session: session.get_one(Post, day.hall.window).unit_id)
    assert look(client, day, f"?{MONTH}&unit={hall}").status == 404
    address = f"rows/?{MONTH}&figure=empty&post={day.hall.window}"
    assert look(client, day, address).status == 404
    assert look(reader(day, "R2", unit=hall), day, address).status == 200


@pytest.mark.parametrize("path", ["", "rows/", "table.csv", "table.xlsx"])
def test_only_who_may_read_the_reports_does(relay: Relay, path: str) -> None:
    client = sign_in(relay.world, "A1")
    assert look(client, relay, path).status == 403


@pytest.mark.parametrize("question", ["", "figure=empty", "figure=x&post=1", "figure=empty&post=9"])
def test_a_figure_that_is_none_is_not_there(relay: Relay, question: str) -> None:
    assert look(reader(relay), relay, f"rows/?{question}").status == 404


def test_the_tables_to_take_along_say_the_same_and_compute_nothing(day: Relay) -> None:
    def rename(session: Session) -> None:
        session.get_one(Post, day.hall.window).plate = "=1+1"
        session.get_one(Staff, day.hall.a).name = "=1+1"

    day.world.do(rename)
    client = reader(day)
    address = f"/{day.world.slug}/work/reports/duty/table"
    answer = client.get(f"{address}.csv?{MONTH}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="posts-2026-12.csv"'
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    of_window = [row[3] for row in rows if row[1].startswith("'=1+1")]
    assert of_window == ["390", "23", "12", "3", "2", "5", "1", "17", "1", "1", "0", "0", "0"]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}.xlsx?{MONTH}").data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert len(book.sheetnames) == 3
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_the_statements_do_not_grow(day: Relay) -> None:
    client = reader(day)
    address = f"/{day.world.slug}/work/reports/duty/?{MONTH}"

    def count() -> int:
        client.get(address)
        with count_statements(day.world) as found:
            client.get(address)
        return len(found)

    few, hall = count(), day.hall
    hall.at(9, day=WEDNESDAY)
    own = hall.sign_in(hall.a)
    for _time in range(3):
        hall.step_away(own)
        hall.world.wait(minutes=2)
        hall.come_back(own)
        hall.world.wait(minutes=2)
    client = reader(day, "R2")
    assert count() == few


def test_an_empty_month_says_so_and_is_never_perfect(day: Relay) -> None:
    page = look(reader(day), day, "?month=2027-01")
    assert figures(page) == []
    assert "100" not in page.text
