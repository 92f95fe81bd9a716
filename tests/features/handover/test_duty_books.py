"""The duty book opens and closes with the turn at a post; what is unfinished goes on (P-6.2)."""

from datetime import datetime
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import DomainError, Forbidden
from portal.core.ledger import LedgerEntry
from portal.duty.models import Presence
from portal.duty.services.forgetting import end_forgotten
from portal.handover.book_models import DutyBookCheck
from portal.handover.book_queries import list_persons
from portal.handover.book_rules import CheckedAlready, Closing, StillOpen
from portal.handover.services.checking import check_book
from portal.matters.intake_rules import Kind
from portal.matters.models import Matter
from portal.matters.services.opening import void
from tests.support import duty_books as books
from tests.support.duty import Hall, staff
from tests.support.duty_books import read_book, read_books, read_rows, send_in, take_down
from tests.support.handover import Relay
from tests.support.parallel import together


def check(hall: Hall, presence_id: int, staff_id: int) -> None:
    """Somebody confirms having looked."""

    def work(session: Session, now: datetime) -> None:
        row = session.get_one(Presence, presence_id)
        check_book(session, presence=row, actor=staff(staff_id), now=now)

    hall.do(work)


def end(hall: Hall, matter_id: int) -> None:
    """A matter comes to its end."""

    def work(session: Session, now: datetime) -> None:
        row = session.get_one(Matter, matter_id)
        by = staff(hall.head)
        void(session, matter=row, version=row.version, reason="誤記", actor=by, now=now)

    hall.do(work)


