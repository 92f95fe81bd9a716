"""A booking as an entry of a calendar (.ics): by UID and SEQUENCE it is changed and taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parseaddr
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress

from portal.core.localized import Localized, pick
from portal.tenancy.queries import Tenant

PRODUCT = "-//window portal//appointments//"


class Method(StrEnum):
    """What a calendar is to do with an entry (RFC 5546)."""

    #: For whoever fetches it.
    PUBLISH = "PUBLISH"
    #: Sent to the person: enter it, or put it in place of an earlier one.
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Entry:
    """What an invitation says of a booking."""

    reference: str
    #: Counts the changes; a calendar believes the highest.
    sequence: int
    starts_at: datetime
    ends_at: datetime
    service: Localized
    post: Localized
    place: Localized
    language: str
    link: str


def invitation(
    entry: Entry,
    *,
    method: Method,
    tenant: Tenant,
    organizer: str,
    now: datetime,
    attendee: str = "",
) -> bytes:
    """An iCalendar file with the booking in its language and its institution's zone.

    ``organizer`` is where the institution's mails come from; ``attendee`` the person's own
    address, when it is sent there. UID stays the same for ever.
    """
    name = pick(tenant.name, entry.language)[0]
    event = Event()
    event.add("uid", f"{entry.reference}@{tenant.slug}.portal")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", entry.starts_at.astimezone(tenant.zone))
    event.add("dtend", entry.ends_at.astimezone(tenant.zone))
    event.add("summary", f"{pick(entry.service, entry.language)[0]} · {name}")
    event.add("location", _place(entry))
    event.add("description", f"{entry.reference}\n{entry.link}")
    event.add("url", entry.link)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("organizer", _address(parseaddr(organizer)[1], name))
    if attendee:
        # Nobody is asked for an answer: the booking stands, and the sender reads no mail.
        person = _address(attendee, attendee)
        person.params["PARTSTAT"] = "ACCEPTED"
        person.params["RSVP"] = "FALSE"
        event.add("attendee", person)
    calendar = new_calendar(
        method, zone=tenant.zone, first=entry.starts_at.date(), last=entry.ends_at.date()
    )
    calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def new_calendar(method: Method, *, zone: ZoneInfo, first: date, last: date) -> Calendar:
    """An empty calendar for entries of these days, with what the zone does meanwhile."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", str(method))
    calendar.add_component(_zone_of_years(zone, first.year, last.year))
    return calendar


@cache
def _zone_of_years(zone: ZoneInfo, first: int, last: int) -> Timezone:
    """What a zone does in these years and no others: not every program reads so many at once.

    Kept, because it takes longer to find out than all the rest.
    """
    return Timezone.from_tzinfo(zone, first_date=date(first, 1, 1), last_date=date(last + 1, 1, 2))


def _place(entry: Entry) -> str:
    parts = [pick(text, entry.language)[0] for text in (entry.post, entry.place)]
    return " · ".join(part for part in parts if part)


def _address(mail: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mail}")
    address.params["CN"] = name
    return address
