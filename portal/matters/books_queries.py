"""Reads of the books of a day; the number of statements is the same however long the day was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.core.listing import Listing, fetch_page
from portal.files.queries import list_attachments_of
from portal.identity.contact_models import Contact
from portal.identity.contacts import Address
from portal.identity.models import Staff
from portal.matters.books_rules import (
    Action,
    Book,
    Facts,
    Run,
    book_of,
    count_missing,
    derive_action,
    is_in_remit,
    kinds_in,
)
from portal.matters.intake_rules import Kind
from portal.matters.models import Matter, MatterEvent, MatterWords
from portal.matters.notice_queries import NoticeFile, list_files
from portal.matters.queries import Viewer, select_visible
from portal.matters.rules import FINISHED, State, Verb
from portal.matters.services.opening import KIND

DAY = 24 * 60
#: Steps of which the books say something.
_TOLD_OF = [
    str(verb)
    for verb in (
        Verb.VOID,
        Verb.REPORT,
        Verb.REFER,
        Verb.ACKNOWLEDGE,
        Verb.ACCEPT,
        Verb.DECIDE,
        Verb.FINISH,
        Verb.TELL,
        Verb.TAKE_BACK,
        Verb.RETURN,
        Verb.LAPSE,
        Verb.RECALL,
        Verb.DISPUTE,
    )
]
#: Steps after which whoever was asked has not got it.
_CAME_BACK = frozenset({Verb.TAKE_BACK, Verb.RETURN, Verb.LAPSE, Verb.RECALL, Verb.DISPUTE})


@dataclass
class Line:
    """A matter in a book, with what its steps say for the columns."""

    matter: Matter
    #: How it stands, or stood when the book was closed: by what had happened until then.
    state: str = ""
    confirmed_by: str = ""
    due_at: datetime | None = None
    told_at: datetime | None = None
    #: How to reach the person, masked.
    contact: str = ""
    void_reason: str | None = None
    #: Whom it was first conveyed to, and when; who accepted it first, and when.
    conveyed_to: int | None = None
    conveyed_at: datetime | None = None
    accepted_by: int | None = None
    accepted_at: datetime | None = None
    #: What came of it, and how the person was told.
    result: str | None = None
    told_way: str = ""
    #: How many photos and papers came with it.
    files: int = 0
    notices: Sequence[NoticeFile] = ()
    #: Papers that went along with a referral, one a line.
    papers: list[str] = field(default_factory=list)
    own_unit: int | None = None
    answering_unit: int | None = None
    #: The colleague who took it last after an offer or a decision, besides whoever was asked.
    passed_to: int | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether the person has not heard what came of it."""
        return self.state not in FINISHED

    @property
    def action(self) -> Action:
        """What whoever was asked first did with it."""
        return derive_action(
            Facts(
                is_void=self.state == State.VOIDED,
                is_done=self.matter.done_at is not None,
                is_reported=self.matter.reported_at is not None,
                is_passed_on=self.passed_to is not None,
                is_informed=bool(self.notices),
            )
        )

    @property
    def in_remit(self) -> bool | None:
        """Whether it was within the remit of the unit of whoever was asked first."""
        return is_in_remit(self.action, self.own_unit, self.answering_unit)


