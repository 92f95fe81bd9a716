"""Who brings a matter: masked, and whole only for a named purpose that is written down."""

from flask import g
from flask.typing import ResponseReturnValue

from portal.appointments.forms import RevealForm
from portal.core.session import db
from portal.identity.contacts import Address
from portal.identity.queries.contacts import find_contact
from portal.identity.services.privacy import reveal
from portal.matters.intake_rules import IDENTITY_LABELS, Identity
from portal.matters.models import Matter
from portal.matters.views.looking import get_shown
from portal.matters.views.matters import pages
from portal.messages.personal_data import STATES
from portal.messages.queries import list_messages_about, read_states
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.masks import mask_name, mask_phone


@pages.route("/<int:matter_id>/person/", methods=["GET", "POST"])
@guards.staff
def person(matter_id: int) -> ResponseReturnValue:
    """Masked until somebody says what for; the answer to that POST alone shows it whole."""
    matter, _viewer = get_shown(matter_id)
    known = known_of(matter)
    form, is_whole = RevealForm(), False
    if known and form.validate_on_submit():
        with landing_on(form):
            reveal(
                db.session(),
                subject=("matter", matter.id),
                details=" ".join(known),
                purpose=form.purpose.data,
                request=g.request_id,
                actor=guards.current_actor(),
                now=g.now,
            )
            is_whole = True
    messages = list_messages_about(db.session(), "matter", matter.id)
    return form_page(
        "matters/person.html",
        form,
        matter=matter,
        known={name: whole if is_whole else part for name, (part, whole) in known.items()},
        is_whole=is_whole,
        identity=IDENTITY_LABELS[Identity(matter.identity)],
        messages=messages,
        states=read_states(db.session(), messages),
        state_labels=STATES,
    )


def known_of(matter: Matter) -> dict[str, tuple[str, str]]:
    """Each detail that is kept of who brings a matter, masked and whole."""
    known = {"name": (mask_name(matter.name), matter.name)} if matter.name else {}
    contact = find_contact(db.session(), matter.contact_id)
    if contact is not None and contact.value:
        known["contact"] = (Address(contact.kind, contact.value).masked, contact.value)
    if matter.phone:
        known["phone"] = (mask_phone(matter.phone), matter.phone)
    return known
