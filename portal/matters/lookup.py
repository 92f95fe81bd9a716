"""The way back to a matter by its number and the contact that it was told with."""

from sqlalchemy import select

from portal.appointments.events import Found, NumberAsked, number_asked
from portal.identity.contact_models import Contact
from portal.identity.contacts import contact_key
from portal.matters.models import Matter
from portal.records.rules import read_serial


@number_asked.connect
def find_matter(asked: NumberAsked) -> Found | None:
    """Where the contact is proved, if both belong together; absent and another's look alike.

    Numbers follow one another and colleagues know the contact: the two alone open nothing. Whoever
    has proved it finds the matter among the own data.
    """
    serial = read_serial(asked.number)
    if serial is None:
        return None
    year, number = serial
    known = asked.session.scalar(
        select(Matter.id)
        .join(Contact, Contact.id == Matter.contact_id)
        .where(
            Matter.year == year,
            Matter.number == number,
            Matter.erased_at.is_(None),
            Contact.kind == asked.address.kind,
            Contact.key == contact_key(asked.address),
        )
    )
    return None if known is None else Found("citizens.verify", {"why": "matter"})
