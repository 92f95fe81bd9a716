"""A post's coming days as a calendar that a program fetches again and again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from icalendar import Event

from portal.appointments.feeds_queries import FEED_ROWS, Coming
from portal.appointments.invitation import Method, new_calendar
from portal.catalog.models import Post
from portal.core.localized import pick
from portal.tenancy.queries import Tenant
from portal.web.masks import mask_name

#: How often a program should look again.
REFRESH = timedelta(minutes=15)


def feed_calendar(
    coming: Sequence[Coming],
    *,
    post: Post,
    tenant: Tenant,
    language: str,
    day_list: str,
    first: date,
    last: date,
    now: datetime,
) -> bytes:
    """The bookings as entries in the institution's zone, names masked; what is gone is left out.

    ``day_list`` is the address at which the post's day is worked through. When there are more
    bookings than a calendar shows, it says until when it is complete.
    """
    shown, is_cut = coming[:FEED_ROWS], len(coming) > FEED_ROWS
    calendar = new_calendar(Method.PUBLISH, zone=tenant.zone, first=first, last=last)
    title = f"{pick(post.name, language)[0]} · {pick(tenant.name, language)[0]}"
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    if is_cut:
        until = shown[-1][2].astimezone(tenant.zone).strftime("%Y-%m-%d %H:%M")
        calendar.add("x-wr-caldesc", _("Only bookings until %(until)s are shown.", until=until))
    for booking_id, version, starts_at, ends_at, name, service in shown:
        event = Event()
        event.add("uid", f"{booking_id}.{post.code}@{tenant.slug}.portal")
        event.add("sequence", version)
        event.add("dtstamp", now)
        event.add("dtstart", starts_at.astimezone(tenant.zone))
        event.add("dtend", ends_at.astimezone(tenant.zone))
        who = mask_name(name) if name else _("Erased")
        event.add("summary", f"{who} · {pick(service, language)[0]}")
        event.add("url", day_list)
        event.add("status", "CONFIRMED")
        calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics
