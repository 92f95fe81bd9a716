"""An entry is contested once by whose it is, and decided once by whoever heads the unit."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.core.errors import DomainError, NotFound
from portal.core.ledger import LedgerEntry
from portal.duty.attendance_models import AttendanceContest, ContestedAlready
from portal.duty.attendance_rules import NeedsWords, NothingToContest, TooLateToContest
from portal.duty.contest_queries import get_contest, list_to_judge
from portal.duty.rules import DecidedAlready
from portal.identity.events import Retention, retention_ending
from portal.identity.models import Staff, Unit
from portal.messages.models import Message
from tests.support.attendance import add_stay, contest, decide, entries, keep
from tests.support.duty import TODAY, Hall
from tests.support.parallel import together
from tests.support.world import local


def late(hall: Hall, staff_id: int | None = None) -> int:
    """Somebody came an hour late today, and the day is over; the shift's id."""
    who = staff_id or hall.a
    shift_id = keep(hall, who)
    add_stay(hall.world, who, hall.window, local(TODAY, 10), local(TODAY, 17))
    hall.at(17)
    return shift_id


def read(hall: Hall, contest_id: int) -> AttendanceContest:
    return hall.read(AttendanceContest, contest_id)


def told(hall: Hall) -> list[tuple[int, str]]:
    """The notices in order: to whom, and of what."""
    found = select(Message).where(Message.template == "duty/messages/notice").order_by(Message.id)
    rows = hall.do(lambda session, _now: list(session.scalars(found)))
    params = [json.loads(row.params or "{}") for row in rows]
    return [(one["to"], one["occasion"]) for one in params]


def give_addresses(hall: Hall) -> None:
    def work(session: Session, _now: object) -> None:
        for person in session.scalars(select(Staff)):
            person.email = f"staff{person.id}@town.example"

    hall.do(work)


def lines(hall: Hall) -> list[tuple[str, int | None]]:
    found = select(LedgerEntry).where(LedgerEntry.code.startswith("duty.attendance."))
    rows = hall.do(lambda session, _now: list(session.scalars(found.order_by(LedgerEntry.id))))
    return [(row.code, row.actor_id) for row in rows]


def waiting_for(hall: Hall, staff_id: int) -> list[int]:
    rows = hall.do(lambda session, _now: list_to_judge(session, staff_id))
    return [row[0].id for row in rows]


def test_a_contest_goes_to_the_head_and_the_answer_to_the_person(hall: Hall) -> None:
    give_addresses(hall)
    one = contest(hall.world, late(hall), hall.a)
    assert waiting_for(hall, hall.head) == [one]
    assert [waiting_for(hall, each) for each in (hall.a, hall.b, hall.leader)] == [[], [], []]
    decide(hall.world, one, hall.head)
    row = read(hall, one)
    assert (row.is_upheld, row.words, row.answer) == (True, "公車誤點", "公車公司已證實")
    assert (row.decided_by_id, row.decided_at) == (hall.head, hall.world.now)
    assert told(hall) == [(hall.head, "contested"), (hall.a, "upheld")]
    assert lines(hall) == [
        ("duty.attendance.contested", hall.a),
        ("duty.attendance.upheld", hall.head),
    ]
    assert waiting_for(hall, hall.head) == []


def test_what_is_kept_changes_nothing_in_the_entry_and_neither_does_what_is_upheld(
    hall: Hall,
) -> None:
    give_addresses(hall)
    shift_id = late(hall)
    before = entries(hall.world, hall.a)
    one = contest(hall.world, shift_id, hall.a)
    decide(hall.world, one, hall.head, is_upheld=False)
    assert read(hall, one).is_upheld is False
    assert entries(hall.world, hall.a) == before
    assert told(hall)[-1] == (hall.a, "kept")
    assert lines(hall)[-1] == ("duty.attendance.kept", hall.head)


def test_the_words_of_both_are_enciphered(hall: Hall) -> None:
    decide(hall.world, contest(hall.world, late(hall), hall.a), hall.head)
    stored = hall.do(
        lambda session, _now: session.execute(
            text("SELECT words, answer FROM attendance_contest")
        ).one()
    )
    for value in stored:
        assert value
        assert not any(word.encode() in bytes(value) for word in ("公車", "誤點"))


def test_each_entry_is_contested_once(hall: Hall) -> None:
    shift_id = late(hall)
    one = contest(hall.world, shift_id, hall.a)
    with pytest.raises(ContestedAlready):
        contest(hall.world, shift_id, hall.a)
    decide(hall.world, one, hall.head, is_upheld=False)
    with pytest.raises(ContestedAlready):
        contest(hall.world, shift_id, hall.a)


