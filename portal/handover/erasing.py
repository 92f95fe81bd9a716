"""Forgetting what was written on the lists once it has been kept long enough."""

from sqlalchemy import or_, update

from portal.handover.models import Handover, HandoverItem
from portal.identity.events import Retention, retention_ending


@retention_ending.connect
def erase_words(event: Retention) -> None:
    """What was said of people and things goes; who handed what over to whom and when stays."""
    event.session.execute(
        update(HandoverItem)
        .where(
            HandoverItem.added_at < event.before,
            or_(HandoverItem.words.is_not(None), HandoverItem.refusal.is_not(None)),
        )
        .values(words=None, refusal=None)
        .execution_options(synchronize_session=False)
    )
    event.session.execute(
        update(Handover)
        .where(Handover.made_at < event.before, Handover.words.is_not(None))
        .values(words=None)
        .execution_options(synchronize_session=False)
    )
