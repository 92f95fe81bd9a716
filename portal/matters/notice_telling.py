"""What a one-time notice sets off: the message to the person, and the name of a fault signal."""

from typing import Any

from sqlalchemy import select

from portal.alarms.events import Subject, SubjectsAsked, subjects_asked
from portal.identity.contact_models import Contact
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.models import Matter
from portal.matters.notice_models import FaultSignal, Notice
from portal.matters.notice_queries import NoticeFile, open_file
from portal.matters.queries import matter_token
from portal.matters.services.demanding import SUBJECT
from portal.matters.services.notices import GIVEN
from portal.messages.services import queue_message


@matter_stepped.connect
def send_notice(step: MatterStep) -> None:
    """Queue the notice as a message inside its own transaction; nobody without a contact."""
    if step.code != GIVEN:
        return
    session = step.session
    matter = session.get_one(Matter, step.matter_id)
    if matter.contact_id is None:
        return
    contact = session.get_one(Contact, matter.contact_id)
    latest = select(Notice).where(Notice.matter_id == matter.id).order_by(Notice.id.desc())
    notice = session.scalars(latest.limit(1)).one()
    queue_message(
        session,
        template="matters/messages/notified",
        kind=contact.kind,
        to=contact.value or "",
        language=matter.language,
        params=_params(matter, open_file(session, notice)),
        key=f"notice:{notice.id}",
        subject=("matter", matter.id),
        contact_id=contact.id,
        now=step.now,
    )


def _params(matter: Matter, standing: NoticeFile) -> dict[str, Any]:
    notice = standing.notice
    return {
        "reference": matter.reference,
        "token": matter_token(matter.reference),
        "number": notice.reference,
        "service": notice.name,
        "papers": [
            {
                "name": line.paper.name,
                "how": line.paper.how,
                "originals": line.paper.originals,
                "copies": line.paper.copies,
                "is_here": not line.missing,
            }
            for line in standing.papers
        ],
        "steps": notice.steps,
        "days": notice.promised_days,
        "fee": str(notice.fee or ""),
        "basis": notice.basis,
        "phone": notice.phone,
    }


@subjects_asked.connect
def name_signals(question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
    """Fault signals in an alarm: the number of their notice, and the page that shows them."""
    ids = question.ids.get(SUBJECT, ())
    if not ids:
        return {}
    rows = question.session.execute(
        select(FaultSignal.id, Notice.reference)
        .join(Notice, Notice.id == FaultSignal.notice_id)
        .where(FaultSignal.id.in_(ids))
    )
    return {
        (SUBJECT, signal_id): Subject(
            {"zh_Hant": reference}, "signals.show", {"signal_id": signal_id}
        )
        for signal_id, reference in rows
    }
