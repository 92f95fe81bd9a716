"""Every list with nothing, one row and five thousand, and with names as long as names may be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from portal.alarms.models import Alarm, Watch
from portal.appointments.breach_models import Breach
from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.models import Booking, Slot, Visit
from portal.appointments.waiting_models import Waiting
from portal.calendar.models import ExceptionRow, HolidayRow, ScheduleRow
from portal.catalog.models import Offering, Post, PostStaff, Service
from portal.core.base import Owned
from portal.duty.attendance_models import AttendanceContest
from portal.duty.fitness_models import DutyStatement
from portal.duty.leave_models import Leave
from portal.duty.models import Presence
from portal.duty.roster_models import Shift, ShiftPattern
from portal.handover.book_models import DutyEntry
from portal.handover.models import Handover
from portal.identity.contact_models import Contact
from portal.identity.models import Role, Staff, Unit
from portal.matters.models import Matter, MatterEvent
from portal.matters.notice_models import FaultSignal, Notice
from portal.tenancy.models import SettingsVersion
from portal.web.feature import Feature
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in
from tests.support.world import MONDAY, SETTINGS, SHANGHAI, World, add_staff, furnish

MANY = 5000
#: What a telephone may be asked to load for one page of a list.
LARGEST = 300_000
LONG = {"zh_Hant": "很" * 60, "en": "W" * 60}
#: What the furnished town has already: the lists below begin there.
Row = Callable[[int], dict[str, Any]]
TODAY = MONDAY.astimezone(SHANGHAI).date()


def _post(n: int) -> dict[str, Any]:
    return {"unit_id": 1, "code": f"p{n}", "name": LONG, "plate": str(n)}


def _person(n: int) -> dict[str, Any]:
    return {
        "number": f"P{n}",
        "name": LONG["zh_Hant"],
        "name_key": LONG["zh_Hant"],
        "unit_id": 1,
        "password_hash": "-",
        "stamp": f"{n}",
        "joined_at": MONDAY,
    }


def _booking(n: int) -> dict[str, Any]:
    return {
        "reference": f"B{n:06d}",
        "service_id": 1,
        "post_id": 1,
        "slot_id": 1,
        "starts_at": MONDAY + timedelta(seconds=n),
        "ends_at": MONDAY + timedelta(hours=2),
        "local_date": TODAY,
        "channel": "counter",
        "name": LONG["zh_Hant"],
        "language": "zh_Hant",
        "is_overbooked": True,
        "created_at": MONDAY,
    }


def _breach(n: int) -> dict[str, Any]:
    promised = {"local_date": TODAY, "starts_at": MONDAY, "ends_at": MONDAY}
    return {
        "booking_id": n,
        "slot_id": 1,
        "service_id": 1,
        "post_id": 1,
        **promised,
        "arrived_at": MONDAY,
        "arrival_minutes": 10,
        "start_minutes": 10,
        "recorded_at": MONDAY,
    }


def _waiting(n: int) -> dict[str, Any]:
    return {
        "service_id": 1,
        "contact_id": 1,
        "contact_seat": n,
        "first_day": TODAY,
        "last_day": TODAY + timedelta(days=n),
        "channel": "phone",
        "person_key": f"w{n}",
        "name": LONG["zh_Hant"],
        "language": "zh_Hant",
        "created_at": MONDAY,
    }


def _matter(n: int) -> dict[str, Any]:
    return {
        "year": 2026,
        "number": n,
        "reference": f"Q-2026-{n:05d}",
        "kind": "repair",
        "channel": "phone",
        "state": "received",
        "title": LONG["zh_Hant"],
        "place": LONG["zh_Hant"],
        "identity": "named",
        "name": LONG["zh_Hant"],
        "language": "zh_Hant",
        "reception": [],
        "first_asked_id": 1,
        "holder_staff_id": 1,
        "opened_at": MONDAY,
        "accepted_at": MONDAY,
    }


def _late_matter(n: int) -> dict[str, Any]:
    promised = MONDAY - timedelta(hours=1)
    return _matter(n) | {"due_at": promised, "due_told_at": promised}


def _opened(n: int) -> dict[str, Any]:
    return {**_event(1), "matter_id": n, "code": "opened"}


def _event(n: int) -> dict[str, Any]:
    made = {"at": MONDAY, "code": "demanded", "actor_kind": "staff", "state": "received"}
    return {"matter_id": 1, "number": n, "round": 1, **made}


def _notice(n: int) -> dict[str, Any]:
    texts: dict[str, Any] = {"name": LONG, "summary": LONG, "basis": {}, "fee_basis": {}}
    serial = {"year": 2026, "number": n, "reference": f"Q-N-2026-{n:05d}"}
    told = {"steps": [], "grounds": [], "given_at": MONDAY, "given_by_id": 1, "phone": "1"}
    return {"matter_id": n, "service_id": 1, "promised_days": 0, **texts, **serial, **told}


def _signal(n: int) -> dict[str, Any]:
    made = {"demanded_at": MONDAY, "demanded_by_id": 2, "is_stopped": False}
    return {"notice_id": 1, "matter_id": 1, "event_id": n, **made}


def _alarm(n: int) -> dict[str, Any]:
    told = {"term": 1, "level": 1, "local_date": TODAY, "recipient_id": 1, "kind": "chase"}
    return {**told, "watch_id": n, "due_at": MONDAY, "raised_at": MONDAY}


def _watch(n: int) -> dict[str, Any]:
    at = {"starts_at": MONDAY, "due_at": MONDAY, "next_at": MONDAY}
    named = {"subject_kind": "pretended", "subject_id": n, "round": 1, "code": "AL-04"}
    return {**named, **at, "ladder": []}


def _leave(n: int) -> dict[str, Any]:
    stretch = {"from_at": MONDAY + timedelta(days=n), "until_at": MONDAY + timedelta(days=n + 1)}
    return {"staff_id": 1, "kind": "annual", "state": "withdrawn", "asked_at": MONDAY, **stretch}


def _pattern(n: int) -> dict[str, Any]:
    times = {"start_minute": 540, "end_minute": 720, "cycle_days": 7, "anchor": TODAY}
    return {"post_id": 1, "name": LONG, **times, "days": [n % 7], "staff_a_id": 1}


def _handover(n: int) -> dict[str, Any]:
    serial = {"year": 2026, "number": n, "reference": f"JB-2026-{n:05d}"}
    people = {"giver_id": 1, "receiver_id": 2}
    return {**serial, **people, "post_id": 1, "reason": "shift", "state": "withdrawn"} | {
        "made_at": MONDAY
    }


def _kept(n: int) -> dict[str, Any]:
    """A second of last Monday for which somebody was to keep the window."""
    start = MONDAY - timedelta(days=7) + timedelta(seconds=n)
    kept = {"post_id": 1, "staff_id": 1, "part": "A", "state": "published"}
    return {**kept, "starts_at": start, "ends_at": start + timedelta(seconds=1)}


#: Each list: its page, what its rows are, and one of them.
LISTS: dict[str, tuple[str, type[Owned], Row]] = {
    "matters": ("work/desk/?tab=all", Matter, _matter),
    "reports on matters": ("work/reports/", Matter, _late_matter),
    "unanswered matters": ("work/reports/unanswered/", Matter, _late_matter),
    "duty book": ("work/books/duty/", Matter, _matter),
    "first-asked register": ("work/books/first-asked/", Matter, _matter),
    "fault signals": ("work/signals/", FaultSignal, _signal),
    "leave": ("work/leave/", Leave, _leave),
    "duty statements of a post": (
        "work/roster/posts/1/statement/",
        DutyStatement,
        lambda n: {"post_id": 1, "number": n, "text": LONG, "set_at": MONDAY},
    ),
    "my shifts": (
        "work/roster/mine/",
        Shift,
        lambda n: {
            "post_id": 1,
            "staff_id": 1,
            "part": "A",
            "starts_at": MONDAY + timedelta(days=n),
            "ends_at": MONDAY + timedelta(days=n, hours=3),
            "state": "published",
        },
    ),
    "attendance": ("work/attendance/?month=2026-11", Shift, _kept),
    "attendance of a person": ("work/attendance/people/1/", Shift, _kept),
    "attendance of the units": ("work/attendance/unit/", Staff, _person),
    "contests to decide": (
        "work/attendance/",
        AttendanceContest,
        lambda n: {"shift_id": n, "staff_id": 2, "made_at": MONDAY},
    ),
    "shift patterns": ("work/roster/posts/1/patterns/", ShiftPattern, _pattern),
    "roster": (
        "work/roster/",
        Post,
        lambda n: {"unit_id": 1, "code": f"p{n}", "name": LONG, "plate": str(n)},
    ),
    "waiting list": ("work/book/birth/waiting/", Waiting, _waiting),
    "alarms": ("work/alarms/", Alarm, _alarm),
    "people": ("admin/people/", Staff, _person),
    "units": ("admin/units/", Unit, lambda n: {"code": f"u{n}", "name": LONG}),
    "posts": (
        "admin/posts/",
        Post,
        _post,
    ),
    "roles": (
        "admin/roles/",
        Role,
        lambda n: {"code": f"r{n}", "name": LONG, "permissions": ["appointments.serve"]},
    ),
    "hours": ("admin/hours/", ScheduleRow, lambda n: {"code": f"h{n}", "name": LONG}),
    "exceptions": (
        "admin/hours/1/",
        ExceptionRow,
        lambda n: {
            "schedule_id": 1,
            "day": TODAY + timedelta(days=n),
            "hours": [[540, 720]],
            "reason": LONG,
        },
    ),
    "settings": (
        "admin/institution/",
        SettingsVersion,
        lambda n: {
            "number": n + 1,
            "valid_from": MONDAY + timedelta(days=n),
            "document": SETTINGS,
            "created_at": MONDAY,
        },
    ),
    "holidays": (
        "admin/hours/holidays/",
        HolidayRow,
        lambda n: {"day": TODAY + timedelta(days=n), "kind": "holiday", "name": LONG},
    ),
    "broken promises": ("work/oversight/?state=all", Breach, _breach),
    **{
        name: (path, Booking, _booking)
        for name, path in {
            "today": "work/today/1/",
            "figures": "work/figures/",
            "bookings of a figure": "work/figures/rows/",
            "a window on paper": "work/today/1/paper/",
            "a unit on paper": "work/today/unit/1/paper/",
            "entered afterwards": "work/today/1/afterwards/",
        }.items()
    },
    "figures by window": (
        "work/figures/",
        Post,
        _post,
    ),
    "walk-ins": (
        "work/today/1/",
        Visit,
        lambda _n: {
            "service_id": 1,
            "post_id": 1,
            "local_date": TODAY,
            "name": LONG["zh_Hant"],
            "created_at": MONDAY,
            "started_at": MONDAY,
        },
    ),
    "closures": (
        "work/closures/",
        Closure,
        lambda _n: {"kind": "hours", "from_at": MONDAY, "reason": LONG, "created_at": MONDAY},
    ),
    "whom a closure hits": (
        "work/closures/1/",
        ClosedBooking,
        lambda n: {
            "closure_id": 1,
            "booking_id": n,
            "state": "moved",
            "old_slot_id": 1,
            "old_starts_at": MONDAY,
            "new_starts_at": MONDAY,
        },
    ),
    **{
        name: (
            path,
            Service,
            lambda n: {"unit_id": 1, "code": f"s{n}", "name": LONG, "summary": LONG},
        )
        for name, path in {
            "services": "admin/services/",
            "public services": "services/",
            "services to book": "book/",
            "services at the window": "work/book/",
            "services of a notice": "work/matters/1/notices/",
            "home": "",
        }.items()
    },
    "who is at the windows": (
        "windows/",
        Post,
        _post,
    ),
    "my posts": (
        "work/duty/",
        PostStaff,
        lambda n: {"post_id": n, "staff_id": 1, "position": "A"},
    ),
    "how posts were kept": ("work/reports/duty/", Post, _post),
    "handovers of a figure": (
        "work/reports/duty/rows/?month=2026-11&figure=handed&post=1",
        Handover,
        _handover,
    ),
    "who is ready to stand in": ("work/reports/readiness/", Post, _post),
    "posts to hand over": (
        "work/handover/",
        PostStaff,
        lambda n: {"post_id": n, "staff_id": 1, "position": "A"},
    ),
    "register of handovers": (
        "work/handover/register/?month=2026-11",
        Handover,
        _handover,
    ),
    "duty books": (
        "work/handover/books/?month=2026-10",
        Presence,
        lambda n: {
            "post_id": 1,
            "staff_id": 1 + n % 2,
            "signed_in_at": MONDAY - timedelta(days=30),
            "left_at": MONDAY - timedelta(days=30),
            "signed_out_at": MONDAY - timedelta(days=30),
            "is_cover": False,
        },
    ),
    "what stands in a duty book": (
        "work/handover/books/1/",
        DutyEntry,
        lambda n: {"matter_id": n, "post_id": 1, "at": MONDAY},
    ),
    # With one window only its day is shown at once.
    "windows to choose": (
        "work/today/",
        Post,
        _post,
    ),
}


#: What has to stand there first, one for each row.
BESIDES: dict[type[Owned], tuple[tuple[type[Owned], Row], ...]] = {
    Breach: ((Booking, _booking),),
    DutyEntry: ((Matter, _matter), (MatterEvent, _opened)),
    Alarm: ((Watch, _watch),),
    AttendanceContest: ((Shift, _kept),),
}


@pytest.fixture
def office(app: Flask, institution: World) -> FlaskClient:
    """A town with a slot, and somebody there who may do everything."""
    furnish(institution)
    features: tuple[Feature, ...] = app.extensions["features"]
    add_staff(
        institution,
        "A1",
        [permission.code for feature in features for permission in feature.permissions],
    )
    add_staff(institution, "A2", [])
    slot = {
        "service_id": 1,
        "post_id": 1,
        "starts_at": MONDAY,
        "ends_at": MONDAY + timedelta(hours=2),
        "pool": "public",
        "public_from": MONDAY,
        "capacity": 2,
    }
    contact = {"kind": "phone", "key": "c", "language": "en", "created_at": MONDAY}
    institution.do(lambda session: session.execute(insert(Slot), slot))
    institution.do(lambda session: session.execute(insert(Contact), contact))
    closed = {"kind": "hours", "from_at": MONDAY, "reason": LONG, "created_at": MONDAY}
    institution.do(lambda session: session.execute(insert(Closure), closed))
    # Whose duty book it is that was closed a day later.
    kept = {"post_id": 1, "staff_id": 1, "signed_in_at": MONDAY, "is_cover": False}
    kept |= {"left_at": MONDAY + timedelta(days=1), "signed_out_at": MONDAY + timedelta(days=1)}
    institution.do(lambda session: session.execute(insert(Presence), kept))
    # The matter of a notice, whose number is no row's below.
    held = {**_matter(MANY + 1), "title": "-"}
    institution.do(lambda session: session.execute(insert(Matter), held))
    return sign_in(institution, "A1")


def fill(world: World, kind: type[Owned], row: Row, first: int, last: int) -> None:
    """Rows of a kind; services can be had at the window, and what is broken was booked."""
    numbers = range(first, last)
    if kind is ClosedBooking:
        prepare_closure(world, numbers)
    rows = [{"institution_id": world.id, **row(number)} for number in numbers]
    for other, rows_of in BESIDES.get(kind, ()):
        fill(world, other, rows_of, first, last)
    if kind is FaultSignal:
        fill(world, MatterEvent, _event, first, last)
        if first == 1:
            fill(world, Notice, _notice, 1, 2)
    if kind is PostStaff:
        # The first post stands already.
        fill(world, Post, _post, max(first, 2), max(last, 2))
    if rows:
        world.do(lambda session: session.execute(insert(kind), rows))
    if kind is Service:
        offer = {"institution_id": world.id, "post_id": 1, "slot_minutes": 30, "capacity": 1}
        codes = [f"s{number}" for number in numbers]

        def offer_all(session: Any) -> None:
            ids = session.scalars(select(Service.id).where(Service.code.in_(codes))).all()
            session.execute(insert(Offering), [{**offer, "service_id": each} for each in ids])

        world.do(offer_all)


def prepare_closure(world: World, numbers: range) -> None:
    """The bookings that it hits."""
    rows = [{"institution_id": world.id, **_booking(number)} for number in numbers]
    world.do(lambda session: session.execute(insert(Booking), rows))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_stays_a_page_however_long_it_is(
    institution: World, office: FlaskClient, name: str
) -> None:
    path, kind, row = LISTS[name]
    address = f"/{institution.slug}/{path}"

    def look() -> tuple[Page, int]:
        office.get(address)
        with count_statements(institution) as found:
            page = Page(office.get(address, follow_redirects=True))
        assert page.status == 200
        return page, len(found)

    empty, _ = look()
    fill(institution, kind, row, 1, 2)
    one, few = look()
    assert (one.text != empty.text) == (name != "home"), "the home page shows a few services only"
    fill(institution, kind, row, 2, MANY + 1)
    full, many = look()
    assert many <= few + 1, "the number of statements grows with the rows"
    assert len(full.text.encode()) < LARGEST
    office.set_cookie("language", "en", path="/")
    look()
