"""Whether a message about an alarm is still true when it is about to leave."""

from portal.alarms.models import Alarm
from portal.alarms.services.telling import TEMPLATE
from portal.messages.events import Sending, message_sending


@message_sending.connect
def is_still_open(question: Sending) -> bool | None:
    """Nobody is told of what was met, or what the recipient has seen, meanwhile."""
    if question.template != TEMPLATE:
        return None
    alarm = question.session.get(Alarm, question.subject[1])
    return alarm is not None and alarm.ended_at is None and alarm.acknowledged_at is None
