"""Telling the receiver by message that a signed list waits."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.services.telling import find_address
from portal.catalog.models import Post
from portal.core.runtime import runtime
from portal.handover.models import Handover
from portal.handover.rules import State
from portal.identity.models import Staff
from portal.messages.events import Sending, message_sending
from portal.messages.services import queue_message
from portal.tenancy.queries import Tenant, get_tenant
from portal.web.languages import DEFAULT_LANGUAGE

OFFERED = "handover/messages/offered"


def handover_address(tenant: Tenant, handover_id: int) -> str:
    """The full address of a list."""
    return f"{runtime().config.base_url}/{tenant.slug}/work/handover/{handover_id}/"


def tell_receiver(session: Session, handover: Handover, now: datetime) -> None:
    """Each time the giver has signed; whoever has no address finds it on the desk."""
    assert handover.receiver_id is not None
    tenant = get_tenant(session)
    address = find_address(session.get_one(Staff, handover.receiver_id), tenant)
    if address is None:
        return
    queue_message(
        session,
        template=OFFERED,
        kind=address.kind,
        to=address.value,
        language=DEFAULT_LANGUAGE,
        params={
            "handover": handover.id,
            "to": handover.receiver_id,
            "post": session.get_one(Post, handover.post_id).name,
            "who": session.get_one(Staff, handover.giver_id).name,
        },
        key=f"handover:offered:{handover.id}:{handover.version}",
        subject=("handover", handover.id),
        now=now,
    )


@message_sending.connect
def is_still_needed(question: Sending) -> bool | None:
    """Nobody is asked to take over what is taken back, refused or done by then."""
    if question.template != OFFERED:
        return None
    handover = question.session.get_one(Handover, question.params["handover"])
    return handover.state == State.OFFERED and handover.receiver_id == question.params["to"]
