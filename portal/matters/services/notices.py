"""Giving the one-time notice, and taking its papers in until they are complete (W-WM-2)."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.catalog.queries import Notice as CatalogNotice
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.matters.models import Matter
from portal.matters.notice_models import Notice, NoticeCompletion, NoticePaper, PaperReceipt
from portal.matters.notice_queries import find_notice, open_file
from portal.matters.notice_rules import (
    NothingBrought,
    Papers,
    PapersComplete,
    check_brought,
    check_open,
    is_complete,
    needed_of,
)
from portal.matters.rules import State
from portal.matters.services.stepping import lock, note
from portal.records.rules import write_serial
from portal.records.services import draw_serial

#: The book of serial numbers, and the letter that tells its numbers from those of matters.
BOOK, LETTER = "notice", "N"
#: What the course says of it.
GIVEN, TAKEN_IN, COMPLETE = "notified", "papers_in", "complete"


def fingerprint(told: CatalogNotice) -> str:
    """What a form carries, so that what is given is what its page showed."""
    said = [
        told.service.name,
        told.service.summary,
        told.service.basis,
        told.service.promised_days,
        str(told.fee.amount) if told.fee else "",
        [(one.id, one.name, one.originals, one.copies, one.how) for one in told.documents],
        [one.text for one in told.steps],
        [(one.text, one.basis) for one in told.grounds],
    ]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def give_notice(
    session: Session,
    *,
    matter: Matter,
    version: int,
    told: CatalogNotice,
    seen: str,
    brought: Mapping[int, Papers],
    phone: str,
    prefix: str,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Notice:
    """Tell the person everything at once, as the catalog says it now; it never changes again.

    ``brought`` says what of each paper, by the id of the catalog's row, is here already; ``seen``
    is the fingerprint of what was shown. Given a second time, the first one comes back unchanged.
    Raises Meanwhile, WrongState, MoreThanMissing, and Stale when the catalog changed meanwhile.
    """
    session.refresh(matter, with_for_update=True)
    first = find_notice(session, matter_id=matter.id, service_id=told.service.id)
    if first is not None:
        return first
    lock(session, matter, version)
    check_open(State(matter.state))
    if fingerprint(told) != seen:
        raise Stale
    missing = {one.id: needed_of(one.originals, one.copies) for one in told.documents}
    taken = check_brought(missing, brought)
    notice = _write(session, matter, told, phone=phone, actor=actor, now=now)
    # Last, because others wait for the number until the transaction ends.
    notice.year = now.astimezone(zone).year
    notice.number = draw_serial(session, book=BOOK, year=notice.year)
    notice.reference = write_serial(f"{prefix}-{LETTER}", notice.year, notice.number)
    session.add(notice)
    session.flush()
    papers = _write_papers(session, notice, told)
    _take(session, notice, {papers[key]: part for key, part in taken.items()}, actor, now)
    done = is_complete(missing, taken)
    if done:
        session.add(NoticeCompletion(notice_id=notice.id, complete_at=now))
    note(session, matter, GIVEN, actor=actor, now=now)
    if done:
        note(session, matter, COMPLETE, actor=actor, now=now)
    return notice


def _write(
    session: Session,
    matter: Matter,
    told: CatalogNotice,
    *,
    phone: str,
    actor: Actor,
    now: datetime,
) -> Notice:
    """The notice without its number."""
    assert actor.id is not None
    service = told.service
    return Notice(
        matter_id=matter.id,
        service_id=service.id,
        name=dict(service.name),
        summary=dict(service.summary),
        basis=dict(service.basis),
        promised_days=service.promised_days,
        fee=told.fee.amount if told.fee else None,
        fee_basis=dict(told.fee.basis) if told.fee else {},
        steps=[dict(one.text) for one in told.steps],
        grounds=[{"text": dict(one.text), "basis": dict(one.basis)} for one in told.grounds],
        given_at=now,
        given_by_id=actor.id,
        phone=phone,
    )


def _write_papers(session: Session, notice: Notice, told: CatalogNotice) -> dict[int, int]:
    """Copy the papers; the id of each by that of the catalog's row."""
    copied = {}
    for position, document in enumerate(told.documents, start=1):
        paper = NoticePaper(
            notice_id=notice.id,
            position=position,
            name=dict(document.name),
            originals=document.originals,
            copies=document.copies,
            how=dict(document.how),
        )
        session.add(paper)
        session.flush()
        copied[document.id] = paper.id
    return copied


def take_papers(
    session: Session,
    *,
    notice: Notice,
    matter: Matter,
    version: int,
    brought: Mapping[int, Papers],
    actor: Actor,
    now: datetime,
) -> bool:
    """Take papers in, a receipt for each; whether the file is complete now, which is said once.

    ``brought`` is by the id of the notice's paper. Raises Meanwhile, WrongState, PapersComplete,
    NothingBrought and MoreThanMissing.
    """
    lock(session, matter, version)
    check_open(State(matter.state))
    standing = open_file(session, notice)
    if standing.complete_at is not None:
        raise PapersComplete
    taken = check_brought(standing.missing, brought)
    if not taken:
        raise NothingBrought
    _take(session, notice, taken, actor, now)
    done = is_complete(standing.missing, taken)
    if done:
        session.add(NoticeCompletion(notice_id=notice.id, complete_at=now))
    note(session, matter, TAKEN_IN, actor=actor, now=now)
    if done:
        note(session, matter, COMPLETE, actor=actor, now=now)
    return done


def _take(
    session: Session, notice: Notice, taken: Mapping[int, Papers], actor: Actor, now: datetime
) -> None:
    session.add_all(
        PaperReceipt(
            notice_id=notice.id,
            paper_id=paper_id,
            originals=papers.originals,
            copies=papers.copies,
            taken_at=now,
            taken_by_id=actor.id,
        )
        for paper_id, papers in taken.items()
    )
    session.flush()