def _of_day(day: date, zone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    return (
        Matter.opened_at >= moment_of(day, 0, zone),
        Matter.opened_at < moment_of(day, DAY, zone),
    )


def _wanted(day: date, zone: ZoneInfo, viewer: Viewer, unit_id: int | None) -> Select[Matter]:
    found = select_visible(viewer).where(*_of_day(day, zone))
    if unit_id is not None:
        found = found.where(Matter.unit_id == unit_id)
    return found.order_by(Matter.year, Matter.number)


def list_book(
    session: Session,
    book: Book,
    *,
    day: date,
    zone: ZoneInfo,
    viewer: Viewer,
    unit_id: int | None,
    page: int,
) -> Listing[Line]:
    """A page of a book of a day in the order of its numbers, of what somebody may see."""
    kinds = [str(kind) for kind in sorted(kinds_in(book))]
    found = _wanted(day, zone, viewer, unit_id).where(Matter.kind.in_(kinds))
    return _open(session, fetch_page(session, found, page))


def list_first_asked(
    session: Session, *, day: date, zone: ZoneInfo, viewer: Viewer, unit_id: int | None, page: int
) -> Listing[Line]:
    """A page of what staff were asked on a day (首問登記), complaints as well."""
    found = _wanted(day, zone, viewer, unit_id).where(Matter.first_asked_id.is_not(None))
    return _open(session, fetch_page(session, found, page), with_papers=True)


def _open(
    session: Session, listing: Listing[Matter], *, with_papers: bool = False
) -> Listing[Line]:
    lines = {matter.id: _as_it_stands(matter) for matter in listing.rows}
    if lines:
        _add_steps(session, lines)
        _add_contacts(session, lines)
        files = list_attachments_of(session, KIND, list(lines))
        for matter_id, line in lines.items():
            line.files = len(files[matter_id])
    if lines and with_papers:
        _add_papers(session, lines)
        _add_units(session, lines)
    return Listing(list(lines.values()), listing.page, listing.total)


def _as_it_stands(matter: Matter) -> Line:
    return Line(matter, matter.state, matter.confirmed_by, matter.due_at, matter.told_at)


def list_lines(session: Session, matters: Sequence[Matter], until: datetime | None) -> list[Line]:
    """The lines of some matters as they stand, or as they stood at a moment; two statements."""
    as_it_was = until is not None
    lines = {one.id: Line(one) if as_it_was else _as_it_stands(one) for one in matters}
    if lines:
        _add_steps(session, lines, until)
        _add_contacts(session, lines)
    return list(lines.values())


def _add_steps(session: Session, lines: dict[int, Line], until: datetime | None = None) -> None:
    """What the steps say; ``until``: all of them before that moment, and how it stood then."""
    found = (
        select(MatterEvent, MatterWords)
        .outerjoin(
            MatterWords,
            (MatterWords.institution_id == MatterEvent.institution_id)
            & (MatterWords.event_id == MatterEvent.id),
        )
        .where(MatterEvent.matter_id.in_(list(lines)))
        .order_by(MatterEvent.matter_id, MatterEvent.number)
    )
    if until is None:
        found = found.where(MatterEvent.code.in_(_TOLD_OF))
    else:
        found = found.where(MatterEvent.at < until)
    for event, words in session.execute(found):
        line = lines[event.matter_id]
        _add_step(line, event, words)
        if until is not None:
            _stand_as_after(line, event)


def _stand_as_after(line: Line, event: MatterEvent) -> None:
    """How a matter stood once a step was made."""
    line.state = event.state
    line.due_at = event.due_at or line.due_at
    if event.code == Verb.CONFIRM:
        line.confirmed_by = event.way
    elif event.code == Verb.TELL:
        line.told_at = event.at
    elif event.code == Verb.REOPEN:
        line.told_at = None


def _add_step(line: Line, event: MatterEvent, words: MatterWords | None) -> None:
    said = words.words if words else None
    code = event.code
    if code == Verb.VOID:
        line.void_reason = said
    elif code in (Verb.FINISH, Verb.TELL):
        line.result = said
        line.told_way = event.way if code == Verb.TELL else ""
    elif code in (Verb.REPORT, Verb.REFER) and line.conveyed_at is None:
        line.conveyed_to, line.conveyed_at = event.staff_id, event.at
    elif code in _CAME_BACK and line.accepted_at is None:
        # Whoever did not take it has not got it.
        line.conveyed_to, line.conveyed_at = None, None
    elif code in (Verb.ACKNOWLEDGE, Verb.ACCEPT, Verb.DECIDE) and line.accepted_at is None:
        line.accepted_by, line.accepted_at = event.holder_staff_id, event.at
        if line.conveyed_at is None:
            line.conveyed_to, line.conveyed_at = event.holder_staff_id, event.at
    if code in (Verb.ACCEPT, Verb.DECIDE) and event.holder_staff_id != line.matter.first_asked_id:
        line.passed_to = event.holder_staff_id
    if code == Verb.REFER and words and words.papers:
        named = [paper.strip() for paper in words.papers.splitlines()]
        line.papers += [paper for paper in named if paper and paper not in line.papers]


def _add_contacts(session: Session, lines: dict[int, Line]) -> None:
    ids = {line.matter.contact_id for line in lines.values()} - {None}
    if not ids:
        return
    found = session.scalars(select(Contact).where(Contact.id.in_(ids)))
    known = {one.id: Address(one.kind, one.value).masked for one in found if one.value}
    for line in lines.values():
        line.contact = known.get(line.matter.contact_id or 0, "")


def _add_papers(session: Session, lines: dict[int, Line]) -> None:
    for standing in list_files(session, list(lines)):
        line = lines[standing.notice.matter_id]
        line.notices = [*line.notices, standing]


def _add_units(session: Session, lines: dict[int, Line]) -> None:
    asked = {line.matter.first_asked_id for line in lines.values()}
    took = {line.passed_to for line in lines.values()}
    rows = session.execute(select(Staff.id, Staff.unit_id).where(Staff.id.in_(asked | took)))
    units: dict[int, int] = dict(rows.all())
    for line in lines.values():
        line.own_unit = units.get(line.matter.first_asked_id or 0)
        line.answering_unit = units.get(line.passed_to or 0, line.matter.unit_id)


def find_run(session: Session, *, day: date, zone: ZoneInfo) -> Run | None:
    """The numbers of a day in both books, and whether one is missing; none on an empty day.

    Two statements. A number may stand on the day beside its neighbours, when two people draw at
    midnight; that is no gap.
    """
    rows = session.execute(
        select(
            Matter.year,
            Matter.kind,
            func.min(Matter.number),
            func.max(Matter.number),
            func.count(Matter.id),
        )
        .where(*_of_day(day, zone))
        .group_by(Matter.year, Matter.kind)
    ).all()
    if not rows:
        return None
    first, last = min(row[2] for row in rows), max(row[3] for row in rows)
    standing = dict.fromkeys(Book, 0)
    for _year, kind, _first, _last, count in rows:
        standing[book_of(Kind(kind))] += count
    found = session.scalar(
        select(func.count(Matter.id)).where(
            Matter.year == rows[0][0], Matter.number.between(max(1, first - 1), last)
        )
    )
    return Run(first, last, standing, count_missing(first, last, found or 0))


def staff_in(lines: Sequence[Line]) -> list[int]:
    """The staff whose names a page of a book says."""
    found = {
        staff_id
        for line in lines
        for staff_id in (line.matter.first_asked_id, line.conveyed_to, line.accepted_by)
    }
    return sorted(one for one in found if one is not None)
