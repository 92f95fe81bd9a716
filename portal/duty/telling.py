"""Asking a colleague to stand in, by message; and whether that is still of use when it leaves."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.services.telling import find_address
from portal.catalog.models import Post
from portal.core.runtime import runtime
from portal.duty.models import Absence, Presence
from portal.duty.queries import list_held, list_in_position
from portal.identity.models import Staff
from portal.messages.events import Sending, message_sending
from portal.messages.services import queue_message
from portal.tenancy.queries import Tenant, get_tenant
from portal.web.languages import DEFAULT_LANGUAGE

COVER = "duty/messages/cover"


def duty_address(tenant: Tenant) -> str:
    """The full address of the page of one's own posts, for messages."""
    return f"{runtime().config.base_url}/{tenant.slug}/work/duty/"


def ask_to_cover(session: Session, absence: Absence, *, now: datetime) -> None:
    """Ask everybody who is B of the post, or C where there is no B, at once."""
    presence = session.get_one(Presence, absence.presence_id)
    post = session.get_one(Post, presence.post_id)
    name = session.get_one(Staff, presence.staff_id).name
    tenant = get_tenant(session)
    for person in _list_asked(session, presence):
        address = find_address(person, tenant)
        if address is None:
            continue
        queue_message(
            session,
            template=COVER,
            kind=address.kind,
            to=address.value,
            language=DEFAULT_LANGUAGE,
            params={
                "who": name,
                "post": post.name,
                "expected_at": absence.expected_at.isoformat(),
            },
            key=f"cover:{absence.id}:{person.id}",
            subject=("absence", absence.id),
            expires_at=absence.expected_at,
            now=now,
        )


def _list_asked(session: Session, presence: Presence) -> list[Staff]:
    for position in ("B", "C"):
        people = list_in_position(session, presence.post_id, position)
        asked = [person for person in people if person.id != presence.staff_id]
        if asked:
            return asked
    return []


@message_sending.connect
def is_still_needed(question: Sending) -> bool | None:
    """Nobody is asked once the colleague is back or somebody else stands in."""
    if question.template != COVER:
        return None
    absence = question.session.get(Absence, question.subject[1])
    if absence is None or absence.back_at is not None:
        return False
    presence = question.session.get_one(Presence, absence.presence_id)
    held = list_held(question.session, post_ids=[presence.post_id])
    is_away = any(one.presence.id == presence.id for one in held)
    return is_away and not any(one.presence.is_cover for one in held)
