"""Says to the floors below what the people are called whose ids they keep."""

from portal.identity.queries.staff import list_staff_names
from portal.tenancy.events import NamesAsked, names_asked


@names_asked.connect
def name_staff(question: NamesAsked) -> dict[int, str]:
    """The names of members of staff, also of those who have left."""
    return list_staff_names(question.session, question.staff_ids)
