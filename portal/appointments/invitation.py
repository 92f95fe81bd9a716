"""A booking as a calendar entry (.ics)."""

from datetime import datetime

from icalendar import Calendar, Event

from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.catalog.models import Post, Service
from portal.core.localized import pick
from portal.tenancy.queries import Tenant


def invitation(
    booking: Booking, *, service: Service, post: Post, tenant: Tenant, link: str, now: datetime
) -> bytes:
    """An iCalendar file with the booking in its language and its institution's zone.

    UID stays the same for ever, SEQUENCE counts the changes.
    """
    name = pick(tenant.name, booking.language)[0]
    event = Event()
    event.add("uid", f"{booking.reference}@{tenant.slug}.portal")
    event.add("sequence", booking.version)
    event.add("dtstamp", now)
    event.add("dtstart", booking.starts_at.astimezone(tenant.zone))
    event.add("dtend", booking.ends_at.astimezone(tenant.zone))
    event.add("summary", f"{pick(service.name, booking.language)[0]} · {name}")
    place = [pick(post.name, booking.language)[0], pick(post.place, booking.language)[0]]
    event.add("location", " · ".join(part for part in place if part))
    event.add("description", f"{booking.reference}\n{link}")
    event.add("url", link)
    is_cancelled = booking.state == State.CANCELLED
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//window portal//appointments//")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    ics: bytes = calendar.to_ical()
    return ics
