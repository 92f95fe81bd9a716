"""Capacity follows the roster: nobody who is booked comes to a window that a change has emptied."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.models import Slot
from portal.appointments.services.closing import close_hours_of_post
from portal.appointments.services.reopening import reopen_all_kept
from portal.appointments.views.closures import CLOSE
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.ledger import LedgerEntry
from portal.duty.events import CoverageChanged, coverage_changed
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveKind
from portal.duty.roster_models import Shift
from portal.duty.services import leaving, rostering
from portal.duty.services.dropping import drop_knowingly
from portal.duty.services.impacts import HitsPeople
from portal.identity.models import RoleAssignment, Staff, Unit
from portal.web.masks import mask_name
from tests.support.pages import Page, post
from tests.support.rosters import NEXT, Hall, at, fill_hall
from tests.support.walks import book_online, sign_in
from tests.support.world import World, add_staff


@pytest.fixture
def hall(institution: World) -> Hall:
    """沈慧 alone keeps window 3 next week; somebody is booked there on its Monday at nine."""
    hall = fill_hall(institution)
    hall.add_pattern("A1", 9, 17, [0, 1, 2, 3, 4])
    hall.draft()
    hall.publish()
    institution.publish()
    booked = book_online(institution.client(), institution, day=NEXT.isoformat())
    assert booked.status == 200
    return hall


def shift_of(hall: Hall, day: int) -> int:
    found = select(Shift.id).where(Shift.starts_at == at(NEXT + timedelta(days=day), 9))
    return hall.world.do(lambda session: session.scalars(found).one())


def drop(hall: Hall, day: int, *, seen: int) -> None:
    shift_id = shift_of(hall, day)

    def work(session: Session) -> None:
        shift = session.get_one(Shift, shift_id)
        drop_knowingly(
            session,
            shift=shift,
            version=shift.version,
            seen=seen,
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(work)


def fall_ill(hall: Hall, *, seen: int, cover: str = "", until: datetime | None = None) -> None:
    def work(session: Session) -> None:
        details = leaving.LeaveDetails(
            staff_id=hall.people["A1"],
            start=at(NEXT, 0),
            end=until or at(NEXT, 24),
            kind=LeaveKind.SICK,
            reason="住院",
            cover_id=hall.people[cover] if cover else None,
        )
        leaving.write_emergency(
            session, details=details, seen=seen, actor=hall.head, now=hall.world.now
        )

    hall.world.do(work)


def closures(hall: Hall) -> list[tuple[int | None, int]]:
    """Each closure: its post, and how many it hits."""

    def read(session: Session) -> list[tuple[int | None, int]]:
        rows = session.scalars(select(Closure).order_by(Closure.id)).all()
        hit = [row.closure_id for row in session.scalars(select(ClosedBooking))]
        return [(row.post_id, hit.count(row.id)) for row in rows]

    return hall.world.do(read)


def state(hall: Hall, day: int) -> str:
    shift_id = shift_of(hall, day)
    return hall.world.do(lambda session: session.get_one(Shift, shift_id).state)


def test_a_shift_is_not_taken_out_over_the_heads_of_those_who_are_booked(hall: Hall) -> None:
    with pytest.raises(HitsPeople) as refused:
        drop(hall, 0, seen=0)
    assert refused.value.params == {"count": 1}
    assert state(hall, 0) == "published"
    assert closures(hall) == []


def test_the_shift_and_those_who_are_booked_go_in_one_act(hall: Hall) -> None:
    drop(hall, 0, seen=1)
    assert state(hall, 0) == "dropped"
    assert closures(hall) == [(hall.posts["w3"], 1)]

    def read(session: Session) -> tuple[set[bool], list[str]]:
        slots = select(Slot.is_withdrawn).where(
            Slot.starts_at >= at(NEXT, 9),
            Slot.starts_at < at(NEXT, 17),
            Slot.post_id == hall.posts["w3"],
        )
        codes = select(LedgerEntry.code).order_by(LedgerEntry.id.desc()).limit(3)
        return set(session.scalars(slots)), list(session.scalars(codes))

    withdrawn, codes = hall.world.do(read)
    assert withdrawn == {True}
    assert codes[::-1] == [
        "duty.shift.dropped",
        "duty.roster.changed",
        "appointments.closure.made",
    ]


def test_hours_that_nobody_keeps_are_closed_though_nobody_is_booked(hall: Hall) -> None:
    drop(hall, 1, seen=0)
    assert state(hall, 1) == "dropped"
    assert closures(hall) == [(hall.posts["w3"], 0)]
    assert not is_bookable(hall, 1)
    assert is_bookable(hall, 2)


def is_bookable(hall: Hall, day: int) -> bool:
    """Whether window 3 can be booked on a day of the week, once the sweep has been there."""
    hall.world.publish()
    found = select(Slot.id).where(
        Slot.starts_at >= at(NEXT + timedelta(days=day), 9),
        Slot.starts_at < at(NEXT + timedelta(days=day), 17),
        Slot.post_id == hall.posts["w3"],
        Slot.is_withdrawn.is_(False),
    )
    return hall.world.do(lambda session: session.scalars(found).first() is not None)


def standing(hall: Hall) -> list[tuple[datetime, datetime | None]]:
    """The closed hours that are not open again."""
    found = select(Closure).where(Closure.lifted_at.is_(None)).order_by(Closure.from_at)
    return hall.world.do(
        lambda session: [(row.from_at, row.until_at) for row in session.scalars(found)]
    )


def test_what_the_roster_closed_opens_with_whoever_keeps_it_again(hall: Hall) -> None:
    drop(hall, 1, seen=0)
    tuesday = NEXT + timedelta(days=1)
    hall.put("B1", at(tuesday, 9), at(tuesday, 17))
    assert standing(hall) == []
    assert is_bookable(hall, 1)


def test_what_nobody_keeps_of_it_stays_closed(hall: Hall) -> None:
    fall_ill(hall, seen=1, until=at(NEXT + timedelta(days=2), 24))
    tuesday = NEXT + timedelta(days=1)
    hall.put("B1", at(tuesday, 9), at(tuesday, 17))
    assert standing(hall) == [
        (at(NEXT, 9), at(tuesday, 9)),
        (at(tuesday, 17), at(NEXT + timedelta(days=2), 17)),
    ]
    assert [is_bookable(hall, day) for day in range(4)] == [False, True, False, True]
    hall.put("B1", at(NEXT, 9), at(NEXT, 10))
    assert standing(hall)[0] == (at(NEXT, 10), at(tuesday, 9))


def test_an_emergency_that_is_withdrawn_opens_the_hours_again(hall: Hall) -> None:
    fall_ill(hall, seen=1)
    assert not is_bookable(hall, 0)
    withdraw(hall)
    assert standing(hall) == []
    assert is_bookable(hall, 0)


def withdraw(hall: Hall) -> None:
    """沈慧 comes back."""

    def work(session: Session) -> None:
        leave = session.scalars(select(Leave)).one()
        leaving.withdraw(
            session,
            leave=leave,
            version=leave.version,
            actor=Actor("staff", leave.staff_id),
            now=hall.world.now,
        )

    hall.world.do(work)


def test_the_sweep_opens_what_is_kept_again_whatever_the_reason(hall: Hall) -> None:
    drop(hall, 1, seen=0)
    hall.world.do(lambda session: reopen_all_kept(session, hall.world.now))
    assert len(standing(hall)) == 1
    tuesday = NEXT + timedelta(days=1)
    kept = Shift(
        post_id=hall.posts["w3"],
        staff_id=hall.people["B1"],
        part="A",
        starts_at=at(tuesday, 9),
        ends_at=at(tuesday, 17),
        state="published",
    )
    hall.world.do(lambda session: session.add(kept))
    hall.world.do(lambda session: reopen_all_kept(session, hall.world.now))
    assert standing(hall) == []


def test_what_a_person_closed_stays_closed_whoever_keeps_it(hall: Hall) -> None:
    tuesday = NEXT + timedelta(days=1)

    def close(session: Session) -> None:
        close_hours_of_post(
            session,
            post=session.get_one(Post, hall.posts["w3"]),
            from_at=at(tuesday, 9),
            until_at=at(tuesday, 12),
            reason={},
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(close)
    hall.put("B1", at(tuesday, 9), at(tuesday, 17))
    hall.world.do(lambda session: reopen_all_kept(session, hall.world.now))
    assert standing(hall) == [(at(tuesday, 9), at(tuesday, 12))]


def test_the_page_says_that_the_hours_open_by_themselves(hall: Hall) -> None:
    drop(hall, 1, seen=0)
    [closure_id] = hall.world.do(lambda session: session.scalars(select(Closure.id)).all())
    add_staff(hall.world, "K1", [CLOSE])
    client = sign_in(hall.world, "K1")
    client.set_cookie("language", "en", path="/")
    page = Page(client.get(f"/qingxi/work/closures/{closure_id}/"))
    assert "The hours open again by themselves once somebody does." in page.text


def drop_of_pattern(hall: Hall, day: date) -> None:
    """The head takes the shift out that came from the pattern."""
    found = select(Shift.id).where(Shift.pattern_day == day)
    shift_id = hall.world.do(lambda session: session.scalars(found).one())

    def work(session: Session) -> None:
        shift = session.get_one(Shift, shift_id)
        drop_knowingly(
            session, shift=shift, version=shift.version, seen=0, actor=hall.head, now=hall.world.now
        )

    hall.world.do(work)


def test_where_somebody_else_keeps_it_nobody_is_hit(hall: Hall) -> None:
    hall.put("B1", at(NEXT, 9), at(NEXT, 17))
    drop_of_pattern(hall, NEXT)
    assert closures(hall) == []


def test_what_fails_with_the_booked_leaves_the_roster_as_it_was(hall: Hall) -> None:
    def fail(_event: CoverageChanged) -> None:
        raise RuntimeError

    with coverage_changed.connected_to(fail), pytest.raises(RuntimeError):
        drop(hall, 0, seen=1)
    assert state(hall, 0) == "published"
    assert closures(hall) == []


def test_an_emergency_that_empties_a_window_takes_those_who_are_booked_with_it(hall: Hall) -> None:
    with pytest.raises(HitsPeople):
        fall_ill(hall, seen=0)
    assert hall.world.do(lambda session: session.scalars(select(Leave)).all()) == []
    fall_ill(hall, seen=1)
    assert closures(hall) == [(hall.posts["w3"], 1)]


def test_an_emergency_that_somebody_covers_hits_nobody(hall: Hall) -> None:
    hall.place("C1", "B")
    fall_ill(hall, seen=0, cover="C1")
    assert closures(hall) == []


def test_an_unfilled_week_is_not_published(hall: Hall) -> None:
    later = NEXT + timedelta(days=7)
    drop_of_pattern(hall, later)
    with pytest.raises(rostering.HasTrouble):
        hall.publish(later)


def head_of(hall: Hall) -> FlaskClient:
    client = sign_in(hall.world, "H1")
    client.set_cookie("language", "en", path="/")
    return client


def test_the_head_sees_whom_it_hits_before_it_is_done(hall: Hall) -> None:
    head = head_of(hall)
    address = f"/qingxi/work/roster/shifts/{shift_of(hall, 0)}/"
    page = Page(head.get(address))
    assert "1 booked appointment lies in these hours." in page.text
    assert mask_name("張麗華") in page.text
    assert "張麗華" not in page.text
    refused = post(head, page, seen="0")
    assert refused.status == 422
    assert "Appointments in a time that nobody would keep: 1." in refused.text
    done = post(head, refused)
    assert "Taken out." in done.text
    assert closures(hall) == [(hall.posts["w3"], 1)]
    over = Page(head.get(address))
    assert "This shift is taken out." in over.text
    assert "booked appointment" not in over.text


def test_an_emergency_closes_no_window_of_another_unit(hall: Hall) -> None:
    """Who keeps the roster of one unit alone is told who decides there."""

    def part(session: Session, head_id: int | None) -> None:
        other = Unit(code="y", name={"zh_Hant": "稅務"}, head_id=head_id)
        session.add(other)
        session.flush()
        session.get_one(Post, hall.posts["w3"]).unit_id = other.id
        role = session.scalars(
            select(RoleAssignment).where(RoleAssignment.staff_id == hall.people["H1"])
        ).one()
        role.unit_id = session.get_one(Staff, hall.people["H1"]).unit_id

    hall.world.do(lambda session: part(session, hall.people["A2"]))
    hall.place("C1", "B")
    head = head_of(hall)
    boxes: dict[str, Any] = {
        "staff": str(hall.people["A1"]),
        "starts": f"{NEXT}T00:00",
        "ends": f"{NEXT + timedelta(days=1)}T00:00",
        "reason": "住院",
    }
    asked = post(head, Page(head.get("/qingxi/work/leave/emergency/")), **boxes)
    refused = post(head, asked, seen="1")
    assert refused.status == 422
    assert "Nobody would be at “3”, and 李建國 decides there." in refused.text
    assert closures(hall) == []
    done = post(head, refused, cover=str(hall.people["C1"]))
    assert "Written down." in done.text
    assert closures(hall) == []


def test_the_head_writes_an_emergency_down_in_two_steps(hall: Hall) -> None:
    head = head_of(hall)
    page = Page(head.get("/qingxi/work/leave/emergency/"))
    boxes: dict[str, Any] = {
        "staff": str(hall.people["A1"]),
        "starts": f"{NEXT}T00:00",
        "ends": f"{NEXT + timedelta(days=1)}T00:00",
        "reason": "住院",
    }
    asked = post(head, page, **boxes)
    assert asked.status == 422
    assert "1 booked appointment lies in these hours." in asked.text
    assert "move whoever is booked" in asked.text
    turned = head.post(
        "/qingxi/work/leave/emergency/", data={**asked.form()["fields"], "page": "1"}
    )
    assert turned.status_code == 200
    assert closures(hall) == []
    assert "Written down." in post(head, asked).text
    assert closures(hall) == [(hall.posts["w3"], 1)]
