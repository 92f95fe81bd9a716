"""An administrator keeps opening hours, exceptions and holidays, and sees whom a change hits."""

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, PublishedDay, Slot
from portal.calendar.models import ExceptionRow, HolidayRow, PatternRow, ScheduleRow
from portal.core.base import Owned
from portal.core.ledger import LedgerEntry
from tests.features.calendar.conftest import Hours, sign_in
from tests.support.world import MONDAY, World, add_staff, local

TUESDAY = date(2026, 11, 24)
#: Far enough ahead for weekly hours to change.
NEXT_TUESDAY, NEXT_WEDNESDAY = date(2026, 12, 1), date(2026, 12, 2)
REASON = {"reason-zh_Hant": "停水", "reason-en": "No water"}


def book(world: World, day: date, hour: int) -> None:
    """Somebody expected at a time, without the walk that leads there."""

    def build(session: Session) -> None:
        slot = session.scalars(
            select(Slot).where(Slot.starts_at == local(day, hour)).order_by(Slot.id)
        ).first()
        assert slot
        number = session.scalar(select(func.count(Booking.id))) or 0
        session.add(
            Booking(
                reference=f"R{number:06}",
                service_id=slot.service_id,
                post_id=slot.post_id,
                slot_id=slot.id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                local_date=day,
                channel="counter",
                language="zh_Hant",
                created_at=MONDAY,
            )
        )

    world.do(build)


def codes(world: World) -> list[str]:
    entries = select(LedgerEntry.code).where(LedgerEntry.code.startswith("calendar."))
    return world.do(lambda session: list(session.scalars(entries.order_by(LedgerEntry.id))))


def count(world: World, kind: type[Owned]) -> int:
    return world.do(lambda session: session.scalar(select(func.count(kind.id))) or 0)


def test_the_list_says_today_and_the_next_change(hours: Hours) -> None:
    page = hours.get()
    assert page.status == 200, page.text
    assert "9:00 am–12:00 pm" in page.text
    assert "Open now" in page.text
    assert "元旦" in hours.get(language="zh_Hant").text
    assert hours.get("1/").status == 200


def test_hours_are_added_in_two_steps_and_hold_from_their_day(hours: Hours, town: World) -> None:
    town.publish()
    check = hours.send(
        "1/week/", valid_from="2026-12-02", wednesday="９：００～１２：００，１４－１８"
    )
    assert "Save these hours?" in check.text, check.text
    assert "2:00–6:00 pm" in check.text
    assert "No booked appointment" in check.text
    assert count(town, PatternRow) == 1
    page = hours.again(check)
    assert page.path.endswith("/1/"), page.text
    assert "The new hours are saved." in page.text
    assert codes(town) == ["calendar.schedule.hours_set"]
    assert town.do(lambda s: s.scalars(select(PatternRow.week).order_by(PatternRow.id)).all())[1][
        2
    ] == [[540, 720], [840, 1080]]
    days = select(PublishedDay.local_date).where(PublishedDay.is_current.is_(False))
    assert NEXT_TUESDAY in town.do(lambda s: list(s.scalars(days)))
    town.publish()
    starts = select(func.max(Slot.starts_at)).where(
        Slot.starts_at < local(date(2026, 12, 3), 0), Slot.is_withdrawn.is_(False)
    )
    assert town.do(lambda s: s.scalar(starts)) == local(NEXT_WEDNESDAY, 17, 30)


def test_going_back_keeps_what_was_typed_and_saves_nothing(hours: Hours, town: World) -> None:
    check = hours.send("1/week/", valid_from="2026-12-02", monday="10:00-11:00")
    form = hours.again(check, step="back")
    assert form.status == 200
    assert form.form()["fields"]["monday"] == "10:00-11:00"
    assert count(town, PatternRow) == 1
    assert "Save these hours?" in hours.again(form).text


def test_a_change_says_how_many_appointments_lie_outside(hours: Hours, town: World) -> None:
    town.publish()
    book(town, NEXT_TUESDAY, 9)
    book(town, NEXT_TUESDAY, 14)
    book(town, NEXT_WEDNESDAY, 14)
    check = hours.send("1/week/", valid_from="2026-12-01", tuesday="9-12", wednesday="9-12")
    assert "2 booked appointments lie outside the new hours." in check.text
    one = hours.send("1/exception/", day="2026-12-01", kind="hours", hours="9-12", **REASON)
    assert "1 booked appointment lies outside the new hours." in one.text
    holiday = {"day": "2026-12-01", "kind": "holiday", "name-zh_Hant": "鎮慶"}
    assert "2 booked appointments lie" in hours.send("holidays/add/", **holiday).text
    book(town, NEXT_TUESDAY, 15)
    grown = hours.again(check)
    assert "3 booked appointments lie outside the new hours." in grown.text
    assert count(town, PatternRow) == 1
    assert hours.again(grown).path.endswith("/1/")
    assert count(town, Booking) == 4


