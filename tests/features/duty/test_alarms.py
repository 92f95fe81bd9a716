"""An open post is never empty, or it is told within the limit (I-19, AL-01, AL-06)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.models import HolidayRow
from portal.catalog.models import Post
from portal.duty.services import shifting
from portal.duty.services.watching import watch_posts
from portal.identity.models import Unit
from tests.support.duty import Hall, staff
from tests.support.statements import count_statements
from tests.support.world import local

MINUTE = timedelta(minutes=1)
TUESDAY = date(2026, 11, 24)


def test_al_06_an_open_window_without_anybody_is_told_after_five_minutes(hall: Hall) -> None:
    hall.sweep()
    hall.at(9, 4)
    hall.sweep()
    assert hall.told(hall.b) == []
    hall.at(9, 5)
    hall.sweep()
    assert hall.told(hall.b) == ["AL-06"]


def test_al_06_climbs_from_b_to_c_to_the_head_to_the_leader(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    hall.sweep()
    found: dict[str, int] = {}
    for minute in range(30):
        for name in ("b", "c", "head", "leader"):
            if "AL-06" in hall.told(getattr(hall, name)):
                found.setdefault(name, minute)
        hall.world.wait(minutes=1)
        hall.sweep()
    assert found == {"b": 5, "c": 8, "head": 11, "leader": 15}


def test_the_last_level_repeats_on_the_next_working_day(hall: Hall) -> None:
    hall.at(9, 20)
    hall.sweep()
    hall.sweep()
    assert hall.told(hall.leader).count("AL-06") == 2
    hall.at(17)
    hall.sweep()
    assert "AL-06" not in hall.told(hall.leader)
    hall.at(9, 15, TUESDAY)
    hall.sweep()
    hall.sweep()
    assert hall.told(hall.leader).count("AL-06") == 2


def test_al_01_the_desk_that_never_closes_is_told_within_a_minute_at_night(hall: Hall) -> None:
    here = hall.sign_in(hall.c, hall.night)
    hall.at(3, 10, TUESDAY)
    hall.sweep()
    assert hall.told(hall.head) == []
    hall.sign_out(here)
    hall.at(3, 11, TUESDAY)
    hall.sweep()
    assert hall.told(hall.head) == ["AL-01"]
    assert hall.told(hall.a) == ["AL-01"]
    hall.at(3, 16, TUESDAY)
    hall.sweep()
    assert hall.told(hall.leader) == ["AL-01"]


def test_al_01_whoever_has_the_night_shift_by_the_roster_is_told_too(hall: Hall) -> None:
    def put(session: Session, now: datetime) -> None:
        shifting.put_there(
            session,
            post=session.get_one(Post, hall.night),
            staff_id=hall.c,
            start=local(TUESDAY, 3),
            end=local(TUESDAY, 6),
            actor=staff(hall.head),
            now=now,
        )

    hall.do(put)
    here = hall.sign_in(hall.a, hall.night)
    hall.at(3, 10, TUESDAY)
    hall.sign_out(here)
    hall.at(3, 11, TUESDAY)
    hall.sweep()
    assert hall.told(hall.c) == ["AL-01"]
    assert hall.told(hall.b) == []


def test_a_desk_that_nobody_ever_sat_at_is_told_from_the_first_look_on(hall: Hall) -> None:
    hall.sweep()
    due_at = local(date(2026, 11, 23), 9, 1)
    assert hall.watched(hall.night) == {"AL-01": due_at}
    hall.world.wait(days=5)
    hall.sweep()
    assert hall.watched(hall.night) == {"AL-01": due_at}


def test_signing_in_ends_it_for_everybody(hall: Hall) -> None:
    hall.at(9, 30)
    hall.sweep()
    hall.sweep()
    hall.sign_in(hall.b, hall.desk)
    hall.sign_in(hall.a)
    for person in (hall.b, hall.head, hall.leader):
        assert "AL-06" not in hall.told(person)
    assert hall.watched() == {}


def test_leaving_is_watched_at_once_and_from_the_leaving_on(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.at(10)
    hall.step_away(here)
    assert hall.watched() == {"AL-06": local(date(2026, 11, 23), 10, 5)}
    hall.world.wait(minutes=3)
    hall.sign_out(here)
    assert hall.watched() == {"AL-06": local(date(2026, 11, 23), 10, 5)}


def test_an_outage_of_the_sweep_changes_no_due_moment(hall: Hall) -> None:
    hall.at(11)
    hall.do(watch_posts)
    assert hall.watched() == {"AL-06": local(date(2026, 11, 23), 9, 5)}
    hall.do(watch_posts)
    hall.at(14)
    hall.do(watch_posts)
    assert hall.watched() == {"AL-06": local(date(2026, 11, 23), 13, 35)}


def test_closing_hours_and_holidays_need_nobody(hall: Hall) -> None:
    hall.sweep()
    hall.at(12)
    hall.sweep()
    assert hall.watched() == {}

    def declare(session: Session) -> None:
        holiday = HolidayRow(day=TUESDAY, kind="holiday", name={"zh_Hant": "鎮慶"})
        session.add(holiday)

    hall.world.do(declare)
    hall.at(10, 0, TUESDAY)
    hall.sweep()
    assert hall.watched() == {}


def test_the_last_minutes_before_closing_raise_nothing_that_comes_too_late(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.at(16, 54)
    hall.step_away(here)
    assert hall.watched() == {"AL-06": local(date(2026, 11, 23), 16, 59)}
    hall.come_back(here)
    hall.at(16, 55)
    hall.sign_out(here)
    assert hall.watched() == {}


def test_a_closed_window_is_watched_no_longer(hall: Hall) -> None:
    hall.sweep()

    def close(session: Session) -> None:
        session.get_one(Post, hall.window).is_active = False

    hall.world.do(close)
    hall.sweep()
    assert hall.watched() == {}


def test_whoever_is_not_back_in_time_is_told_then_the_head(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.step_away(here, minutes=10)
    hall.world.wait(minutes=10)
    hall.sweep()
    assert "AL-06r" in hall.told(hall.a)
    assert "AL-06r" not in hall.told(hall.head)
    hall.world.wait(minutes=5)
    hall.sweep()
    assert "AL-06r" in hall.told(hall.head)
    hall.come_back(here)
    for person in (hall.a, hall.head):
        assert "AL-06r" not in hall.told(person)


def test_the_round_costs_the_same_with_many_posts(hall: Hall) -> None:
    def counted() -> int:
        hall.do(watch_posts)
        with count_statements(hall.world) as statements:
            hall.do(watch_posts)
        return len(statements)

    few = counted()

    def add(session: Session) -> None:
        unit_id = session.scalars(select(Unit.id)).one()
        for number in range(40):
            name = {"zh_Hant": f"{number}號"}
            session.add(Post(unit_id=unit_id, code=f"p{number}", name=name, plate=str(number)))

    hall.world.do(add)
    assert counted() == few
