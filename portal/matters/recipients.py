"""Who has a part in a matter by now, for alarms about it."""

from sqlalchemy import select

from portal.alarms.events import RecipientsAsked, recipients_asked
from portal.catalog.queries import list_serving
from portal.identity.models import Staff, Unit
from portal.identity.queries.heads import find_deputy, find_head, find_superior
from portal.identity.queries.staff import list_holders
from portal.matters.limits import SUBJECT
from portal.matters.models import Matter, MatterEvent
from portal.matters.permissions import LEAD
from portal.matters.queries import answerer_of, find_pauser
from portal.matters.rules import Verb


@recipients_asked.connect
def name_recipients(question: RecipientsAsked) -> set[int]:
    """Who has a part in a matter by now."""
    if question.subject_kind != SUBJECT:
        return set()
    matter = question.session.get_one(Matter, question.subject_id)
    if question.role == "leader":
        return _leaders(question, matter)
    if question.role == "at_post" and matter.holder_post_id is not None:
        serving = list_serving(question.session, [matter.holder_post_id])
        return {served.staff_id for served in serving}
    found = {
        "holder": matter.holder_staff_id,
        "first_asked": answerer_of(matter),
        "arbiter": matter.arbiter_id,
        "asked_head": _head_of_asked(question, matter),
        "unit_head": _head(question, matter),
        "other_head": _other_head(question, matter),
        "deputy": _deputy(question, matter),
    }.get(question.role)
    return set() if found is None else {found}


def _head(question: RecipientsAsked, matter: Matter) -> int | None:
    if question.role != "unit_head" or matter.unit_id is None:
        return None
    head = find_head(question.session, matter.unit_id)
    return head.id if head else None


def _leaders(question: RecipientsAsked, matter: Matter) -> set[int]:
    """Whoever leads everything; where nobody does, the head of the unit at the top."""
    leaders = set(list_holders(question.session, LEAD, everywhere=True))
    if leaders or matter.unit_id is None:
        return leaders
    unit = question.session.get_one(Unit, matter.unit_id)
    head = find_head(question.session, unit.parent_id or unit.id)
    return {head.id} if head else set()


def _other_head(question: RecipientsAsked, matter: Matter) -> int | None:
    """The head of the unit; above that, where the head holds the matter or paused it."""
    if question.role != "other_head" or matter.unit_id is None:
        return None
    head = find_head(question.session, matter.unit_id)
    parties = (matter.holder_staff_id, find_pauser(question.session, matter))
    if head is not None and head.id in parties:
        head = find_superior(question.session, [head.id])
    return head.id if head else None


def _head_of_asked(question: RecipientsAsked, matter: Matter) -> int | None:
    """Who answers for the unit of whoever did not answer."""
    if question.role != "asked_head":
        return None
    silent = (
        select(MatterEvent.staff_id)
        .where(MatterEvent.matter_id == matter.id, MatterEvent.code == Verb.LAPSE)
        .order_by(MatterEvent.number.desc())
        .limit(1)
    )
    asked = question.session.scalar(silent)
    if asked is None:
        return None
    unit_id = question.session.scalar(select(Staff.unit_id).where(Staff.id == asked))
    head = find_head(question.session, unit_id) if unit_id is not None else None
    if head is not None and head.id == asked:
        head = find_superior(question.session, [asked])
    return head.id if head else None


def _deputy(question: RecipientsAsked, matter: Matter) -> int | None:
    if question.role != "deputy" or matter.unit_id is None:
        return None
    deputy = find_deputy(question.session, matter.unit_id)
    return deputy.id if deputy else None
