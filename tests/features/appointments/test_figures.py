"""The figures for heads: each is the number of the bookings that it opens (RP-08, I-10)."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from random import Random
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach, BreachSettlement
from portal.appointments.figures import Choice, Scope, count_bookings, list_counted
from portal.appointments.figures_rules import FIGURES, NOTICES, Outcome, outcome_of
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.appointments.views.figure_scope import FIGURES_SEEN
from portal.calendar.spans import Span
from portal.catalog.models import Post
from portal.identity.models import Unit
from tests.support.counted import NAMES, add_history, add_unit, limit_to_unit
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, World, add_staff

FIRST = date(2026, 11, 2)
SPAN = "from=2026-11-09&until=2026-11-30"


@pytest.fixture
def house(town: World) -> World:
    """Two units, three windows, a month of people around today."""

    def build(session: Session) -> None:
        add_unit(session)
        add_history(session, Random(7), zone=SHANGHAI, first=FIRST, days=35, count=160)

    town.do(build)
    return town


@pytest.fixture
def head(house: World) -> FlaskClient:
    add_staff(house, "2001", [FIGURES_SEEN])
    return sign_in(house, "2001")


def look(head: FlaskClient, world: World, question: str = SPAN) -> Page:
    return Page(head.get(f"/{world.slug}/work/figures/?{question}"))


def links(page: Page) -> list[tuple[str, int]]:
    """Each figure of a page: where it leads and the number that it shows."""
    found = re.findall(r'<a href="([^"]+/figures/rows/[^"]*)">(\d+)</a>', page.text)
    return [(unescape(address), int(number)) for address, number in found]


def total(page: Page) -> int:
    """What the page of rows says that there are."""
    found = re.search(r"<h1>[^<]*：(\d+)</h1>", page.text)
    assert found, page.text[:3000]
    return int(found[1])


def test_i_10_every_figure_opens_into_as_many_bookings(head: FlaskClient, house: World) -> None:
    found = links(look(head, house))
    assert len(found) > 60
    for address, number in found:
        page = Page(head.get(address))
        assert total(page) == number, address
        assert page.text.count('scope="row"') == min(number, 50), address
        assert "歐陽曉晴" not in page.text


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Vienna", "Asia/Kolkata"])
def test_i_10_the_database_counts_what_a_recount_of_the_rows_counts(
    house: World, zone: str
) -> None:
    """Through the night in which clocks go back, and where hours begin at the half."""
    there, random = ZoneInfo(zone), Random(zone)

    def recount(session: Session) -> None:
        add_history(session, random, zone=there, first=date(2026, 10, 15), days=25, count=200)
        rows = list(session.scalars(select(Booking)))
        units = list(session.scalars(select(Unit.id).order_by(Unit.id)))
        for unit in (None, *units):
            span = Span(date(2026, 10, 20), date(2026, 11, 5))
            scope = Scope(span, there, house.now, None if unit is None else frozenset({unit}))
            check(session, scope, rows)

    house.do(recount)


@dataclass(frozen=True)
class Promise:
    """A promised time, read from the rows by plain Python."""

    at: datetime
    #: Bookings before what was broken before a move.
    is_moved: bool
    number: int
    booking: int
    post: int
    day: date
    hour: int
    ahead: int
    outcome: Outcome


def read_promises(session: Session, scope: Scope, rows: list[Booking]) -> list[Promise]:
    """What stands in the tables, within the scope, in the order in which it is listed."""
    settled = set(session.scalars(select(BreachSettlement.breach_id)))
    breaches = [each for each in session.scalars(select(Breach)) if each.id not in settled]
    broken = {(breach.booking_id, breach.slot_id) for breach in breaches}
    by_id = {row.id: row for row in rows}

    def promise(row: Booking | Breach, booking: Booking, outcome: Outcome) -> Promise:
        made = booking.created_at.astimezone(scope.zone).date()
        return Promise(
            at=row.starts_at,
            is_moved=row is not booking,
            number=row.id,
            booking=booking.id,
            post=row.post_id,
            day=row.local_date,
            hour=row.starts_at.astimezone(scope.zone).hour,
            ahead=(row.local_date - made).days,
            outcome=outcome,
        )

    found = [
        promise(
            row,
            row,
            outcome_of(
                State(row.state),
                ends_at=row.ends_at,
                is_broken=(row.id, row.slot_id) in broken,
                now=scope.now,
            ),
        )
        for row in rows
    ]
    found += [
        promise(breach, by_id[breach.booking_id], Outcome.BROKEN)
        for breach in breaches
        if by_id[breach.booking_id].slot_id != breach.slot_id
    ]
    posts = set(session.scalars(select(Post.id).where(Post.unit_id.in_(scope.units or ()))))
    return sorted(
        (
            each
            for each in found
            if scope.span.first <= each.day <= scope.span.last
            and (scope.units is None or each.post in posts)
        ),
        key=lambda each: (each.is_moved, each.at, each.number),
    )


def check(session: Session, scope: Scope, rows: list[Booking]) -> None:
    """Count by hand, and compare with the tally and with every list that a figure opens."""
    mine = read_promises(session, scope, rows)
    tally = count_bookings(session, scope)
    assert tally.counts == Counter(each.outcome for each in mine)
    assert tally.notice == Counter(each.ahead for each in mine)
    taken = [each for each in mine if each.outcome is not Outcome.CANCELLED]
    assert tally.load == Counter((each.post, each.hour) for each in taken)
    for day, counts in tally.by_day.items():
        assert counts == Counter(each.outcome for each in mine if each.day == day)
    for post_id, counts in tally.by_post.items():
        assert counts == Counter(each.outcome for each in mine if each.post == post_id)
    for figure, outcomes in FIGURES.items():
        for choice in (Choice(figure), Choice(figure, hour=9), Choice(figure, notice=NOTICES[2])):
            expected = [
                (each.booking, each.post, each.at, each.outcome)
                for each in mine
                if each.outcome in outcomes
                and choice.hour in (None, each.hour)
                and (choice.notice is None or choice.notice.holds(each.ahead))
            ]
            for page in range(1, len(expected) // 50 + 2):
                listing = list_counted(session, scope, choice, page=page)
                assert listing.total == len(expected)
                assert [
                    (row.booking.id, row.post_id, row.starts_at, row.outcome)
                    for row in listing.rows
                ] == expected[50 * (page - 1) : 50 * page]


def test_page_csv_and_workbook_say_the_same(head: FlaskClient, house: World) -> None:
    page = look(head, house)
    head.set_cookie("language", "en", path="/")
    answer = head.get(f"/{house.slug}/work/figures/table.csv?{SPAN}")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    by_csv = {tuple(row[:3]): row[3] for row in rows}
    book = openpyxl.load_workbook(
        io.BytesIO(head.get(f"/{house.slug}/work/figures/table.xlsx?{SPAN}").data)
    )
    shown = {
        address.split("figure=")[1]: number
        for address, number in links(page)
        if address.endswith(("booked", *map(str, Outcome)))
    }
    whole = {str(row[0].value): row[1].value for row in book["What became of them"].rows}
    for code, label in {
        "booked": "All bookings",
        "kept": "Kept",
        "no_show": "No-show",
        "cancelled": "Cancelled",
        "open": "Still open",
        "lapsed": "Time over, nothing noted",
    }.items():
        assert whole[label] == int(by_csv["What became of them", label, "Number"])
        first = next(n for a, n in links(page) if a.endswith(f"figure={code}"))
        assert whole[label] == first, code
    assert shown
    cells = 0
    for sheet in book:
        heads = [cell.value for cell in next(sheet.rows)]
        for row in list(sheet.rows)[1:]:
            name = str(row[0].value)
            key = f"'{name}" if name.startswith("=") else name
            for title, cell in zip(heads[1:], row[1:], strict=True):
                if cell.value is not None:
                    cells += 1
                    told = by_csv[sheet.title, key, str(title)]
                    assert (
                        told in {str(cell.value), f"{float(cell.value):.1f}"}
                        if isinstance(cell.value, int | float)
                        else told == cell.value
                    )
    assert cells == len(rows) - 1


def test_no_name_of_a_window_is_computed(head: FlaskClient, house: World) -> None:
    content = head.get(f"/{house.slug}/work/figures/table.xlsx?{SPAN}").data
    book = openpyxl.load_workbook(io.BytesIO(content))
    named = [cell for page in book for row in page.rows for cell in row if cell.value == NAMES[0]]
    assert len(named) == 2
    assert {cell.data_type for cell in named} == {"s"}
    text = head.get(f"/{house.slug}/work/figures/table.csv?{SPAN}").data.decode("utf-8-sig")
    assert f"'{NAMES[0]}" in text
    assert f",{NAMES[0]}" not in text


def test_a_head_of_one_unit_sees_its_windows_only(house: World) -> None:
    limit_to_unit(house, add_staff(house, "2002", [FIGURES_SEEN]), "annex")
    limited = sign_in(house, "2002")
    annex = house.do(lambda s: list(s.scalars(select(Post.id).where(Post.code.in_(["n0", "n1"])))))
    span = Span(date(2026, 11, 9), date(2026, 11, 30))
    everything = Scope(span, SHANGHAI, house.now)
    own = house.do(
        lambda s: [
            each
            for each in read_promises(s, everything, list(s.scalars(select(Booking))))
            if each.post in annex
        ]
    )
    page = look(limited, house)
    assert next(number for _address, number in links(page)) == len(own)
    assert "三號窗口" not in page.text
    base = f"/{house.slug}/work/figures/"
    assert total(Page(limited.get(f"{base}rows/?{SPAN}"))) == len(own)
    assert "三號窗口" not in limited.get(f"{base}table.csv?{SPAN}").get_data(as_text=True)
    for path in ("", "rows/", "table.csv", "table.xlsx"):
        assert limited.get(f"{base}{path}?{SPAN}&post=1").status_code == 403
        assert limited.get(f"{base}{path}?{SPAN}&post=999999").status_code == 404
        assert limited.get(f"{base}{path}?{SPAN}&post={annex[0]}").status_code == 200


def test_an_empty_span_says_nothing_rather_than_a_hundred_percent(
    head: FlaskClient, house: World
) -> None:
    empty = "from=2025-01-01&until=2025-01-31"
    page = look(head, house, empty)
    assert page.status == 200
    assert "%" not in re.sub(r"<[^>]*>", "", page.text.partition("<main")[2])
    assert page.text.count("—") >= 10
    text = head.get(f"/{house.slug}/work/figures/table.csv?{empty}").data.decode("utf-8-sig")
    assert "100" not in text
    assert "—" in text


def test_nothing_due_is_no_rate_either(town: World) -> None:
    add_staff(town, "2001", [FIGURES_SEEN])
    today = town.now.astimezone(SHANGHAI).date() + timedelta(days=3)
    town.do(
        lambda session: add_history(session, Random(1), zone=SHANGHAI, first=today, days=1, count=3)
    )
    town.do(lambda session: session.query(Booking).update({"state": "booked"}))
    page = look(sign_in(town, "2001"), town, f"from={today}&until={today}")
    facts = page.text.partition('class="facts"')[2].partition("</dl>")[0]
    assert facts.count("—") == 2
    assert "100" not in facts


@pytest.mark.parametrize(
    "question",
    ["from=x&until=y", "from=2026-11-30&until=2026-11-09", "from=0001-01-01&until=9999-12-31",
     "page=99999", "post=x", "from=2026-13-01"],
)  # fmt: skip
def test_whatever_days_are_asked_for_there_is_a_page(
    head: FlaskClient, house: World, question: str
) -> None:
    assert look(head, house, question).status == 200


@pytest.mark.parametrize(
    "question", ["figure=x", "notice=99", "notice=-1", "hour=-1", "hour=24", "hour=20261123"]
)
def test_a_figure_that_is_none_opens_nothing(
    head: FlaskClient, house: World, question: str
) -> None:
    assert head.get(f"/{house.slug}/work/figures/rows/?{question}").status_code == 404


def test_the_statements_do_not_grow_with_bookings_and_windows(
    head: FlaskClient, house: World
) -> None:
    paths = ("", "rows/", "table.csv", "table.xlsx")

    def count() -> list[int]:
        counts = []
        for path in paths:
            with count_statements(house) as found:
                answer = head.get(f"/{house.slug}/work/figures/{path}?{SPAN}")
                assert answer.status_code == 200
            counts.append(len(found))
        return counts

    count()
    few = count()

    def grow(session: Session) -> None:
        unit = session.scalars(select(Unit.id)).first()
        session.add_all(
            Post(unit_id=unit, code=f"g{n}", name={"en": f"W{n}"}, plate="g") for n in range(30)
        )
        add_history(session, Random(3), zone=SHANGHAI, first=FIRST, days=35, count=600)

    house.do(grow)
    assert count() == few
    assert max(few) <= 16
