"""The calendar file of a booking, read by two libraries."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import vobject

from portal.appointments.invitation import Entry, Method, invitation
from portal.tenancy.queries import Tenant
from tests.support.calendars import read_calendar

LONG = "戶籍遷移、婚姻登記、生育登記與老年人優待證一次辦理" * 4
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def make(starts_at: datetime, *, zone: str, service: str = "生育登記", sequence: int = 3) -> bytes:
    tenant = Tenant(
        id=1,
        slug="qingxi",
        profile="township",
        name={"zh_Hant": "青溪鎮"},
        zone_name=zone,
        region="CN",
        house="town",
        settings_stamp=1,
    )
    entry = Entry(
        reference="S123456",
        sequence=sequence,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        service={"zh_Hant": service},
        post={"zh_Hant": "三號窗口"},
        place={"zh_Hant": "一樓; 左手邊, \\出口\n旁"},
        language="zh_Hant",
        link="https://portal.example/qingxi/b/S123456/" + "0" * 32 + "/",
    )
    return invitation(
        entry,
        method=Method.REQUEST,
        tenant=tenant,
        organizer="青溪鎮 <portal@town.example>",
        attendee="li@people.example",
        now=NOW,
    )


@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        ("Asia/Shanghai", datetime(2026, 11, 25, 1, 0, tzinfo=UTC)),
        # Half an hour before and after the clocks go forward, and in both hours that are two.
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 12, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 3, 14, 13, 0, tzinfo=UTC)),
    ],
)
def test_it_says_the_same_moment_in_every_zone(zone: str, starts_at: datetime) -> None:
    content = make(starts_at, zone=zone)
    [entry] = read_calendar(content)
    assert entry.starts_at == starts_at
    assert entry.ends_at == starts_at + timedelta(minutes=30)
    assert f"TZID:{zone}".encode() in content, "the zone comes with the file"


def test_long_chinese_texts_are_folded_and_come_back_whole() -> None:
    content = make(datetime(2026, 11, 25, 1, 0, tzinfo=UTC), zone="Asia/Shanghai", service=LONG)
    [entry] = read_calendar(content)
    assert entry.summary == f"{LONG} · 青溪鎮"
    assert entry.location == "三號窗口 · 一樓; 左手邊, \\出口\n旁"


def test_nobody_is_asked_for_an_answer() -> None:
    content = make(datetime(2026, 11, 25, 1, 0, tzinfo=UTC), zone="Asia/Shanghai")
    [event] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert event["attendee"].params["rsvp"] == "FALSE"
    assert event["attendee"].params["partstat"] == "ACCEPTED"
    assert event["organizer"].params["cn"] == "青溪鎮"
    assert vobject.readOne(content.decode()).vevent.organizer.value == "mailto:portal@town.example"
