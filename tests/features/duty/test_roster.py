"""Making and publishing a roster: what is drafted, refused, kept and written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import DomainError, Stale
from portal.core.ledger import LedgerEntry
from portal.duty.coverage import Part
from portal.duty.roster_models import Shift, ShiftPattern
from portal.duty.roster_queries import list_changes, list_weeks, read_week, week_of
from portal.duty.services import patterns, rostering, shifting
from portal.identity.models import Staff
from portal.identity.staff_events import HandingOver, StaffLeaving, ask_holdings, handing_over
from tests.support.parallel import together
from tests.support.rosters import MONDAY, NEXT, Hall, at, fill_hall, never_close
from tests.support.statements import count_statements
from tests.support.world import World


@pytest.fixture
def hall(institution: World) -> Hall:
    return fill_hall(institution)


def who(hall: Hall, post: str = "w3") -> list[tuple[int | None, str]]:
    """Who keeps a window in a week, one after the other, with the part."""

    def read(session: Session) -> list[tuple[int | None, str]]:
        plan = read_week(session, hall.tenant(), NEXT)
        start, end = week_of(plan.tenant, NEXT)
        found: list[tuple[int | None, str]] = []
        for segment in plan.covered[hall.posts[post]]:
            duty = segment.duty
            one = (duty.staff_id, str(duty.part)) if duty else (None, "")
            if segment.start < end and segment.end > start and found[-1:] != [one]:
                found.append(one)
        return found

    return hall.world.do(read)


def gaps(hall: Hall, post: str = "w3") -> list[tuple[object, object]]:
    def read(session: Session) -> list[tuple[object, object]]:
        plan = read_week(session, hall.tenant(), NEXT)
        return list(plan.gaps(*week_of(plan.tenant, NEXT))[hall.posts[post]])

    return hall.world.do(read)


def drop(hall: Hall, shift_id: int, version: int | None = None) -> None:
    def work(session: Session) -> None:
        shift = session.get_one(Shift, shift_id)
        shifting.drop_shift(
            session,
            shift=shift,
            version=shift.version if version is None else version,
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(work)


def test_without_patterns_a_keeps_the_hours_of_the_post(hall: Hall) -> None:
    assert who(hall) == [(hall.people["A1"], "A")]
    assert gaps(hall) == []


def test_whoever_has_left_keeps_nothing_and_b_comes(hall: Hall) -> None:
    def leave(session: Session) -> None:
        session.get_one(Staff, hall.people["A1"]).left_at = hall.world.now

    hall.world.do(leave)
    assert who(hall) == [(hall.people["B1"], "B")]


def test_round_the_clock_three_shifts_leave_no_minute(hall: Hall) -> None:
    never_close(hall)
    hall.place("A2", "B")
    hall.place("C1", "B")
    everyday = list(range(7))
    hall.add_pattern("A1", 6, 14, everyday)
    hall.add_pattern("A2", 14, 22, everyday)
    hall.add_pattern("C1", 22, 30, everyday)
    assert hall.draft() == 3 * 7 * rostering.WEEKS_AHEAD
    assert gaps(hall) == []
    night = next(shift for shift in hall.shifts() if shift.staff_id == hall.people["C1"])
    assert (night.starts_at, night.ends_at) == (at(MONDAY, 22), at(MONDAY, 30))


def test_the_night_before_the_week_is_drafted_with_it(hall: Hall) -> None:
    never_close(hall)
    hall.add_pattern("A1", 22, 30, [6], anchor=MONDAY - timedelta(days=7))
    hall.draft()
    first = hall.shifts()[0]
    assert (first.starts_at, first.ends_at) == (at(MONDAY, -2), at(MONDAY, 6))


def test_drafts_are_made_once_and_what_a_person_changed_stays(hall: Hall) -> None:
    hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4], b="B1")
    first = hall.draft()
    assert first == 2 * 5 * rostering.WEEKS_AHEAD
    dropped = hall.shifts()[0]
    drop(hall, dropped.id)
    hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    before = [(shift.id, shift.version) for shift in hall.shifts()]
    assert hall.draft() == 0
    assert [(shift.id, shift.version) for shift in hall.shifts()] == before


def test_a_cycle_comes_round_from_its_anchor_on(hall: Hall) -> None:
    hall.add_pattern("A1", 9, 12, [0, 3], cycle=4, anchor=MONDAY + timedelta(days=2))
    hall.draft()
    days = [(shift.pattern_day - MONDAY).days for shift in hall.shifts() if shift.pattern_day]
    assert days[:4] == [2, 5, 6, 9]


def test_two_who_have_drafts_made_at_once_make_them_once(hall: Hall) -> None:
    hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4])
    made = together(4, lambda _number: hall.draft())
    assert sum(made) == 5 * rostering.WEEKS_AHEAD == len(hall.shifts())


def test_an_ended_pattern_leaves_today_and_what_is_published(hall: Hall) -> None:
    pattern_id = hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4])
    hall.draft()
    hall.publish()

    def end(session: Session) -> None:
        pattern = session.get_one(ShiftPattern, pattern_id)
        patterns.end_pattern(
            session,
            pattern=pattern,
            version=pattern.version,
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(end)
    left = [shift.pattern_day for shift in hall.shifts()]
    assert left == [MONDAY, *(NEXT + timedelta(days=n) for n in range(5))]
    with pytest.raises(patterns.EndedAlready):
        hall.world.do(end)


def test_publishing_is_refused_while_a_gap_stands(hall: Hall) -> None:
    hall.add_pattern("A1", 9, 12, [0, 1, 2, 3, 4])
    hall.draft()
    with pytest.raises(rostering.HasTrouble) as refused:
        hall.publish()
    assert refused.value.params["count"] == 5
    assert gaps(hall)[0] == (at(NEXT, 13, 30), at(NEXT, 17))
    for day in range(5):
        hall.put("B1", at(NEXT, 13 + 24 * day), at(NEXT, 17 + 24 * day))
    assert hall.publish() == 1
    assert {shift.state for shift in hall.shifts() if shift.starts_at > at(NEXT, 0)} >= {
        "published"
    }


def test_a_week_is_published_once(hall: Hall) -> None:
    assert hall.publish() == 1
    with pytest.raises(rostering.PublishedAlready):
        hall.publish()


def test_of_several_who_publish_at_once_one_does(hall: Hall) -> None:
    def publish(_number: int) -> int:
        try:
            return hall.publish()
        except DomainError:
            return 0

    assert sorted(together(4, publish)) == [0, 0, 0, 1]
    [week] = hall.world.do(lambda session: list_weeks(session, [NEXT]))
    assert week.published_by_id == hall.people["H1"]


def test_the_past_is_not_published(hall: Hall) -> None:
    with pytest.raises(shifting.WeekOver):
        hall.publish(MONDAY - timedelta(days=7))


def test_what_changes_after_publishing_is_written_under_the_week(hall: Hall) -> None:
    hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    hall.publish()
    shift_id = hall.put("B1", at(NEXT, 33), at(NEXT, 36))
    drop(hall, shift_id)

    def read(session: Session) -> list[dict[str, object]]:
        return [line.data for line in list_changes(session, list_weeks(session, [NEXT]))]

    lines = hall.world.do(read)
    assert [line["what"] for line in lines] == ["dropped", "put"]
    assert all(line["staff"] == hall.people["B1"] for line in lines)


def test_nobody_keeps_a_post_without_a_place_there(hall: Hall) -> None:
    with pytest.raises(shifting.HasNoPlace) as refused:
        hall.put("C1", at(NEXT, 9), at(NEXT, 12))
    assert refused.value.field == "staff"


def test_w_ab_4_nobody_is_put_at_two_posts_at_once(hall: Hall) -> None:
    hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    with pytest.raises(shifting.CannotKeep) as refused:
        hall.put("B1", at(NEXT, 11), at(NEXT, 17), post="w4")
    assert refused.value.params["name"] == "王麗華"
    hall.put("B1", at(NEXT, 13), at(NEXT, 17), post="w4")


def test_two_posts_that_take_the_same_person_at_once_get_that_person_once(hall: Hall) -> None:
    def put(number: int) -> bool:
        try:
            hall.put("B1", at(NEXT, 9), at(NEXT, 12), post=("w3", "w4")[number % 2])
        except shifting.CannotKeep:
            return False
        return True

    together(4, put)
    assert len({shift.post_id for shift in hall.shifts()}) == 1


def test_nobody_is_put_there_with_too_little_rest(hall: Hall) -> None:
    never_close(hall)
    hall.put("B1", at(NEXT, 14), at(NEXT, 22))
    with pytest.raises(shifting.CannotKeep):
        hall.put("B1", at(NEXT, 30), at(NEXT, 38))
    hall.put("B1", at(NEXT, 33), at(NEXT, 38))


@pytest.mark.parametrize(("start", "end"), [(12, 9), (9, 9), (9, 9 + 24 * 100)])
def test_a_stretch_has_an_end(hall: Hall, start: int, end: int) -> None:
    with pytest.raises(shifting.NotLonger):
        hall.put("B1", at(NEXT, start), at(NEXT, end))


def test_what_is_over_is_neither_made_nor_taken_out(hall: Hall) -> None:
    shift_id = hall.put("B1", at(MONDAY, 9), at(MONDAY, 12))
    hall.world.wait(hours=10)
    with pytest.raises(shifting.WeekOver):
        hall.put("B1", at(MONDAY, 9), at(MONDAY, 12))
    with pytest.raises(shifting.WeekOver):
        drop(hall, shift_id)


def test_a_shift_is_taken_out_once_and_not_from_an_old_page(hall: Hall) -> None:
    shift_id = hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    with pytest.raises(Stale):
        drop(hall, shift_id, version=7)
    drop(hall, shift_id)
    with pytest.raises(shifting.DroppedAlready):
        drop(hall, shift_id)


def test_the_newest_of_two_who_were_put_there_keeps_it(hall: Hall) -> None:
    hall.put("A1", at(NEXT, 9), at(NEXT, 12))
    hall.put("B1", at(NEXT, 10), at(NEXT, 12))
    assert who(hall)[:2] == [(hall.people["A1"], Part.OVERRIDE), (hall.people["B1"], Part.OVERRIDE)]


def test_a_roster_is_read_in_the_same_number_of_statements(hall: Hall) -> None:
    def read() -> int:
        with count_statements(hall.world) as found:
            hall.world.do(lambda session: read_week(session, hall.tenant(), NEXT).covered)
        return len(found)

    few = read()
    hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4], b="B1")
    hall.draft()
    assert read() == few


def test_every_act_leaves_its_line(hall: Hall) -> None:
    hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4])
    hall.draft()
    hall.publish()
    codes = hall.world.do(
        lambda session: list(
            session.scalars(
                select(LedgerEntry.code)
                .where(LedgerEntry.code.startswith("duty."))
                .order_by(LedgerEntry.id)
            )
        )
    )
    assert codes == ["duty.pattern.added", "duty.roster.drafted", "duty.roster.published"]


def hand_over(hall: Hall, number: str, to: str) -> None:
    """Somebody leaves, and a colleague takes everything over."""

    def work(session: Session) -> None:
        handing_over.send(
            HandingOver(session, hall.people[number], hall.people[to], hall.head, hall.world.now)
        )

    hall.world.do(work)


def test_whoever_leaves_hands_patterns_and_coming_shifts_over(hall: Hall) -> None:
    hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4], b="B1")
    hall.draft()
    hall.world.wait(days=2)
    holdings = hall.world.do(lambda session: ask_holdings(StaffLeaving(session, hall.people["A1"])))
    assert [holding.kind for holding in holdings] == ["post", "shift_pattern"]
    hand_over(hall, "A1", "C1")
    as_a = [shift for shift in hall.shifts() if shift.part == "A"]
    past = [shift for shift in as_a if shift.starts_at < hall.world.now]
    assert {shift.staff_id for shift in past} == {hall.people["A1"]}
    assert {shift.staff_id for shift in as_a[len(past) :]} == {hall.people["C1"]}
    hand_over(hall, "C1", "B1")
    [pattern] = hall.world.do(lambda session: list(session.scalars(select(ShiftPattern))))
    assert (pattern.staff_a_id, pattern.staff_b_id) == (hall.people["B1"], None)


def test_a_pattern_changes_no_week_that_is_published(hall: Hall) -> None:
    hall.publish()
    with pytest.raises(patterns.InPublishedWeek):
        hall.add_pattern("A1", 9, 12, [0, 1], anchor=NEXT)
    hall.add_pattern("A1", 9, 12, [0, 1], anchor=NEXT + timedelta(days=7))
    assert gaps(hall) == []
