"""One person at the window: what is known, whole only for a named purpose, and what was sent."""

from flask import g
from flask.typing import ResponseReturnValue

from portal.appointments.forms import RevealForm
from portal.appointments.models import Booking, Visit
from portal.appointments.reach import find_unreached, list_calls
from portal.appointments.rules import (
    PRIORITY_LABELS,
    VERDICT_LABELS,
    Priority,
    PriorityVerdict,
)
from portal.appointments.services.breaches import find_breach
from portal.appointments.views.today import SERVE, get_served, pages
from portal.catalog.queries import get_post, get_service
from portal.core.session import db
from portal.identity.contacts import Address
from portal.identity.queries.contacts import find_contact
from portal.identity.queries.staff import list_staff_names
from portal.identity.services.privacy import reveal
from portal.messages.personal_data import STATES
from portal.messages.queries import list_messages_about, read_states
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.masks import mask_id, mask_name


@pages.route("/<kind>/<int:served_id>/", methods=["GET", "POST"])
@guards.permitted(SERVE)
def served(kind: str, served_id: int) -> ResponseReturnValue:
    """Masked until somebody says what for; the answer to that POST alone shows it whole."""
    row = get_served(kind, served_id)
    known = _known(row)
    form, is_whole = RevealForm(), False
    if known and form.validate_on_submit():
        with landing_on(form):
            reveal(
                db.session(),
                subject=(kind, row.id),
                details=" ".join(known),
                purpose=form.purpose.data,
                request=g.request_id,
                actor=guards.current_actor(),
                now=g.now,
            )
            is_whole = True
    messages = list_messages_about(db.session(), kind, row.id)
    booking = row if isinstance(row, Booking) else None
    calls = list_calls(db.session(), [row.id]).get(row.id, []) if booking else []
    return form_page(
        "appointments/served.html",
        form,
        kind=kind,
        row=row,
        known={name: whole if is_whole else part for name, (part, whole) in known.items()},
        is_whole=is_whole,
        service=get_service(db.session(), row.service_id),
        post=get_post(db.session(), row.post_id),
        state=row.label_as(row.state),
        priority=PRIORITY_LABELS[Priority(booking.priority)] if booking else "",
        verdict=VERDICT_LABELS[PriorityVerdict(booking.priority_verdict)] if booking else "",
        broken=find_breach(db.session(), booking) if booking else None,
        messages=messages,
        states=read_states(db.session(), messages),
        state_labels=STATES,
        unreached=find_unreached(db.session(), booking, now=g.now) if booking else None,
        calls=calls,
        callers=list_staff_names(db.session(), {c.staff_id for c in calls if c.staff_id}),
    )


def _known(row: Booking | Visit) -> dict[str, tuple[str, str]]:
    """Each detail that is kept, masked and whole."""
    known = {"name": (mask_name(row.name), row.name)} if row.name else {}
    if not isinstance(row, Booking):
        return known
    contact = find_contact(db.session(), row.contact_id)
    if contact is not None and contact.value:
        known["contact"] = (Address(contact.kind, contact.value).masked, contact.value)
    if row.id_number:
        known["id_number"] = (mask_id(row.id_number), row.id_number)
    return known