def test_only_whose_shift_it_is_contests_it_once_it_is_over_with_words_and_in_time(
    hall: Hall,
) -> None:
    shift_id = keep(hall, hall.a)
    hall.at(16)
    with pytest.raises(NotFound):
        contest(hall.world, shift_id, hall.a)
    hall.at(17)
    for other in (hall.b, hall.head):
        with pytest.raises(NotFound):
            contest(hall.world, shift_id, other)
    with pytest.raises(NeedsWords):
        contest(hall.world, shift_id, hall.a, words="   ")
    hall.at(17, day=TODAY + timedelta(days=7))
    with pytest.raises(TooLateToContest):
        contest(hall.world, shift_id, hall.a)
    assert lines(hall) == []


def test_nobody_contests_what_is_in_order(hall: Hall) -> None:
    shift_id = keep(hall, hall.a)
    add_stay(hall.world, hall.a, hall.window, local(TODAY, 9), local(TODAY, 17))
    hall.at(17)
    with pytest.raises(NothingToContest):
        contest(hall.world, shift_id, hall.a)


def test_the_head_s_own_is_decided_by_those_who_oversee_where_nobody_is_above(hall: Hall) -> None:
    one = contest(hall.world, late(hall, hall.head), hall.head)
    for other in (hall.head, hall.a):
        assert waiting_for(hall, other) == []
        with pytest.raises(NotFound):
            decide(hall.world, one, other)
    assert waiting_for(hall, hall.leader) == [one]
    decide(hall.world, one, hall.leader)
    assert read(hall, one).decided_by_id == hall.leader


def test_the_head_s_own_is_decided_by_the_head_above(hall: Hall) -> None:
    def put_above(session: Session, _now: object) -> None:
        unit = session.scalars(select(Unit)).one()
        above = Unit(code="above", name={"zh_Hant": "鎮政府"}, head_id=hall.c)
        session.add(above)
        session.flush()
        unit.parent_id = above.id

    hall.do(put_above)
    one = contest(hall.world, late(hall, hall.head), hall.head)
    with pytest.raises(NotFound):
        decide(hall.world, one, hall.leader)
    decide(hall.world, one, hall.c)


def test_nobody_else_reads_or_decides_and_whoever_decided_reads_it_for_good(hall: Hall) -> None:
    one = contest(hall.world, late(hall), hall.a)
    for other in (hall.a, hall.b, hall.leader):
        with pytest.raises(NotFound):
            decide(hall.world, one, other)
        with pytest.raises(NotFound):
            hall.do(lambda session, _now: get_contest(session, one, me=other))  # noqa: B023
    decide(hall.world, one, hall.head)

    def give_up(session: Session, _now: object) -> None:
        session.scalars(select(Unit)).one().head_id = hall.b

    hall.do(give_up)
    for reader in (hall.head, hall.b):
        row = hall.do(lambda session, _now: get_contest(session, one, me=reader))[0]  # noqa: B023
        assert row.answer


def test_a_decision_needs_words_and_is_made_once(hall: Hall) -> None:
    one = contest(hall.world, late(hall), hall.a)
    with pytest.raises(NeedsWords):
        decide(hall.world, one, hall.head, words=" ")
    decide(hall.world, one, hall.head)
    with pytest.raises(DecidedAlready):
        decide(hall.world, one, hall.head, is_upheld=False)
    assert read(hall, one).is_upheld


def test_words_are_forgotten_in_time_and_the_decision_stays(hall: Hall) -> None:
    one = contest(hall.world, late(hall), hall.a)
    made = hall.world.now

    def forget(days: int) -> None:
        def work(session: Session, now: object) -> None:
            before = made + timedelta(days=days)
            retention_ending.send(Retention(session, before, hall.world.now))

        hall.do(work)

    forget(1)
    assert read(hall, one).words, "whoever decides still has to read it"
    decide(hall.world, one, hall.head)
    forget(0)
    assert read(hall, one).words
    forget(1)
    row = read(hall, one)
    assert (row.words, row.answer, row.is_upheld) == (None, None, True)


def attempts(*works: Callable[[], object]) -> Counter[str]:
    def attempt(number: int) -> str:
        try:
            works[number]()
        except DomainError as error:
            return type(error).__name__
        return ""

    return Counter(together(len(works), attempt))


def test_who_sends_it_twice_at_once_has_contested_once(hall: Hall) -> None:
    shift_id = late(hall)
    made = attempts(*[lambda: contest(hall.world, shift_id, hall.a)] * 4)
    assert made == {"": 1, "ContestedAlready": 3}
    assert len(lines(hall)) == 1


def test_two_who_decide_at_once_decide_once(hall: Hall) -> None:
    def name_deputy(session: Session, _now: object) -> None:
        session.scalars(select(Unit)).one().deputy_id = hall.b

    hall.do(name_deputy)
    one = contest(hall.world, late(hall), hall.a)
    made = attempts(
        lambda: decide(hall.world, one, hall.head, is_upheld=True),
        lambda: decide(hall.world, one, hall.b, is_upheld=False),
    )
    assert made == {"": 1, "DecidedAlready": 1}
    row = read(hall, one)
    assert row.is_upheld is (row.decided_by_id == hall.head)
    assert len(lines(hall)) == 2
