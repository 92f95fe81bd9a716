"""Leave: nobody leaves a post to nobody, A and B never go together, and whoever covers agrees."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import DomainError, Stale
from portal.duty.coverage import Stretch
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveKind, LeaveOver, LeaveTooLong, TooLate, WrongWayRound
from portal.duty.roster_queries import list_changes, list_weeks, read_week, week_of
from portal.duty.services import leave_cover, leaving
from tests.support.parallel import together
from tests.support.rosters import MONDAY, NEXT, Hall, at, fill_hall
from tests.support.world import World

#: Tuesday of the coming week.
TUESDAY = NEXT + timedelta(days=1)


@pytest.fixture
def hall(institution: World) -> Hall:
    return fill_hall(institution)


def ask(
    hall: Hall,
    number: str,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    cover: str = "",
) -> int:
    """Somebody asks for leave, all of Tuesday if nothing else is said; its id."""
    return hall.world.do(
        lambda session: (
            leaving.ask_leave(
                session,
                details=details(hall, number, start, end, cover=cover),
                actor=Actor("staff", hall.people[number]),
                now=hall.world.now,
            ).id
        )
    )


def details(
    hall: Hall,
    number: str,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    cover: str = "",
    reason: str = "回老家",
) -> leaving.LeaveDetails:
    return leaving.LeaveDetails(
        staff_id=hall.people[number],
        start=start or at(TUESDAY, 0),
        end=end or at(TUESDAY, 24),
        kind=LeaveKind.ANNUAL,
        reason=reason,
        cover_id=hall.people[cover] if cover else None,
    )


def step(hall: Hall, leave_id: int, verb: str, who: str, **more: object) -> None:
    """Somebody makes a step of a leave."""

    def work(session: Session) -> None:
        leave = session.get_one(Leave, leave_id)
        make = {
            "accept": leaving.accept_cover,
            "decline": leaving.decline_cover,
            "approve": leaving.approve,
            "refuse": leaving.refuse,
            "withdraw": leaving.withdraw,
        }[verb]
        said = {"words": "好"} if verb in {"approve", "refuse"} else {}
        make(  # type: ignore[operator]
            session,
            leave=leave,
            actor=Actor("staff", hall.people[who]),
            now=hall.world.now,
            **{"version": leave.version, **said, **more},
        )

    hall.world.do(work)


def read(hall: Hall, leave_id: int) -> Leave:
    return hall.world.do(lambda session: session.get_one(Leave, leave_id))


def keepers(hall: Hall, post: str = "w3") -> list[int | None]:
    """Who keeps a window on Tuesday, one after the other."""

    def work(session: Session) -> list[int | None]:
        covered = read_week(session, hall.tenant(), NEXT).covered[hall.posts[post]]
        found: list[int | None] = []
        for segment in covered:
            who = segment.duty.staff_id if segment.duty else None
            if at(TUESDAY, 0) <= segment.start < at(TUESDAY, 24) and found[-1:] != [who]:
                found.append(who)
        return found

    return hall.world.do(work)


def all_gaps(hall: Hall) -> list[Stretch]:
    def work(session: Session) -> list[Stretch]:
        plan = read_week(session, hall.tenant(), NEXT)
        return [gap for found in plan.gaps(*week_of(plan.tenant, NEXT)).values() for gap in found]

    return hall.world.do(work)


def test_w_ab_2_a_goes_when_b_has_agreed_and_the_head_has_approved(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    assert read(hall, leave_id).cover_staff_id == hall.people["B1"]
    assert keepers(hall) == [hall.people["A1"]]
    step(hall, leave_id, "accept", "B1")
    step(hall, leave_id, "approve", "H1")
    assert read(hall, leave_id).state == "approved"
    assert keepers(hall) == [hall.people["B1"]]
    assert all_gaps(hall) == []


def test_w_ab_2_nobody_approves_before_whoever_covers_has_agreed(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    with pytest.raises(leaving.NotAccepted) as refused:
        step(hall, leave_id, "approve", "H1")
    assert refused.value.params["name"] == "王麗華"
    assert read(hall, leave_id).state == "asked"


def test_i_5_b_who_goes_while_a_is_away_is_refused_until_a_third_covers(hall: Hall) -> None:
    ask(hall, "B1")
    with pytest.raises(leave_cover.EmptiesPost) as refused:
        ask(hall, "A1")
    assert (refused.value.field, refused.value.params["posts"]) == ("cover", "3")
    with pytest.raises(leave_cover.CannotCover):
        ask(hall, "A1", cover="C1")
    hall.place("C1", "B")
    leave_id = ask(hall, "A1", cover="C1")
    step(hall, leave_id, "accept", "C1")
    step(hall, leave_id, "approve", "H1")
    assert keepers(hall) == [hall.people["C1"]]


def test_i_5_a_and_b_do_not_go_together_though_somebody_else_stands_by(hall: Hall) -> None:
    hall.place("C1", "B")
    ask(hall, "B1")
    with pytest.raises(leave_cover.GoTogether):
        ask(hall, "A1")
    assert read(hall, ask(hall, "A1", cover="C1")).cover_staff_id == hall.people["C1"]


def test_i_5_nobody_covers_for_oneself(hall: Hall) -> None:
    with pytest.raises(leave_cover.CoversOneself):
        ask(hall, "A1", cover="A1")


def test_b_who_is_needed_by_nobody_goes_without_cover(hall: Hall) -> None:
    leave_id = ask(hall, "B1")
    assert read(hall, leave_id).cover_staff_id is None
    step(hall, leave_id, "approve", "H1")
    assert read(hall, leave_id).state == "approved"


def test_one_b_of_two_windows_covers_one_of_them(hall: Hall) -> None:
    """Whoever is promised to one window is needed there, before anything is decided."""
    ask(hall, "A1")
    with pytest.raises(leave_cover.EmptiesPost) as refused:
        ask(hall, "A2")
    assert refused.value.params["posts"] == "4"


def test_a_part_of_the_day_takes_a_part_of_the_cover(hall: Hall) -> None:
    leave_id = ask(hall, "A1", at(TUESDAY, 13), at(TUESDAY, 18))
    step(hall, leave_id, "accept", "B1")
    step(hall, leave_id, "approve", "H1")
    assert keepers(hall) == [hall.people["A1"], hall.people["B1"]]
    [shift] = hall.shifts()
    assert (shift.starts_at, shift.ends_at) == (at(TUESDAY, 13, 30), at(TUESDAY, 17))


def test_whoever_declines_ends_the_request(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    step(hall, leave_id, "decline", "B1")
    assert read(hall, leave_id).state == "refused"
    assert hall.shifts() == []
    with pytest.raises(LeaveOver):
        step(hall, leave_id, "accept", "B1")
    ask(hall, "A2")


def test_the_head_refuses_with_words(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    with pytest.raises(leaving.NeedsReason):
        step(hall, leave_id, "refuse", "H1", words=" ")
    step(hall, leave_id, "refuse", "H1", words="那天盤點")
    assert read(hall, leave_id).words == "那天盤點"
    assert hall.shifts() == []


def test_whoever_comes_back_keeps_the_window_again(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    step(hall, leave_id, "accept", "B1")
    step(hall, leave_id, "approve", "H1")
    step(hall, leave_id, "withdraw", "A1")
    assert keepers(hall) == [hall.people["A1"]]
    assert hall.shifts() == []


@pytest.fixture
def named(hall: Hall) -> Hall:
    """趙小燕 alone keeps window 3 on Tuesday, put there by name."""
    hall.place("C1", "C")
    hall.put("C1", at(TUESDAY, 9), at(TUESDAY, 17))
    for number in ("A1", "B1"):
        write(hall, number)
    return hall


def write(hall: Hall, number: str, *, start: datetime | None = None) -> int:
    """The head writes down that somebody is away on Tuesday."""

    def work(session: Session) -> int:
        given = details(hall, number, start)
        return leaving.write_emergency(
            session, details=given, seen=99, actor=hall.head, now=hall.world.now
        ).id

    return hall.world.do(work)


def approved(hall: Hall, number: str, cover: str) -> int:
    leave_id = ask(hall, number, cover=cover)
    step(hall, leave_id, "accept", cover)
    step(hall, leave_id, "approve", "H1")
    return leave_id


def test_whoever_comes_back_is_put_again_where_they_had_been_by_name(named: Hall) -> None:
    named.place("H1", "C")
    leave_id = approved(named, "C1", "H1")
    assert keepers(named) == [named.people["H1"]]
    step(named, leave_id, "withdraw", "C1")
    assert keepers(named) == [named.people["C1"]]


def test_whoever_comes_back_from_an_emergency_is_put_there_again_too(named: Hall) -> None:
    leave_id = write(named, "C1")
    assert keepers(named) == [None]
    step(named, leave_id, "withdraw", "C1")
    assert keepers(named) == [named.people["C1"]]


def test_where_somebody_was_put_meanwhile_whoever_comes_back_is_not(named: Hall) -> None:
    named.place("H1", "C")
    leave_id = write(named, "C1")
    named.put("H1", at(TUESDAY, 9), at(TUESDAY, 12))
    step(named, leave_id, "withdraw", "C1")
    assert keepers(named) == [named.people["H1"], named.people["C1"]]


def test_a_leave_for_half_a_day_is_given_back_without_the_other_half_twice(named: Hall) -> None:
    leave_id = write(named, "C1", start=at(TUESDAY, 12))
    step(named, leave_id, "withdraw", "C1")
    own = [shift for shift in named.shifts() if shift.staff_id == named.people["C1"]]
    assert [(shift.starts_at, shift.ends_at) for shift in own] == [
        (at(TUESDAY, 9), at(TUESDAY, 12)),
        (at(TUESDAY, 12), at(TUESDAY, 17)),
    ]


def test_who_covered_for_a_leave_that_was_withdrawn_meanwhile_covers_no_more(hall: Hall) -> None:
    hall.place("C1", "B")
    first = approved(hall, "A1", "C1")
    second = approved(hall, "C1", "B1")
    step(hall, first, "withdraw", "A1")
    step(hall, second, "withdraw", "C1")
    assert keepers(hall) == [hall.people["A1"]]


def go_on_to(hall: Hall, moment: datetime) -> None:
    hall.world.wait(seconds=(moment - hall.world.now).total_seconds())


def test_of_a_leave_that_has_begun_what_was_taken_stays(hall: Hall) -> None:
    wednesday = TUESDAY + timedelta(days=1)
    leave_id = ask(hall, "A1", at(TUESDAY, 0), at(wednesday, 24))
    step(hall, leave_id, "accept", "B1")
    step(hall, leave_id, "approve", "H1")
    go_on_to(hall, at(wednesday, 10))
    step(hall, leave_id, "withdraw", "A1")
    leave = read(hall, leave_id)
    assert (leave.state, leave.until_at) == ("approved", at(wednesday, 10))
    assert keepers(hall) == [hall.people["B1"]]
    cover = [(shift.starts_at, shift.ends_at) for shift in hall.shifts()]
    assert cover[-1] == (at(wednesday, 9), at(wednesday, 10))
    with pytest.raises(LeaveOver):
        step(hall, leave_id, "withdraw", "A1")
    ask(hall, "A1", at(wednesday + timedelta(days=2), 0), at(wednesday + timedelta(days=2), 24))


def test_whoever_comes_back_early_is_put_there_again_from_then_on(named: Hall) -> None:
    leave_id = write(named, "C1")
    go_on_to(named, at(TUESDAY, 10))
    step(named, leave_id, "withdraw", "C1")
    assert keepers(named) == [None, named.people["C1"]]


def test_a_leave_that_nobody_decided_on_was_not_taken(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    go_on_to(hall, at(TUESDAY, 10))
    step(hall, leave_id, "withdraw", "A1")
    assert read(hall, leave_id).state == "withdrawn"


def test_nobody_decides_on_their_own_leave(hall: Hall) -> None:
    leave_id = ask(hall, "H1")
    with pytest.raises(leaving.OwnLeave):
        step(hall, leave_id, "approve", "H1")


def test_silence_ends_with_the_time_itself(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    hall.world.wait(days=10)
    for verb, who in (("accept", "B1"), ("approve", "H1"), ("withdraw", "A1")):
        with pytest.raises(LeaveOver):
            step(hall, leave_id, verb, who)


def test_an_old_page_changes_nothing(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    with pytest.raises(Stale):
        step(hall, leave_id, "accept", "B1", version=7)


def test_what_changed_since_it_was_asked_is_looked_at_again(hall: Hall) -> None:
    leave_id = ask(hall, "A1")
    hall.put("B1", at(TUESDAY, 9), at(TUESDAY, 12), post="w4")
    with pytest.raises(leave_cover.CannotCover):
        step(hall, leave_id, "accept", "B1")


def test_leave_is_asked_for_in_time_and_in_an_emergency_by_the_head(hall: Hall) -> None:
    soon = at(MONDAY, 14)
    with pytest.raises(TooLate):
        ask(hall, "A1", soon, soon + timedelta(hours=4))

    def write(session: Session) -> None:
        leaving.write_emergency(
            session,
            details=details(hall, "A1", soon, soon + timedelta(hours=4), reason="孩子發燒"),
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(write)
    [leave] = hall.world.do(lambda session: list(session.scalars(select(Leave))))
    assert (leave.state, leave.reason) == ("approved", "孩子發燒")


def test_an_emergency_may_leave_a_gap_that_the_roster_shows(hall: Hall) -> None:
    ask(hall, "B1")

    def write(session: Session, reason: str) -> None:
        leaving.write_emergency(
            session,
            details=details(hall, "A1", reason=reason),
            actor=hall.head,
            now=hall.world.now,
        )

    with pytest.raises(leaving.NeedsReason):
        hall.world.do(lambda session: write(session, " "))
    hall.world.do(lambda session: write(session, "住院"))
    assert keepers(hall) == [hall.people["B1"]]
    [asked] = hall.world.do(
        lambda session: list(session.scalars(select(Leave.id).where(Leave.state == "asked")))
    )
    with pytest.raises(leave_cover.EmptiesPost):
        step(hall, asked, "approve", "H1")


def test_whoever_was_put_there_by_name_is_taken_out_for_the_leave(hall: Hall) -> None:
    hall.put("A1", at(TUESDAY, 9), at(TUESDAY, 17))
    leave_id = ask(hall, "A1", at(TUESDAY, 12), at(TUESDAY, 24))
    step(hall, leave_id, "accept", "B1")
    step(hall, leave_id, "approve", "H1")
    assert keepers(hall) == [hall.people["A1"], hall.people["B1"]]
    own = [shift for shift in hall.shifts() if shift.staff_id == hall.people["A1"]]
    assert [(shift.starts_at, shift.ends_at) for shift in own] == [
        (at(TUESDAY, 9), at(TUESDAY, 12))
    ]


def test_leave_in_a_published_week_is_written_under_it(hall: Hall) -> None:
    hall.publish()
    leave_id = ask(hall, "A1")
    step(hall, leave_id, "accept", "B1")
    step(hall, leave_id, "approve", "H1")
    changes = hall.world.do(
        lambda session: [
            line.data["what"] for line in list_changes(session, list_weeks(session, [NEXT]))
        ]
    )
    # Morning and afternoon.
    assert changes == ["put", "put"]
    assert {shift.state for shift in hall.shifts()} == {"published"}


@pytest.mark.parametrize(
    ("hours", "error"),
    [(0, WrongWayRound), (-3, WrongWayRound), (93 * 24, LeaveTooLong)],
)
def test_leave_has_an_end(hall: Hall, hours: int, error: type[DomainError]) -> None:
    with pytest.raises(error):
        ask(hall, "A1", at(TUESDAY, 0), at(TUESDAY, hours))


def test_one_leave_at_a_time(hall: Hall) -> None:
    ask(hall, "A1")
    with pytest.raises(leaving.AwayAlready):
        ask(hall, "A1", at(TUESDAY, 12), at(TUESDAY, 30))
    ask(hall, "A1", at(TUESDAY, 24), at(TUESDAY, 48))


def test_i_5_of_a_and_b_who_ask_for_the_same_day_at_once_one_is_refused(hall: Hall) -> None:
    def try_to(number: int) -> str:
        try:
            ask(hall, ("A1", "B1")[number])
        except DomainError as error:
            return type(error).__name__
        return "asked"

    for _day in range(3):
        found = together(2, try_to)
        assert found.count("asked") == 1
        assert set(found) <= {"asked", "EmptiesPost", "GoTogether"}
        [leave] = hall.world.do(
            lambda session: list(session.scalars(select(Leave).where(Leave.state == "asked")))
        )
        owner = next(name for name, one in hall.people.items() if one == leave.staff_id)
        step(hall, leave.id, "withdraw", owner)


def test_two_leaves_at_once_never_get_the_same_person_as_cover(hall: Hall) -> None:
    def try_to(number: int) -> bool:
        try:
            ask(hall, ("A1", "A2")[number])
        except DomainError:
            return False
        return True

    together(2, try_to)
    taken = hall.world.do(lambda session: list(session.scalars(select(Leave.cover_staff_id))))
    assert taken.count(hall.people["B1"]) == 1


def test_the_reason_is_enciphered(hall: Hall) -> None:
    leave_id = ask(hall, "A1")

    def look(session: Session) -> bytes:
        found = session.connection().exec_driver_sql("SELECT reason FROM leave")
        return bytes(found.scalar_one())

    assert "回老家".encode() not in hall.world.do(look)
    assert read(hall, leave_id).reason == "回老家"
