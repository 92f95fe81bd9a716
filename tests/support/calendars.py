"""Reading calendar files with two libraries that know nothing of each other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import icalendar
import vobject


@dataclass(frozen=True)
class Read:
    """An entry as a calendar program understands it."""

    method: str
    uid: str
    sequence: int
    status: str
    summary: str
    location: str
    starts_at: datetime
    ends_at: datetime
    organizer: str
    attendees: tuple[str, ...]


def read_calendar(content: bytes) -> list[Read]:
    """Its entries, if both libraries read the same; lines are as the format wants them."""
    lines = content.split(b"\r\n")
    assert lines[-1] == b"", "the last line ends like the others"
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # No letter is cut in two.
    first, second = _by_icalendar(content), _by_vobject(content)
    assert first == second
    return first


def _by_icalendar(content: bytes) -> list[Read]:
    calendar = icalendar.Calendar.from_ical(content)
    return [_read_event(str(calendar["method"]), event) for event in calendar.walk("VEVENT")]


def _read_event(method: str, event: Any) -> Read:
    attendees = event.get("attendee", [])
    return Read(
        method=method,
        uid=str(event["uid"]),
        sequence=int(event["sequence"]),
        status=str(event["status"]),
        summary=str(event["summary"]),
        location=str(event.get("location", "")),
        starts_at=event.decoded("dtstart"),
        ends_at=event.decoded("dtend"),
        organizer=str(event.get("organizer", "")),
        attendees=tuple(map(str, attendees if isinstance(attendees, list) else [attendees])),
    )


def _by_vobject(content: bytes) -> list[Read]:
    # It would take a zone from the first file that it ever read.
    vobject.icalendar.__dict__["__tzidMap"].clear()
    calendar: Any = vobject.readOne(content.decode())
    return [
        Read(
            method=calendar.method.value,
            uid=event.uid.value,
            sequence=int(event.sequence.value),
            status=event.status.value,
            summary=event.summary.value,
            location=event.location.value if "location" in event.contents else "",
            starts_at=event.dtstart.value,
            ends_at=event.dtend.value,
            organizer=event.organizer.value if "organizer" in event.contents else "",
            attendees=tuple(person.value for person in event.contents.get("attendee", [])),
        )
        for event in calendar.contents.get("vevent", [])
    ]
