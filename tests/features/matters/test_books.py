"""The books of a day: nothing off the book, nothing twice, no number left out, all masked."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.identity.contact_models import AccessLog
from portal.matters.books_queries import Line, find_run, list_book, list_first_asked
from portal.matters.books_rules import Action, Book
from portal.matters.intake_rules import Channel, Identity, Kind
from portal.matters.models import Matter
from portal.matters.notice_rules import Papers
from portal.matters.queries import Viewer
from portal.matters.rules import State
from portal.matters.services import opening
from portal.matters.services.opening import Account, Bringer
from tests.support.matters import BRINGER, Office, Town, staff
from tests.support.notices import APPLICATION, BOOK, stock
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, World, add_staff

COMPLAINT = Account(Kind.COMPLAINT, Channel.PHONE, "保潔態度差", "叫了三次不理")
ENQUIRY = Account(Kind.ENQUIRY, Channel.PHONE, "周六開門嗎", "")
EVERYTHING = Viewer(0, frozenset(), None, None)


def read(
    world: World,
    book: Book | None,
    viewer: Viewer = EVERYTHING,
    *,
    unit: int | None = None,
    days: int = 0,
) -> list[Line]:
    """A book of today, or of some days ago; none: the first-asked register."""
    day = (world.now - timedelta(days=days)).astimezone(SHANGHAI).date()

    def work(session: Session) -> list[Line]:
        known: dict[str, Any] = {
            "day": day,
            "zone": SHANGHAI,
            "viewer": viewer,
            "unit_id": unit,
            "page": 1,
        }
        found = list_book(session, book, **known) if book else list_first_asked(session, **known)
        return list(found.rows)

    return world.do(work)


def numbers(lines: list[Line]) -> list[int]:
    return [line.matter.number for line in lines]


def test_c_2_it_was_conveyed_to_whoever_took_it_and_to_nobody_who_did_not(parish: Town) -> None:
    office = parish.office
    matter_id = office.bring_to(State.VERIFIED)
    parish.refer(matter_id, office.gardener, parish.plumber, papers="照片")
    parish.take_back(matter_id, office.gardener)
    [line] = read(office.world, Book.DUTY)
    assert (line.conveyed_to, line.conveyed_at) == (None, None)
    parish.refer(matter_id, office.gardener, parish.engineer, papers="照片\n身分證")
    parish.accept(matter_id, parish.engineer)
    [line] = read(office.world, Book.DUTY)
    assert (line.conveyed_to, line.accepted_by) == (parish.engineer, parish.engineer)
    assert line.papers == ["照片", "身分證"]


def void(office: Office, matter_id: int, reason: str) -> None:
    def work(session: Session) -> None:
        opening.void(
            session,
            matter=session.get_one(Matter, matter_id),
            version=1,
            reason=reason,
            actor=staff(office.gardener),
            now=office.world.now,
        )

    office.world.do(work)


def test_p_3_1b_every_matter_stands_in_exactly_one_book_in_serial_order(office: Office) -> None:
    for account in (ENQUIRY, COMPLAINT, APPLICATION, COMPLAINT):
        office.open(account, BRINGER)
    void(office, office.open(ENQUIRY, BRINGER), "記錯了")
    duty, complaints = (read(office.world, book) for book in Book)
    assert numbers(duty) == [1, 3, 5]
    assert numbers(complaints) == [2, 4]
    assert duty[-1].matter.state == State.VOIDED
    assert duty[-1].void_reason == "記錯了"

    def run(session: Session) -> object:
        found = find_run(session, day=office.world.now.date(), zone=SHANGHAI)
        assert found is not None
        return found.first, found.last, dict(found.standing), found.missing

    assert office.world.do(run) == (1, 5, {Book.DUTY: 3, Book.COMPLAINTS: 2}, 0)


def test_a_number_that_somebody_took_out_shows(office: Office) -> None:
    office.open(ENQUIRY, BRINGER)
    world = office.world
    stray = {
        "institution_id": world.id,
        "year": 2026,
        "number": 4,
        "reference": "Q-2026-00004",
        "kind": "enquiry",
        "channel": "phone",
        "state": "received",
        "identity": "named",
        "language": "en",
        "reception": [],
        "first_asked_id": office.gardener,
        "holder_staff_id": office.gardener,
        "opened_at": world.now,
    }
    world.do(lambda session: session.execute(insert(Matter), stray))
    run = world.do(lambda s: find_run(s, day=world.now.date(), zone=SHANGHAI))
    assert run is not None
    assert run.missing == 2


def test_a_day_has_what_was_taken_down_between_its_midnights(office: Office) -> None:
    world = office.world
    office.open(ENQUIRY, BRINGER)
    # 23:59 and 0:00 by the institution's clock.
    world.wait(hours=14, minutes=59)
    office.open(ENQUIRY, BRINGER)
    world.wait(minutes=1)
    office.open(ENQUIRY, BRINGER)
    assert numbers(read(world, Book.DUTY)) == [3]
    assert numbers(read(world, Book.DUTY, days=1)) == [1, 2]
    run = world.do(lambda s: find_run(s, day=world.now.astimezone(SHANGHAI).date(), zone=SHANGHAI))
    assert run is not None
    assert (run.first, run.last, run.missing) == (3, 3, 0)


def test_c_2_its_columns_follow_the_steps(office: Office) -> None:
    told = office.bring_to(State.TOLD)
    office.open(ENQUIRY, BRINGER)
    first, second = read(office.world, Book.DUTY)
    assert first.matter.id == told
    assert (first.conveyed_to, first.accepted_by) == (office.head, office.head)
    assert (first.result, first.told_way) == ("已經修好，不漏了", "phone")
    assert [first.is_unfinished, second.is_unfinished] == [False, True]


def test_c_5_what_whoever_was_asked_first_did(parish: Town) -> None:
    office = parish.office
    counter = stock(office)
    informed = office.open(APPLICATION, BRINGER)
    counter.give(informed, {BOOK: Papers(1, 1)})
    reported = office.bring_to(State.IN_PROGRESS)
    passed = office.bring_to(State.IN_PROGRESS)
    parish.refer(passed, office.head, parish.plumber, papers="現場照片兩張")
    parish.accept(passed, parish.plumber)
    office.open(COMPLAINT, BRINGER)
    lines = read(office.world, None)
    assert [line.matter.id for line in lines][:3] == [informed, reported, passed]
    assert [line.action for line in lines] == [
        Action.INFORMED,
        Action.REPORTED,
        Action.PASSED_ON,
        Action.IN_HAND,
    ]
    assert [line.in_remit for line in lines] == [None, True, False, None]
    [notice] = lines[0].notices
    assert notice.notice.reference == "Q-N-2026-00001"
    assert notice.papers[0].brought == Papers(1, 1)
    assert lines[2].papers == ["現場照片兩張"]


def test_what_came_online_stands_in_its_book_and_in_no_first_asked_register(
    office: Office,
) -> None:
    def submit(session: Session) -> None:
        opening.submit_matter(
            session,
            account=Account(Kind.ENQUIRY, Channel.ONLINE, "幾點開門", ""),
            bringer=Bringer(Identity.ANONYMOUS),
            post_id=1,
            prefix="Q",
            zone=SHANGHAI,
            now=office.world.now,
        )

    office.world.do(submit)
    assert numbers(read(office.world, Book.DUTY)) == [1]
    assert read(office.world, None) == []


def test_of_a_unit_only_what_it_answers_for(parish: Town) -> None:
    office = parish.office
    office.bring_to(State.REPORTED)
    office.open(ENQUIRY, BRINGER)
    assert numbers(read(office.world, Book.DUTY, unit=office.unit)) == [1]
    assert read(office.world, Book.DUTY, unit=parish.yard) == []


def test_nobody_reads_in_a_book_what_the_desk_would_not_show(office: Office) -> None:
    office.open(ENQUIRY, BRINGER)
    stranger = Viewer(office.colleague, frozenset(), frozenset(), frozenset())
    assert read(office.world, Book.DUTY, stranger) == []
    asked = Viewer(office.gardener, frozenset(), frozenset(), frozenset())
    assert numbers(read(office.world, Book.DUTY, asked)) == [1]


@pytest.mark.parametrize("book", ["duty", "complaints", "first-asked"])
def test_the_sheet_masks_who_it_was_and_carries_the_seal(office: Office, book: str) -> None:
    world = office.world
    office.open(COMPLAINT if book == "complaints" else ENQUIRY, BRINGER)
    add_staff(world, "31", ["matters.matter.see", "matters.matter.lead"])
    head = sign_in(world, "31")
    head.set_cookie("language", "en", path="/")
    page = Page(head.get(f"/{world.slug}/work/books/{book}/"))
    assert "Q-2026-00001" in page.text
    assert "張○華" in page.text
    assert "張麗華" not in page.text
    assert "No number is missing." in page.text
    assert "Seal of the ledger" in page.text
    clerk = sign_in(world, "11")
    clerk.set_cookie("language", "en", path="/")
    page = Page(clerk.get(f"/{world.slug}/work/books/{book}/"))
    assert "Only what you may see stands here" in page.text


@pytest.mark.parametrize("day", ["2026-11-24", "9999-12-31", "0001-01-01", "x", "2026-02-30"])
def test_a_day_that_has_no_book_is_nothing(office: Office, day: str) -> None:
    head = sign_in(office.world, "12")
    assert head.get(f"/{office.world.slug}/work/books/duty/?day={day}").status_code == 404


def test_a_longer_day_asks_the_database_no_more(office: Office) -> None:
    world = office.world
    counter = stock(office)
    head = sign_in(world, "11")

    def look() -> int:
        with count_statements(world) as found:
            assert head.get(f"/{world.slug}/work/books/first-asked/").status_code == 200
        return len(found)

    counter.give(office.open(APPLICATION, BRINGER), {BOOK: Papers(1, 0)})
    look()
    few = look()
    for _number in range(3):
        counter.give(office.open(APPLICATION, BRINGER), {BOOK: Papers(1, 0)})
    assert look() == few


def test_whoever_reads_a_book_is_written_down_once_a_day(parish: Town) -> None:
    world = parish.office.world
    gardener = sign_in(world, "11")
    for book in ("duty", "duty", "first-asked"):
        gardener.get(f"/{world.slug}/work/books/{book}/")
    looks = world.do(
        lambda session: [
            (look.actor_id, look.subject_kind, look.details)
            for look in session.scalars(select(AccessLog).order_by(AccessLog.id)).all()
        ]
    )
    me = parish.office.gardener
    assert looks == [(me, "book", "books.duty"), (me, "book", "books.first_asked")]
