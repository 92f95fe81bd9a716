"""What the person's page says of a matter: to the person, and to staff who look at the same."""

from collections.abc import Callable
from typing import Any

from portal.core.session import db
from portal.files.models import Attachment
from portal.files.queries import list_attachments
from portal.identity.queries.staff import list_staff_names
from portal.matters.awaited import contest_answered_until
from portal.matters.course import staff_in, word_for_person
from portal.matters.intake_rules import KIND_LABELS
from portal.matters.models import Matter
from portal.matters.notice_models import Notice
from portal.matters.notice_queries import list_files
from portal.matters.queries import list_course
from portal.matters.rules import FOR_PERSON, STATE_LABELS, State, Verb
from portal.matters.services import opening
from portal.matters.views.looking import answered_until, names_in, urgency_at
from portal.tenancy.resolve import settings


def said_to_person(
    matter: Matter,
    *,
    photo_at: Callable[[Attachment], str],
    paper_at: Callable[[Notice], str],
) -> dict[str, Any]:
    """All that the page shows, and nothing that it lets anybody do.

    ``photo_at`` and ``paper_at`` are the addresses of a photo and of a notice's sheet.
    """
    course = list_course(db.session(), matter.id, is_public=True)
    names = names_in([matter]) | list_staff_names(db.session(), staff_in(course))
    state = State(matter.state)
    told = (step.words or "" for step in reversed(course) if step.event.code == Verb.TELL)
    return {
        "matter": matter,
        "token": "",
        "is_new": False,
        "may": frozenset(),
        "names": names,
        "course": word_for_person(course, names),
        "photos": [
            (row, photo_at(row))
            for row in list_attachments(db.session(), (opening.KIND, matter.id))
        ],
        "notices": [
            (standing, paper_at(standing.notice))
            for standing in list_files(db.session(), [matter.id])
        ],
        "kinds": KIND_LABELS,
        "standing": STATE_LABELS[FOR_PERSON.get(state, state)],
        "urgency": urgency_at(matter.due_at),
        "result": next(told, ""),
        "answered_until": answered_until(matter),
        "contest_until": contest_answered_until(db.session(), matter),
        "phone": settings().presence.phones[0],
    }
