"""The way back to a matter by its number and the contact that it was told with."""

from sqlalchemy import select

from portal.appointments.events import Found, NumberAsked, number_asked
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.records.rules import read_serial


@number_asked.connect
def find_matter(asked: NumberAsked) -> Found | None:
    """The page of the matter, for whoever has proved its contact.

    Numbers follow one another and colleagues know the contact: before that the two together open
    nothing, and say nothing of who brought what. Absent and another's look alike.
    """
    serial = read_serial(asked.number)
    if serial is None:
        return None
    if asked.proved_id is None:
        return Found("", {})
    year, number = serial
    reference = asked.session.scalar(
        select(Matter.reference).where(
            Matter.year == year,
            Matter.number == number,
            Matter.erased_at.is_(None),
            Matter.contact_id == asked.proved_id,
        )
    )
    if reference is None:
        return None
    values = {"serial": reference, "matter_token": matter_token(reference)}
    return Found("own_matter.show", values)
