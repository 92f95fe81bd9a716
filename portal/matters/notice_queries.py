"""Reads of one-time notices with the papers that came, and of fault signals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.identity.models import RoleAssignment, Staff, Unit
from portal.matters.models import Matter, MatterWords
from portal.matters.notice_models import (
    FaultAnswer,
    FaultSignal,
    Notice,
    NoticeCompletion,
    NoticePaper,
    NoticeRefusal,
    PaperReceipt,
)
from portal.matters.notice_rules import Papers, add_up, missing_of, needed_of

#: Notices of one matter that a page shows.
SHOWN = 20


@dataclass(frozen=True)
class PaperLine:
    """A paper of a notice, what came of it, and what is still missing."""

    paper: NoticePaper
    receipts: Sequence[PaperReceipt]
    brought: Papers
    missing: Papers


@dataclass(frozen=True)
class NoticeFile:
    """A notice with its papers, and what became of them."""

    notice: Notice
    papers: Sequence[PaperLine]
    complete_at: datetime | None
    refusal: NoticeRefusal | None

    @property
    def missing(self) -> dict[int, Papers]:
        """What is still missing of each paper, by its id."""
        return {line.paper.id: line.missing for line in self.papers}

    @property
    def here(self) -> int:
        """How many papers are here altogether."""
        return sum(not line.missing for line in self.papers)


def find_notice(session: Session, *, matter_id: int, service_id: int) -> Notice | None:
    """The notice that was given of a service, if one was."""
    return session.scalar(
        select(Notice).where(Notice.matter_id == matter_id, Notice.service_id == service_id)
    )


def get_notice(session: Session, matter_id: int, notice_id: int) -> Notice:
    """A notice of this matter; raises NotFound for another's."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.matter_id != matter_id:
        raise NotFound
    return notice


def list_files(session: Session, matter_ids: Sequence[int]) -> list[NoticeFile]:
    """The notices of some matters with their papers, the earliest first; five statements at most.

    Of each matter's there are few; a page never shows more than ``SHOWN`` of one matter.
    """
    if not matter_ids:
        return []
    found = select(Notice).where(Notice.matter_id.in_(matter_ids)).order_by(Notice.id)
    return _open_files(session, session.scalars(found.limit(SHOWN * len(matter_ids))).all())


def open_file(session: Session, notice: Notice) -> NoticeFile:
    """A notice with its papers as they stand."""
    return _open_files(session, [notice])[0]


def _open_files(session: Session, notices: Sequence[Notice]) -> list[NoticeFile]:
    ids = [notice.id for notice in notices]
    if not ids:
        return []
    receipts: dict[int, list[PaperReceipt]] = defaultdict(list)
    taken = select(PaperReceipt).where(PaperReceipt.notice_id.in_(ids)).order_by(PaperReceipt.id)
    for receipt in session.scalars(taken):
        receipts[receipt.paper_id].append(receipt)
    papers: dict[int, list[PaperLine]] = defaultdict(list)
    asked = select(NoticePaper).where(NoticePaper.notice_id.in_(ids))
    for paper in session.scalars(asked.order_by(NoticePaper.notice_id, NoticePaper.position)):
        papers[paper.notice_id].append(_line(paper, receipts[paper.id]))
    complete = {
        row.notice_id: row.complete_at
        for row in session.scalars(
            select(NoticeCompletion).where(NoticeCompletion.notice_id.in_(ids))
        )
    }
    refused = {
        row.notice_id: row
        for row in session.scalars(select(NoticeRefusal).where(NoticeRefusal.notice_id.in_(ids)))
    }
    return [
        NoticeFile(one, papers[one.id], complete.get(one.id), refused.get(one.id))
        for one in notices
    ]


def _line(paper: NoticePaper, receipts: Sequence[PaperReceipt]) -> PaperLine:
    brought = add_up(Papers(one.originals, one.copies) for one in receipts)
    needed = needed_of(paper.originals, paper.copies)
    return PaperLine(paper, receipts, brought, missing_of(needed, brought))


def staff_of(files: Sequence[NoticeFile]) -> list[int]:
    """The staff whose names some notices say."""
    gave = {one.notice.given_by_id for one in files}
    took = {row.taken_by_id for one in files for line in one.papers for row in line.receipts}
    return sorted(gave | took)


#: What the list of fault signals can be asked for.
STATES = ("open", "answered", "all")


@dataclass(frozen=True)
class SignalLine:
    """A fault signal as those who oversee read it."""

    signal: FaultSignal
    matter: Matter
    notice: Notice
    #: What was demanded, and the reason given; None once they were erased.
    paper: str | None
    reason: str | None
    answer: FaultAnswer | None


def list_signals(
    session: Session, *, state: str, overseer_id: int, page: int
) -> Listing[FaultSignal]:
    """A page of fault signals, the newest first; one's own and those of one's own unit left out."""
    found = select(FaultSignal).where(_not_own(overseer_id))
    if state != "all":
        answered = select(FaultAnswer.signal_id)
        is_answered = FaultSignal.id.in_(answered)
        found = found.where(is_answered if state == "answered" else ~is_answered)
    return fetch_page(session, found.order_by(FaultSignal.id.desc()), page)


def _not_own(staff_id: int) -> ColumnElement[bool]:
    """Not one's own demand, nor of a unit that is one's own to lead, or below it (Q14)."""
    led = select(RoleAssignment.unit_id).where(
        RoleAssignment.staff_id == staff_id, RoleAssignment.unit_id.is_not(None)
    )
    below = select(Unit.id).where(Unit.parent_id.in_(led))
    near = select(Staff.id).where(or_(Staff.unit_id.in_(led), Staff.unit_id.in_(below)))
    return (FaultSignal.demanded_by_id != staff_id) & FaultSignal.demanded_by_id.not_in(near)


def get_signal(session: Session, signal_id: int, *, overseer_id: int) -> FaultSignal:
    """A fault signal that this person may deal with; raises NotFound."""
    found = select(FaultSignal).where(FaultSignal.id == signal_id, _not_own(overseer_id))
    signal = session.scalar(found)
    if signal is None:
        raise NotFound
    return signal


def list_signal_lines(session: Session, signals: Sequence[FaultSignal]) -> list[SignalLine]:
    """What a page says of some signals; four statements, however many."""
    if not signals:
        return []
    matter_ids = {one.matter_id for one in signals}
    matters = {
        row.id: row for row in session.scalars(select(Matter).where(Matter.id.in_(matter_ids)))
    }
    notice_ids = {one.notice_id for one in signals}
    notices = {
        row.id: row for row in session.scalars(select(Notice).where(Notice.id.in_(notice_ids)))
    }
    events = [one.event_id for one in signals]
    words = {
        row.event_id: row
        for row in session.scalars(select(MatterWords).where(MatterWords.event_id.in_(events)))
    }
    ids = [one.id for one in signals]
    answers = {
        row.signal_id: row
        for row in session.scalars(select(FaultAnswer).where(FaultAnswer.signal_id.in_(ids)))
    }
    return [
        SignalLine(
            one,
            matters[one.matter_id],
            notices[one.notice_id],
            words[one.event_id].papers if one.event_id in words else None,
            words[one.event_id].words if one.event_id in words else None,
            answers.get(one.id),
        )
        for one in signals
    ]