def test_p_6_2_the_handover_closes_a_book_and_opens_the_next(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    first = relay.open_matter(hall.a)
    hall.world.wait(minutes=30)
    handover = relay.hand_over(hall.a, hall.b)
    hall.world.wait(minutes=5)
    second = relay.open_matter(hall.b)
    one, two = read_books(hall)
    assert [(book.number, book.closing) for book in (one, two)] == [
        (1, Closing.HANDED_OVER),
        (2, None),
    ]
    assert one.handover is not None
    assert one.handover.id == handover
    assert one.ends_at == two.starts_at == relay.read(handover).moved_at
    assert books.received(hall, one) == [first]
    assert books.received(hall, two) == [second]
    assert books.carried(hall, two) == {first: 1}


def test_what_is_finished_later_is_carried_until_then_and_changes_no_closed_book(
    relay: Relay,
) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    matter = take_down(hall, hall.a)
    hall.world.wait(minutes=10)
    hall.sign_out(here)
    for _turn in range(2):
        hall.world.wait(minutes=10)
        here = hall.sign_in(hall.a)
        hall.world.wait(minutes=10)
        if _turn == 1:
            end(hall, matter)
            hall.world.wait(minutes=1)
        hall.sign_out(here)
    hall.world.wait(minutes=10)
    hall.sign_in(hall.a)
    one, two, three, four = read_books(hall)
    said = [
        [(row.line.state, row.line.is_unfinished) for row in read_rows(hall, book)]
        for book in (one, two, three, four)
    ]
    assert said == [[("received", True)], [("received", True)], [("voided", False)], []]
    assert [books.count(hall, book)[2] for book in (one, two, three)] == [1, 1, 0]
    assert books.carried(hall, three) == {matter: 1}


def test_what_comes_while_nobody_is_signed_in_stands_in_the_next_book(relay: Relay) -> None:
    hall = relay.hall
    send_in(hall)
    here = hall.sign_in(hall.a)
    hall.world.wait(minutes=10)
    hall.sign_out(here)
    assert books.waiting(hall) == 0
    hall.world.wait(hours=8)
    night = send_in(hall)
    assert books.waiting(hall) == 1
    hall.world.wait(hours=8)
    hall.sign_in(hall.a)
    assert books.waiting(hall) == 0
    one, two = read_books(hall)
    assert books.received(hall, one) == []
    [row] = read_rows(hall, two)
    assert (row.line.matter.id, row.is_from_before) == (night, True)
    # Before the first book there was none to stand in.
    assert books.entered(hall) == [night]


def test_who_covers_adds_to_the_same_book(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    hall.world.wait(minutes=1)
    hall.cover(hall.b)
    matter = take_down(hall, hall.b)
    hall.world.wait(minutes=5)
    hall.come_back(here)
    [book] = read_books(hall)
    assert books.received(hall, book) == [matter]
    persons = hall.do(lambda session, _now: list_persons(session, book))
    assert [(one.staff_id, one.is_cover) for one in persons] == [(hall.a, False), (hall.b, True)]


def test_p_3_1b_complaints_stand_in_their_register_and_in_no_duty_book(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    repair = take_down(hall, hall.a)
    take_down(hall, hall.a, Kind.COMPLAINT)
    [book] = read_books(hall)
    assert books.received(hall, book) == [repair]
    assert books.count(hall, book) == (1, 0, 1)


def test_a_forgotten_book_is_closed_by_the_sweep_and_says_so(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    hall.world.wait(hours=30)
    hall.do(end_forgotten)
    [book] = read_books(hall)
    assert book.closing is Closing.FORGOTTEN
    assert book.ends_at == hall.world.now
    assert read_book(hall, here).presence.due_out_at is not None


def test_c_2_the_head_confirms_a_closed_book_once_and_no_other(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    with pytest.raises(StillOpen):
        check(hall, here, hall.head)
    hall.sign_out(here)
    for other in (hall.a, hall.b):
        with pytest.raises(Forbidden):
            check(hall, here, other)
    check(hall, here, hall.head)
    with pytest.raises(CheckedAlready):
        check(hall, here, hall.head)
    said = select(LedgerEntry).where(LedgerEntry.code == "handover.book.checked")
    assert len(hall.do(lambda session, _now: list(session.scalars(said)))) == 1
    found = read_book(hall, here).check
    assert found is not None
    assert (found.checked_by_id, found.checked_at) == (hall.head, hall.world.now)


def test_two_looks_at_once_are_one(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    hall.sign_out(here)

    def attempt(_number: int) -> str:
        try:
            check(hall, here, hall.head)
        except DomainError as error:
            return type(error).__name__
        return "done"

    assert sorted(together(3, attempt)) == ["CheckedAlready", "CheckedAlready", "done"]
    rows = select(func.count(DutyBookCheck.id))
    assert hall.do(lambda session, _now: session.scalar(rows)) == 1


def test_a_book_closed_from_two_tabs_while_something_is_taken_down_holds_it_once(
    relay: Relay,
) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    made: list[int] = []

    def attempt(number: int) -> str:
        try:
            if number < 2:
                hall.sign_out(here)
            else:
                made.append(take_down(hall, hall.a))
        except DomainError as error:
            return type(error).__name__
        return "done"

    assert sorted(together(4, attempt)[:2]) == ["NotSignedIn", "done"]
    hall.world.wait(minutes=1)
    hall.sign_in(hall.a)
    one, two = read_books(hall)
    assert (one.number, two.number) == (1, 2)
    stands = books.received(hall, one) + books.received(hall, two)
    assert sorted(stands) == sorted(made)


@pytest.mark.parametrize("seed", range(3))
def test_p_6_2_everything_stands_in_exactly_one_book(relay: Relay, seed: int) -> None:
    """Against a count by hand: the next book to be closed after it came."""
    hall, dice = relay.hall, Random(seed)
    here: int | None = None
    expected: dict[int, int] = {}
    closed = begun = 0
    for _step in range(60):
        hall.world.wait(minutes=dice.randrange(1, 4))
        act = dice.choice(("turn", "take", "take", "send", "cover"))
        if act == "turn":
            if here is None:
                here, begun = hall.sign_in(hall.a), begun + 1
            else:
                hall.sign_out(here)
                here, closed = None, closed + 1
        elif act == "cover" and here is not None:
            hall.step_away(here)
            cover = hall.cover(hall.b)
            expected[take_down(hall, hall.b)] = closed + 1
            hall.come_back(here)
            assert hall.read(Presence, cover).signed_out_at is not None
        elif begun:
            made = send_in(hall) if act == "send" else take_down(hall, hall.a)
            expected[made] = closed + 1
    found = read_books(hall)
    assert [book.number for book in found] == list(range(1, begun + 1))
    stands = {matter: book.number for book in found for matter in books.received(hall, book)}
    if here is None:
        assert books.waiting(hall) == sum(number == closed + 1 for number in expected.values())
        expected = {matter: number for matter, number in expected.items() if number <= closed}
    assert stands == expected
    for before, after in pairwise(found):
        assert before.ends_at == after.starts_at
    for book in found:
        counted = len(books.received(hall, book)), len(books.carried(hall, book))
        assert books.count(hall, book)[:2] == counted
        assert all(expected[one] == number for one, number in books.carried(hall, book).items())
