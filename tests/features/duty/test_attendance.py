"""Attendance follows from shifts, leave and who was signed in: nobody writes it down."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.attendance_queries import read_sheet, span_of
from portal.duty.attendance_rules import Entry
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveKind
from portal.duty.services.forgetting import end_forgotten
from portal.duty.services.leaving import LeaveDetails, withdraw, write_emergency
from portal.duty.services.relieving import relieve
from portal.identity.models import Staff
from portal.tenancy.queries import get_tenant
from tests.support.attendance import add_shift, add_stay, entries, keep
from tests.support.duty import TODAY, Hall, staff
from tests.support.statements import count_statements
from tests.support.world import local

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
#: What the window asks for of a day: 9:00–12:00 and 13:30–17:00.
FULL = 390 * MINUTE


def only(hall: Hall, staff_id: int, day: date = TODAY) -> Entry:
    (entry,) = entries(hall.world, staff_id, day)
    return entry


def test_a_day_with_all_there_is(hall: Hall) -> None:
    """Late, away longer than was said, and gone before the end."""
    keep(hall, hall.a)
    hall.at(9, 20)
    here = hall.sign_in(hall.a)
    hall.at(10)
    hall.step_away(here, minutes=20)
    hall.at(10, 30)
    hall.come_back(here)
    hall.at(16)
    hall.sign_out(here)
    hall.at(17)
    entry = only(hall, hall.a)
    assert (entry.late, entry.early, entry.is_absent) == (20, 60, False)
    assert (entry.due, entry.there) == (FULL, FULL - 20 * MINUTE - 10 * MINUTE - 60 * MINUTE)


def test_a_short_absence_and_the_pause_at_noon_are_no_fault(hall: Hall) -> None:
    keep(hall, hall.a)
    here = hall.sign_in(hall.a)
    hall.step_away(here, minutes=20)
    hall.cover(hall.b)
    hall.at(9, 20)
    hall.come_back(here)
    hall.at(17)
    hall.sign_out(here)
    entry = only(hall, hall.a)
    assert entry.there == FULL
    assert entry.is_in_order
    assert not entry.can_be_contested


def test_who_steps_away_and_never_returns_was_there_until_the_time_that_was_said(
    hall: Hall,
) -> None:
    keep(hall, hall.a)
    here = hall.sign_in(hall.a)
    hall.at(15)
    hall.step_away(here, minutes=30)
    hall.at(17)
    assert only(hall, hall.a).early == 90
    hall.at(18)
    hall.sign_out(here)
    assert only(hall, hall.a).early == 90


def test_standing_in_at_the_own_post_is_being_there(hall: Hall) -> None:
    """Somebody was there before and is away; whoever has the shift now stands in."""
    add_shift(hall.world, hall.b, hall.window, local(TODAY, 10), local(TODAY, 11))
    hall.step_away(hall.sign_in(hall.a), minutes=30)
    hall.at(9, 50)
    covering = hall.cover(hall.b)
    hall.at(11)
    hall.sign_out(covering)
    assert only(hall, hall.b).there == 60 * MINUTE


def test_a_shift_is_no_entry_before_it_is_over(hall: Hall) -> None:
    keep(hall, hall.a)
    keep(hall, hall.a, TODAY + DAY)
    hall.at(16, 59)
    assert entries(hall.world, hall.a) == []
    hall.at(17)
    assert [entry.start for entry in entries(hall.world, hall.a)] == [local(TODAY, 9)]


def test_who_never_came_is_absent_whoever_was_there_instead(hall: Hall) -> None:
    keep(hall, hall.a)
    here = hall.sign_in(hall.b)
    hall.at(17)
    hall.sign_out(here)
    assert only(hall, hall.a).is_absent
    assert entries(hall.world, hall.b) == []


def test_being_at_another_post_is_not_being_there(hall: Hall) -> None:
    keep(hall, hall.b)
    here = hall.sign_in(hall.b, hall.desk)
    hall.at(17)
    hall.sign_out(here)
    assert only(hall, hall.b).is_absent


def test_a_forgotten_sign_out_counts_until_it_was_due_and_is_marked(hall: Hall) -> None:
    keep(hall, hall.a)
    hall.sign_in(hall.a)
    hall.at(17, 30)
    hall.do(end_forgotten)
    entry = only(hall, hall.a)
    assert (entry.is_forgotten, entry.early, entry.there) == (True, 0, FULL)
    assert entry.can_be_contested


def test_who_is_relieved_before_the_end_did_not_leave_early(hall: Hall) -> None:
    keep(hall, hall.a)
    hall.sign_in(hall.a)
    hall.at(15)

    def hand_over(session: Session, now: datetime) -> None:
        post = session.get_one(Post, hall.window)
        relieve(
            session, post=post, giver_id=hall.a, receiver_id=hall.b, actor=staff(hall.b), now=now
        )

    hall.do(hand_over)
    hall.at(17)
    entry = only(hall, hall.a)
    assert (entry.early, entry.is_relieved, entry.there) == (0, True, FULL - 120 * MINUTE)


def test_who_leaves_and_is_followed_a_minute_later_left_early(hall: Hall) -> None:
    keep(hall, hall.a)
    here = hall.sign_in(hall.a)
    hall.at(15)
    hall.sign_out(here)
    hall.at(15, 1)
    hall.sign_in(hall.b)
    hall.at(17)
    assert only(hall, hall.a).early == 120


@pytest.mark.parametrize("state", ["draft", "held", "dropped"])
def test_what_is_not_published_is_no_duty(hall: Hall, state: str) -> None:
    add_shift(hall.world, hall.a, hall.window, local(TODAY, 9), local(TODAY, 10), state=state)
    hall.at(17)
    assert entries(hall.world, hall.a) == []


def test_b_stands_by_and_is_due_only_where_a_is_on_leave(hall: Hall) -> None:
    for day in (TODAY, TODAY + DAY):
        keep(hall, hall.a, day)
        add_shift(hall.world, hall.b, hall.window, local(day, 9), local(day, 17), part="B")
    hall.world.do(lambda session: session.add(approved(hall, hall.a, TODAY)))
    hall.at(17, day=TODAY + DAY)
    assert [one.start for one in entries(hall.world, hall.a)] == [local(TODAY + DAY, 9)]
    assert [one.start for one in entries(hall.world, hall.b)] == [local(TODAY, 9)]


def test_leave_for_a_part_of_the_shift_is_no_fault(hall: Hall) -> None:
    keep(hall, hall.a)
    leave = approved(hall, hall.a, TODAY)
    leave.until_at = local(TODAY, 11)
    hall.world.do(lambda session: session.add(leave))
    hall.at(11)
    here = hall.sign_in(hall.a)
    hall.at(17)
    hall.sign_out(here)
    entry = only(hall, hall.a)
    assert (entry.due, entry.late, entry.is_in_order) == (FULL - 120 * MINUTE, 0, True)


def test_leave_that_was_withdrawn_while_it_ran_counts_until_then(hall: Hall) -> None:
    """Whoever comes back early was not absent before."""
    for number in range(3):
        keep(hall, hall.a, TODAY + number * DAY)
    details = LeaveDetails(
        hall.a, local(TODAY, 0), local(TODAY + 3 * DAY, 0), LeaveKind.SICK, "發燒", None
    )
    leave_id = hall.do(
        lambda session, now: (
            write_emergency(session, details=details, actor=staff(hall.head), now=now).id
        )
    )
    hall.at(9, day=TODAY + DAY)

    def come_back(session: Session, now: datetime) -> None:
        leave = session.get_one(Leave, leave_id)
        withdraw(session, leave=leave, version=leave.version, actor=staff(hall.a), now=now)

    hall.do(come_back)
    hall.at(17, day=TODAY + 2 * DAY)
    found = entries(hall.world, hall.a)
    assert [one.start for one in found] == [local(TODAY + number * DAY, 9) for number in (1, 2)]
    assert all(one.is_absent for one in found)


def test_a_swap_makes_whoever_took_it_due(hall: Hall) -> None:
    keep(hall, hall.a)
    add_shift(hall.world, hall.c, hall.window, local(TODAY, 9), local(TODAY, 17), part="swap")
    hall.at(17)
    assert entries(hall.world, hall.a) == []
    assert only(hall, hall.c).is_absent


def test_a_night_over_the_end_of_the_month_belongs_to_the_month_in_which_it_begins(
    hall: Hall,
) -> None:
    last = date(2026, 11, 30)
    start, end = local(last, 22), local(last + DAY, 6)
    add_shift(hall.world, hall.c, hall.night, start, end)
    add_stay(hall.world, hall.c, hall.night, start, end)
    hall.at(5, day=last + DAY)
    assert entries(hall.world, hall.c, last) == []
    hall.at(6, day=last + DAY)
    assert only(hall, hall.c, last).there == 480 * MINUTE
    assert entries(hall.world, hall.c, last + DAY) == []


def test_what_begins_next_month_still_decides_who_keeps_the_end_of_a_night(hall: Hall) -> None:
    last = date(2026, 11, 30)
    add_shift(hall.world, hall.c, hall.night, local(last, 22), local(last + DAY, 6))
    dawn = local(last + DAY, 4), local(last + DAY, 6)
    add_shift(hall.world, hall.a, hall.night, *dawn, part="override")
    hall.at(6, day=last + DAY)
    assert only(hall, hall.c, last).due == 360 * MINUTE
    assert only(hall, hall.a, last + DAY).due == 120 * MINUTE


def test_a_month_begins_at_midnight_of_the_institution_s_clocks(hall: Hall) -> None:
    """One in the morning of 1 November there is the evening of 31 October in Berlin."""
    start = local(date(2026, 11, 1), 1)
    add_shift(hall.world, hall.c, hall.night, start, start + timedelta(hours=2))
    assert len(entries(hall.world, hall.c)) == 1

    def read(session: Session) -> int:
        tenant = replace(get_tenant(session), zone_name="Europe/Berlin")
        sheet = read_sheet(session, tenant, {hall.c}, TODAY, now=hall.world.now)
        return len(sheet.of(hall.c))

    assert hall.world.do(read) == 0


def test_the_night_in_which_the_clocks_go_back_is_an_hour_longer(hall: Hall) -> None:
    start, end = (datetime(2026, 10, day, hour, tzinfo=BERLIN) for day, hour in ((24, 22), (25, 6)))
    add_shift(hall.world, hall.c, hall.night, start, end)
    add_stay(hall.world, hall.c, hall.night, start, end)
    entry = only(hall, hall.c, date(2026, 10, 1))
    assert (entry.due, entry.there) == (540 * MINUTE, 540 * MINUTE)
    tenant = replace(hall.world.do(get_tenant), zone_name="Europe/Berlin")
    first, last = span_of(tenant, date(2026, 10, 1))
    assert last - first == 31 * DAY + timedelta(hours=1)


def test_who_has_left_keeps_what_came_of_the_shifts(hall: Hall) -> None:
    keep(hall, hall.a)
    add_shift(hall.world, hall.b, hall.window, local(TODAY, 9), local(TODAY, 17), part="B")
    hall.at(18)

    def leave(session: Session) -> None:
        session.get_one(Staff, hall.a).left_at = hall.world.now

    hall.world.do(leave)
    assert only(hall, hall.a).is_absent
    assert entries(hall.world, hall.b) == []


def test_a_month_of_many_takes_as_many_statements_as_a_day_of_one(hall: Hall) -> None:
    keep(hall, hall.a)
    add_stay(hall.world, hall.a, hall.window, local(TODAY, 9), local(TODAY, 12))
    hall.at(17)

    def count(people: set[int]) -> int:
        def read(session: Session) -> int:
            sheet = read_sheet(session, get_tenant(session), people, TODAY, now=hall.world.now)
            return sum(len(found) for found in sheet.by_staff.values())

        with count_statements(hall.world) as sent:
            assert hall.world.do(read, is_read_only=True)
        return len(sent)

    assert count({hall.a})  # What is read once and kept is read by now.
    few = count({hall.a})
    for number in range(1, 20):
        day = TODAY - number * DAY
        for person, post_id in ((hall.a, hall.window), (hall.b, hall.desk), (hall.c, hall.night)):
            add_shift(hall.world, person, post_id, local(day, 9), local(day, 12))
            add_stay(hall.world, person, post_id, local(day, 9), local(day, 12))
    assert count({hall.a, hall.b, hall.c}) == few


def approved(hall: Hall, staff_id: int, day: date) -> Leave:
    return Leave(
        staff_id=staff_id,
        from_at=local(day, 0),
        until_at=local(day, 23),
        kind="annual",
        state="approved",
        asked_at=hall.world.now,
        decided_by_id=hall.head,
        decided_at=hall.world.now,
    )
