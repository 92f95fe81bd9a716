"""The way back to a matter by its number and the contact that it was told with."""

from portal.appointments.events import Found, NumberAsked, number_asked
from portal.records.rules import read_serial


@number_asked.connect
def find_matter(asked: NumberAsked) -> Found | None:
    """Where the contact is proved, whatever matter it is, and whether there is one.

    Numbers follow one another and colleagues know the contact: the two together open nothing, and
    say nothing of who brought what. Whoever has proved the contact finds the matter among the own
    data.
    """
    if read_serial(asked.number) is None:
        return None
    return Found("citizens.verify", {"why": "matter"})
