"""The calendar entry that goes with a mail about a booking: entered, changed, taken back."""

from collections.abc import Mapping
from datetime import datetime

from portal.appointments.invitation import Entry, Method, invitation
from portal.appointments.queries import booking_address
from portal.core.runtime import runtime
from portal.messages.events import Enclosure, Wording, enclosures_asked

#: What each message does to the person's calendar.
METHODS: Mapping[str, Method] = {
    "appointments/messages/confirmed": Method.REQUEST,
    "appointments/messages/moved": Method.REQUEST,
    "appointments/messages/cancelled": Method.CANCEL,
    "appointments/messages/closure_moved": Method.REQUEST,
    "appointments/messages/closure_cancelled": Method.CANCEL,
}


@enclosures_asked.connect
def enclose_invitation(question: Wording) -> list[Enclosure]:
    """The booking as the message says it, also when it has changed since it was written."""
    method, params = METHODS.get(question.template), question.params
    # Messages written before invitations were enclosed do not say what one needs.
    if method is None or "sequence" not in params:
        return []
    entry = Entry(
        reference=params["reference"],
        sequence=params["sequence"],
        starts_at=datetime.fromisoformat(params["starts_at"]),
        ends_at=datetime.fromisoformat(params["ends_at"]),
        service=params["service"],
        post=params["post"],
        place=params["place"],
        language=question.language,
        link=booking_address(question.tenant, params["reference"], params["token"]),
    )
    content = invitation(
        entry,
        method=method,
        tenant=question.tenant,
        organizer=runtime().config.mail_from,
        attendee=question.to,
        now=question.written_at,
    )
    return [Enclosure(f"{entry.reference}.ics", "text/calendar", {"method": str(method)}, content)]