def test_hours_of_other_posts_and_past_days_are_not_counted(hours: Hours, town: World) -> None:
    town.publish()
    book(town, TUESDAY, 14)
    town.do(lambda s: s.add(ScheduleRow(code="other", name={"zh_Hant": "夜間"})))
    page = hours.send("2/exception/", day="2026-11-24", **REASON)
    assert "No booked appointment" in page.text
    after = hours.send("1/week/", valid_from="2026-12-02", tuesday="")
    assert "No booked appointment" in after.text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("nine", "Write hours like"),
        ("12:00-9:00", "ends before it begins"),
        ("9:00-12:00, 11:00-13:00", "overlap"),
        ("9" * 121, "120"),
    ],
)
def test_hours_that_make_no_sense_land_on_their_field(
    hours: Hours, town: World, typed: str, message: str
) -> None:
    page = hours.send("1/week/", valid_from="2026-12-02", tuesday=typed)
    assert page.status == 422
    assert message in page.text
    assert 'href="#tuesday"' in page.text
    assert 'id="tuesday-error"' in page.text
    assert count(town, PatternRow) == 1


def test_a_night_that_runs_into_the_morning_lands_on_the_morning(hours: Hours) -> None:
    page = hours.send("1/week/", valid_from="2026-12-02", monday="22:00-34:00", tuesday="9-12")
    assert page.status == 422
    assert 'href="#tuesday"' in page.text


@pytest.mark.parametrize("day", ["", "2026-11-22", "2020-01-01", "9999-12-31", "soon"])
@pytest.mark.parametrize(
    ("path", "field", "more"),
    [
        ("1/week/", "valid_from", {}),
        ("1/exception/", "day", REASON),
        ("holidays/add/", "day", {"kind": "holiday", "name-zh_Hant": "節"}),
    ],
)
def test_days_that_cannot_be_are_refused(
    hours: Hours, path: str, field: str, more: dict[str, str], day: str
) -> None:
    page = hours.send(path, **{field: day, **more})
    assert page.status == 422
    assert f'href="#{field}"' in page.text


def test_a_day_has_one_entry(hours: Hours, town: World) -> None:
    check = hours.send("1/exception/", day="2026-12-01", **REASON)
    stale = hours.send("1/exception/", day="2026-12-01", **REASON)
    assert hours.again(check).path.endswith("/1/")
    assert "already an entry" in hours.again(stale).text
    assert "already an entry" in hours.send("1/exception/", day="2026-12-01", **REASON).text
    assert count(town, ExceptionRow) == 1


def test_exceptions_come_and_go(hours: Hours, town: World) -> None:
    assert hours.send("1/exception/", day="2026-12-01", kind="hours", **REASON).status == 422
    assert hours.send("1/exception/", day="2026-12-01").status == 422
    page = hours.again(hours.send("1/exception/", day="2026-12-01", **REASON))
    assert "No water" in page.text
    gone = hours.send("1/exception/1/remove/")
    assert "No water" not in gone.text
    assert codes(town) == ["calendar.schedule.exception_set", "calendar.schedule.exception_dropped"]
    assert hours.get("1/exception/1/remove/").status == 404


def test_coming_hours_can_be_withdrawn_and_those_in_force_cannot(hours: Hours, town: World) -> None:
    hours.again(hours.send("1/week/", valid_from="2026-12-02", monday=""))
    assert "Withdraw" in hours.get("1/").text
    assert hours.send("1/week/2/withdraw/").path.endswith("/1/")
    assert count(town, PatternRow) == 1
    refused = hours.send("1/week/1/withdraw/")
    assert refused.status == 422
    assert count(town, PatternRow) == 1
    town.do(lambda s: s.add(ScheduleRow(code="other", name={"zh_Hant": "夜間"})))
    assert hours.get("2/week/1/withdraw/").status == 404


def test_hours_are_added_and_a_code_is_used_once(hours: Hours, town: World) -> None:
    page = hours.send("add/", code="night", **{"name-zh_Hant": "夜間", "name-en": "Night"})
    assert page.path.endswith("/2/week/"), page.text
    assert page.form()["fields"]["valid_from"] == "2026-11-23"
    assert "closed every day" in hours.get("2/").text
    desk = hours.send("add/", code="desk", is_always_open="y", **{"name-zh_Hant": "值班"})
    assert "Open 24 hours" in desk.text
    assert "24 hours" in hours.get().text
    taken = hours.send("add/", code="night", **{"name-zh_Hant": "又一"})
    assert taken.status == 422
    assert 'href="#code"' in taken.text
    assert hours.send("add/", code="晚上", **{"name-zh_Hant": "夜"}).status == 422
    assert hours.send("add/", code="x", **{"name-en": "Only English"}).status == 422
    rows = town.do(lambda s: s.scalars(select(ScheduleRow).order_by(ScheduleRow.id)).all())
    assert [(row.code, row.is_default) for row in rows] == [
        ("hall", True),
        ("night", False),
        ("desk", False),
    ]


def test_the_first_hours_are_those_of_the_institution(hours: Hours, town: World) -> None:
    def clear(session: Session) -> None:
        for row in (*session.scalars(select(PatternRow)), *session.scalars(select(ScheduleRow))):
            session.delete(row)
            session.flush()

    town.do(clear)
    assert "No opening hours yet" in hours.get().text
    hours.send("add/", code="hall", **{"name-zh_Hant": "大廳"})
    assert town.do(lambda s: s.scalars(select(ScheduleRow)).one()).is_default


def test_the_list_of_the_region_and_what_the_institution_says(hours: Hours, town: World) -> None:
    page = hours.get("holidays/")
    assert page.status == 200, page.text
    assert "Provisional" in page.text
    assert "Spring Festival" in page.text
    assert "春節" in hours.get("holidays/", language="zh_Hant").text
    work = {"day": "2027-01-02", "kind": "makeup", "name-zh_Hant": "元旦補班"}
    saved = hours.again(hours.send("holidays/add/", **work))
    assert "This institution" in saved.text
    plain = {"day": "2027-01-01", "kind": "plain", "name-zh_Hant": "照常"}
    hours.again(hours.send("holidays/add/?day=2027-01-01", **plain))
    assert town.do(lambda s: s.scalars(select(HolidayRow.kind).order_by(HolidayRow.id)).all()) == [
        "makeup",
        "weekday",
    ]
    question = hours.get("holidays/2/remove/")
    assert "Public holiday" in question.text
    hours.again(question)
    assert count(town, HolidayRow) == 1
    assert codes(town)[-1] == "calendar.schedule.holiday_dropped"
    assert hours.get("holidays/add/?day=nonsense").status == 200


def test_a_double_click_saves_once(hours: Hours, town: World) -> None:
    check = hours.send("1/exception/", day="2026-12-01", **REASON)
    for _ in range(2):
        assert hours.again(check).path.endswith("/1/")
    assert count(town, ExceptionRow) == 1


@pytest.mark.parametrize(
    "path",
    ["", "add/", "1/", "1/week/", "1/week/1/withdraw/", "1/exception/", "holidays/",
     "holidays/add/"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_every_page_opens_in_each_language_and_for_nobody_else(
    hours: Hours, town: World, path: str, language: str
) -> None:
    assert hours.get(path, language).status == 200
    add_staff(town, "W1", ["appointments.window.serve"])
    clerk = town.client()
    assert clerk.get(hours.address(path)).status_code == 303
    sign_in(clerk, town, "W1")
    assert clerk.get(hours.address(path)).status_code == 403
    assert clerk.post(hours.address(path), data={}).status_code in (400, 403, 405)


def test_a_foreign_or_absent_schedule_is_not_found(hours: Hours) -> None:
    for path in ("99/", "99/week/", "99/exception/", "1/week/99/withdraw/", "holidays/9/remove/"):
        assert hours.get(path).status == 404


def test_hundreds_of_rows_come_in_pages(hours: Hours, town: World) -> None:
    def fill(session: Session) -> None:
        for number in range(120):
            session.add(ScheduleRow(code=f"s{number:03}", name={"zh_Hant": "長" * 60}))
            session.add(
                ExceptionRow(
                    schedule_id=1, day=date.fromordinal(TUESDAY.toordinal() + number), hours=[]
                )
            )

    town.do(fill)
    first, second = hours.get(), hours.get("?page=2")
    assert first.text.count("<tr><td>") == second.text.count("<tr><td>") == 50
    assert hours.get("?page=99").text.count("<tr><td>") == 21
    assert "Page 2 of 3" in hours.get("1/?page=2").text


def test_h_10_weekly_hours_are_published_seven_days_ahead(hours: Hours, town: World) -> None:
    late = hours.send("1/week/", valid_from="2026-11-29", saturday="9-12")
    assert late.status == 422
    assert "at least 7 days ahead. Choose 2026-11-30 or later" in late.text
    kept = hours.again(hours.send("1/week/", valid_from="2026-11-30", saturday="9-12"))
    assert "The new hours are saved." in kept.text
    later = update(PatternRow).where(PatternRow.id == 2)
    town.do(lambda s: s.execute(later.values(valid_from=date(2026, 11, 29))))
    withdrawn = hours.send("1/week/2/withdraw/")
    assert withdrawn.status == 422
    assert "at least 7 days ahead" in withdrawn.text
    assert count(town, PatternRow) == 2


def test_h_10_a_single_day_may_change_later_and_the_page_says_what_was_promised(
    hours: Hours,
) -> None:
    late = hours.send("1/exception/", day="2026-11-29", **REASON)
    assert "Changed hours are to be published 7 days ahead." in late.text
    assert "The exception is saved." in hours.again(late).text
    early = hours.send("1/exception/", day="2026-11-30", **REASON)
    assert "to be published" not in early.text
    holiday = {"day": "2026-11-28", "kind": "makeup", "name-zh_Hant": "補班"}
    assert "to be published 7 days ahead" in hours.send("holidays/add/", **holiday).text
