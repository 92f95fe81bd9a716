"""W-YY-3: a promise that the office breaks is written down once, and nobody can take it back."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.appointments.afterwards_rules import Course
from portal.appointments.availability import Asker
from portal.appointments.breach_models import Breach
from portal.appointments.breach_rules import StillHere
from portal.appointments.models import Slot
from portal.appointments.rules import Channel
from portal.appointments.services import window
from portal.appointments.services.afterwards import enter_course
from portal.appointments.services.bookings import cancel_booking
from portal.appointments.services.breaches import JOB, note_breaches
from portal.appointments.services.moves import move_booking
from portal.core.errors import DomainError
from portal.core.ledger import LedgerEntry
from portal.core.sweeps import Sweep
from portal.core.worker import Worker
from portal.tenancy.services import change_settings
from portal.tenancy.settings import BookingRules
from tests.support.breaches import (
    CLERK,
    arrive,
    booking_of,
    breaches,
    expect_at_nine,
    start,
    sweep,
)
from tests.support.parallel import together
from tests.support.walks import bookings
from tests.support.world import SHANGHAI, World

RULES = BookingRules()


@pytest.fixture
def expected(town: World, client: FlaskClient) -> World:
    """Tuesday at nine, and somebody has this time until half past."""
    expect_at_nine(town, client)
    return town


def undo(world: World) -> None:
    def back(session: Session) -> None:
        booking = booking_of(session)
        window.undo(
            session,
            served=booking,
            version=booking.version,
            today=booking.local_date,
            rules=RULES,
            actor=CLERK,
            now=world.now,
        )

    world.do(back)


def miss(world: World) -> None:
    def note(session: Session) -> None:
        booking = booking_of(session)
        window.note_no_show(
            session,
            booking=booking,
            version=booking.version,
            rules=RULES,
            actor=CLERK,
            now=world.now,
        )

    world.do(note)


def test_w_yy_3_who_was_here_and_not_served_in_time_was_let_down(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=40)
    assert sweep(expected) == []
    expected.wait(minutes=1)
    [breach] = sweep(expected)
    [booking] = bookings(expected)
    assert (breach.booking_id, breach.slot_id) == (booking.id, booking.slot_id)
    assert (breach.starts_at, breach.ends_at) == (booking.starts_at, booking.ends_at)
    assert (breach.arrived_at, breach.recorded_at) == (booking.arrived_at, expected.now)
    assert (breach.arrival_minutes, breach.start_minutes) == (10, 10)
    codes = expected.do(lambda s: list(s.scalars(select(LedgerEntry.code))))
    assert codes.count("appointments.breach.recorded") == 1


def test_looking_again_writes_nothing_more(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=41)
    for _time in range(3):
        assert len(sweep(expected)) == 1
        expected.wait(minutes=1)


@pytest.mark.parametrize(("late", "count"), [(10, 1), (11, 0), (30, 0)])
def test_w_yy_3_who_comes_late_is_served_without_a_verdict(
    expected: World, late: int, count: int
) -> None:
    expected.wait(minutes=late)
    arrive(expected)
    expected.wait(minutes=60)
    assert len(sweep(expected)) == count
    if not count:
        start(expected)
        assert breaches(expected) == []
        assert bookings(expected)[0].state == "serving"


def test_who_was_served_in_time_or_never_came_was_not_let_down(expected: World) -> None:
    expected.wait(minutes=60)
    assert sweep(expected) == []
    expected.wait(minutes=-60)
    arrive(expected)
    expected.wait(minutes=40)
    start(expected)
    expected.wait(hours=5)
    assert sweep(expected) == []


def test_w_yy_3_no_undo_at_the_window_removes_it(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=41)
    sweep(expected)
    start(expected)
    for state in ("arrived", "booked"):
        undo(expected)
        assert bookings(expected)[0].state == state
    assert len(sweep(expected)) == 1


@pytest.mark.parametrize("and_then", [None, miss])
def test_w_yy_3_what_the_citizen_reported_stays_reported(expected: World, and_then: object) -> None:
    """Taking the arrival back, or noting a no-show on top of it, hides nothing."""
    arrive(expected)
    expected.wait(minutes=35)
    undo(expected)
    if callable(and_then):
        and_then(expected)
    expected.wait(minutes=6)
    [breach] = sweep(expected)
    assert breach.arrived_at == expected.now - timedelta(minutes=41)


def test_an_arrival_that_the_window_noted_by_mistake_is_taken_back(expected: World) -> None:
    arrive(expected, CLERK)
    undo(expected)
    expected.wait(minutes=41)
    assert bookings(expected)[0].arrived_at is None
    assert sweep(expected) == []


def test_w_yy_3_staff_cannot_move_or_cancel_away_who_reported_being_here(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=35)
    undo(expected)

    def move(session: Session) -> None:
        booking = booking_of(session)
        later = select(Slot.id).where(Slot.starts_at > expected.now + timedelta(days=1))
        move_booking(
            session,
            booking=booking,
            version=booking.version,
            slot_id=session.scalars(later).first() or 0,
            asker=Asker(Channel.COUNTER),
            rules=RULES,
            zone=SHANGHAI,
            actor=CLERK,
            now=expected.now,
        )

    def cancel(session: Session) -> None:
        booking = booking_of(session)
        cancel_booking(
            session,
            booking=booking,
            version=booking.version,
            rules=RULES,
            zone=SHANGHAI,
            actor=CLERK,
            now=expected.now,
        )

    for attempt in (move, cancel):
        with pytest.raises(StillHere):
            expected.do(attempt)
    expected.wait(minutes=6)
    assert len(sweep(expected)) == 1


def test_a_late_start_is_written_down_though_no_sweep_has_run(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=50)
    start(expected)
    [breach] = breaches(expected)
    assert breach.started_at == expected.now
    assert len(sweep(expected)) == 1


def test_an_outage_of_the_worker_hides_no_breach(expected: World) -> None:
    arrive(expected)
    expected.wait(days=2)
    assert len(sweep(expected)) == 1


def come_round(world: World) -> list[Breach]:
    """The worker comes round with its sweep for breaches; all that there have been."""
    sweeps = (Sweep(JOB, timedelta(minutes=1), note_breaches),)
    Worker(
        world.app, deliveries=(), sweeps=sweeps, name="w", list_institutions=lambda: [world.id]
    ).run_once()
    return breaches(world)


def enter_started(world: World, happened_at: datetime) -> None:
    """The window enters from paper when it began to serve."""

    def enter(session: Session) -> None:
        booking = booking_of(session)
        course = Course(started_at=happened_at)
        enter_course(
            session,
            booking=booking,
            version=booking.version,
            course=course,
            rules=RULES,
            actor=CLERK,
            now=world.now,
        )

    world.do(enter)


def test_w_yy_3_who_was_served_on_paper_in_an_outage_was_not_let_down(expected: World) -> None:
    arrive(expected)
    assert come_round(expected) == []
    begun = expected.now + timedelta(minutes=5)
    expected.wait(hours=3)
    for _round in range(2):
        assert come_round(expected) == []
        expected.wait(minutes=1)
    enter_started(expected, begun)
    expected.wait(hours=5)
    assert come_round(expected) == []


def test_w_yy_3_an_outage_that_ends_before_the_promise_breaks_leaves_the_window_its_time(
    expected: World,
) -> None:
    arrive(expected)
    come_round(expected)
    expected.wait(minutes=38)
    come_round(expected)
    for _minute in range(5):
        expected.wait(minutes=1)
        assert come_round(expected) == []


@pytest.mark.parametrize("begun", [None, 60])
def test_w_yy_3_what_paper_does_not_tell_otherwise_is_written_down_after_an_outage(
    expected: World, begun: int | None
) -> None:
    """Two hours in which the window is open; a start that was too late on paper, at once."""
    arrive(expected)
    come_round(expected)
    started = expected.now + timedelta(minutes=begun or 0)
    expected.wait(hours=2)
    assert come_round(expected) == []
    if begun:
        enter_started(expected, started)
        assert [breach.started_at for breach in breaches(expected)] == [started]
    # From eleven on: closed from noon to half past one.
    expected.wait(hours=3, minutes=29)
    come_round(expected)
    assert len(breaches(expected)) == bool(begun)
    expected.wait(minutes=1)
    assert len(come_round(expected)) == 1


def test_after_an_outage_that_ends_at_night_the_window_has_the_morning(expected: World) -> None:
    arrive(expected)
    come_round(expected)
    expected.wait(hours=18)
    for hours in (0, 6, 1):
        expected.wait(hours=hours)
        assert come_round(expected) == []
    expected.wait(hours=1)
    assert len(come_round(expected)) == 1


def test_w_yy_3_without_an_outage_nothing_is_left_to_the_window(expected: World) -> None:
    """Neither a worker that is a little late nor an outage before or after makes a difference."""
    expected.wait(minutes=-20)
    come_round(expected)
    expected.wait(minutes=20)
    arrive(expected)
    for wait in (0, 9, 9, 9, 9, 4):
        expected.wait(minutes=wait)
        assert come_round(expected) == []
    expected.wait(minutes=1)
    assert len(come_round(expected)) == 1


def test_the_limits_of_the_promised_time_count_and_not_later_ones(expected: World) -> None:
    def change(session: Session) -> None:
        change_settings(
            session,
            sections={"booking": {"breach_start_minutes": 240}},
            expected=1,
            valid_from=expected.now,
            actor=CLERK,
            now=expected.now,
        )

    arrive(expected)
    expected.wait(minutes=35)
    expected.do(change)
    expected.wait(minutes=6)
    [breach] = sweep(expected)
    assert breach.start_minutes == 10


def _execute(session: Session, statement: str) -> None:
    session.execute(text(statement))


def test_w_yy_3_the_database_refuses_to_change_or_remove_a_breach(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=41)
    sweep(expected)
    for statement in (
        "DELETE FROM breach",
        "UPDATE breach SET arrival_minutes = 0",
        "UPDATE breach SET booking_id = 999",
    ):
        with pytest.raises(DBAPIError):
            expected.do(partial(_execute, statement=statement))
    assert len(breaches(expected)) == 1


def test_w_yy_3_two_workers_write_down_one_breach(expected: World) -> None:
    arrive(expected)
    expected.wait(minutes=41)
    now = expected.now
    together(4, lambda _n: expected.do(lambda session: note_breaches(session, now)))
    assert len(breaches(expected)) == 1
    codes = expected.do(lambda s: Counter(s.scalars(select(LedgerEntry.code))))
    assert codes["appointments.breach.recorded"] == 1


def test_w_yy_3_a_start_at_the_second_of_the_sweep_is_in_time_or_is_not(expected: World) -> None:
    """The window decides upon what it saw; who is written down first is right, and only one."""
    arrive(expected)
    expected.wait(minutes=40)
    seen = bookings(expected)[0].version
    in_time = expected.now

    def begin(session: Session) -> None:
        window.start_serving(
            session, booking=booking_of(session), version=seen, actor=CLERK, now=in_time
        )

    def act(number: int) -> str:
        try:
            if number:
                expected.do(lambda s: note_breaches(s, in_time + timedelta(seconds=1)))
            else:
                expected.do(begin)
        except DomainError as error:
            return type(error).__name__
        return "done"

    started, _swept = together(2, act)
    [booking] = bookings(expected)
    if started == "done":
        assert (booking.state, booking.started_at, breaches(expected)) == ("serving", in_time, [])
    else:
        assert (started, booking.state, booking.started_at) == ("Stale", "arrived", None)
        assert len(breaches(expected)) == 1
