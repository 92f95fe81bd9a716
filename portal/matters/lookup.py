"""The person's own page of a matter, found again by its number and the contact it was told with."""

from sqlalchemy import select

from portal.appointments.events import Found, NumberAsked, number_asked
from portal.identity.contact_models import Contact
from portal.identity.contacts import contact_key
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.records.rules import read_serial


@number_asked.connect
def find_matter(asked: NumberAsked) -> Found | None:
    """Where its page is, if both belong together; an absent one and another's look alike."""
    serial = read_serial(asked.number)
    if serial is None:
        return None
    year, number = serial
    reference = asked.session.scalar(
        select(Matter.reference)
        .join(Contact, Contact.id == Matter.contact_id)
        .where(
            Matter.year == year,
            Matter.number == number,
            Matter.erased_at.is_(None),
            Contact.kind == asked.address.kind,
            Contact.key == contact_key(asked.address),
        )
    )
    if reference is None:
        return None
    values = {"serial": reference, "matter_token": matter_token(reference)}
    return Found("own_matter.show", values)
