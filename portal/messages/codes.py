"""Sends the one-time code that identity issued, inside the same transaction."""

from portal.identity.events import CodeIssued, code_issued
from portal.messages.services import queue_message


@code_issued.connect
def send_code(event: CodeIssued) -> None:
    """Queue the code for its contact in the language the person reads."""
    queue_message(
        event.session,
        template=event.template,
        kind=event.kind,
        to=event.value,
        language=event.language,
        params={**event.params, "code": event.code, "minutes": event.minutes},
        key=f"code:{event.code_id}",
        subject=("code", event.code_id),
        now=event.now,
    )
