"""Reads of the duty books: which there are, what stands in each, and who kept it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.duty.models import Presence
from portal.duty.queries import find_place, list_deciders, list_held
from portal.duty.roster_models import Shift, ShiftPattern
from portal.handover.book_models import DutyBookCheck, DutyEntry
from portal.handover.book_rules import Closing, closing_of, number_at
from portal.handover.models import Handover
from portal.handover.queries import Viewer
from portal.matters.books_queries import Line, list_lines
from portal.matters.models import Matter, MatterEvent
from portal.matters.queries import Viewer as MatterViewer
from portal.matters.queries import select_visible
from portal.matters.rules import FINISHED

#: No shift is longer.
LONGEST = timedelta(days=2)
_FINISHED = [str(state) for state in sorted(FINISHED)]


@dataclass(frozen=True)
class Book:
    """The book of one presence at a post, and from when on it covers what came."""

    presence: Presence
    number: int
    #: When the book before it was closed; none: it is the first.
    starts_at: datetime | None
    handover: Handover | None = None
    check: DutyBookCheck | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When it was closed; none: it is open."""
        return self.presence.signed_out_at

    @property
    def closing(self) -> Closing | None:
        """How it was closed."""
        return closing_of(
            self.ends_at, self.presence.due_out_at, is_handed_over=self.handover is not None
        )


@dataclass(frozen=True)
class Row:
    """A line of a book, and how it came there."""

    line: Line
    #: The number of the book that it was carried over from; none: it came for this one.
    carried_from: int | None
    #: It came while nobody was signed in.
    is_from_before: bool


@dataclass(frozen=True)
class Entries:
    """The matters that stand in a book, whoever may see them: from when on, by id."""

    received: dict[int, datetime]
    #: Came for an earlier book, and were not finished when that time was over.
    carried: dict[int, datetime]

    @property
    def all(self) -> dict[int, datetime]:
        """Both."""
        return self.carried | self.received


def _own_at(post_id: int) -> ColumnElement[bool]:
    return and_(Presence.post_id == post_id, ~Presence.is_cover)


def get_book(session: Session, book_id: int, viewer: Viewer) -> Book:
    """The book of a presence, for who serves at the post, kept it or reads all of the unit.

    Raises NotFound for anybody else's.
    """
    presence = session.get(Presence, book_id)
    if presence is None or presence.is_cover:
        raise NotFound
    if not _is_seen(session, presence, viewer):
        raise NotFound
    return _open_books(session, [presence])[0]


def _is_seen(session: Session, presence: Presence, viewer: Viewer) -> bool:
    if viewer.units is None or presence.staff_id == viewer.staff_id:
        return True
    post = session.get_one(Post, presence.post_id)
    return (
        post.unit_id in viewer.units
        or bool(find_place(session, post_id=post.id, staff_id=viewer.staff_id))
        or viewer.staff_id in list_deciders(session, post, presence.staff_id)
    )


def list_book_posts(session: Session, viewer: Viewer) -> list[Post]:
    """The posts whose books somebody reads, in the institution's order."""
    found = select(Post).order_by(Post.position, Post.id)
    if viewer.units is not None:
        served = select(PostStaff.post_id).where(PostStaff.staff_id == viewer.staff_id)
        found = found.where(or_(Post.id.in_(served), Post.unit_id.in_(sorted(viewer.units))))
    return list(session.scalars(found))


def list_books(
    session: Session, post_id: int, *, start: datetime, end: datetime, page: int
) -> Listing[Book]:
    """A page of the books of a post that were opened between two moments, by number."""
    found = (
        select(Presence)
        .where(
            _own_at(post_id),
            or_(Presence.left_at >= start, Presence.left_at.is_(None)),
            Presence.signed_in_at >= start,
            Presence.signed_in_at < end,
        )
        .order_by(Presence.signed_out_at.is_(None), Presence.signed_out_at, Presence.id)
    )
    listing = fetch_page(session, found, page)
    return Listing(_open_books(session, listing.rows), listing.page, listing.total)


def _open_books(session: Session, presences: Sequence[Presence]) -> list[Book]:
    """Neighbours with their numbers: as many as were closed before the first of them."""
    if not presences:
        return []
    first = presences[0]
    handovers = _list_handovers(session, presences)
    checks = _list_checks(session, presences)
    count, starts_at = _read_before(session, first)
    books = []
    for number, presence in enumerate(presences, count + 1):
        handover, check = handovers.get(presence.id), checks.get(presence.id)
        books.append(Book(presence, number, starts_at, handover, check))
        starts_at = presence.signed_out_at
    return books


def _read_before(session: Session, presence: Presence) -> tuple[int, datetime | None]:
    """How many books of the post were closed before one, and when the last of those was."""
    before = _own_at(presence.post_id) & Presence.signed_out_at.is_not(None)
    ended_at = presence.signed_out_at
    if ended_at is not None:
        before &= Presence.left_at <= ended_at
        before &= (Presence.signed_out_at < ended_at) | (
            (Presence.signed_out_at == ended_at) & (Presence.id < presence.id)
        )
    found = select(func.count(Presence.id), func.max(Presence.signed_out_at)).where(before)
    count, starts_at = session.execute(found).one()
    return count, starts_at


def _list_handovers(session: Session, presences: Sequence[Presence]) -> dict[int, Handover]:
    """The handovers by which books were closed: they moved at that second."""
    ended = {(row.staff_id, row.signed_out_at): row.id for row in presences if row.signed_out_at}
    if not ended:
        return {}
    found = select(Handover).where(
        Handover.post_id == presences[0].post_id,
        Handover.giver_id.in_(sorted({staff_id for staff_id, _at in ended})),
        Handover.moved_at.in_(sorted({at for _staff_id, at in ended})),
    )
    closed = ((row.giver_id, row.moved_at, row) for row in session.scalars(found))
    return {
        ended[giver_id, at]: row
        for giver_id, at, row in closed
        if at is not None and (giver_id, at) in ended
    }


def find_check(session: Session, book_id: int) -> DutyBookCheck | None:
    """That the head has looked at a book, if so."""
    found = select(DutyBookCheck).where(DutyBookCheck.presence_id == book_id)
    return session.scalars(found.execution_options(populate_existing=True)).first()


def _list_checks(session: Session, presences: Sequence[Presence]) -> dict[int, DutyBookCheck]:
    ids = [row.id for row in presences]
    found = select(DutyBookCheck).where(DutyBookCheck.presence_id.in_(ids))
    return {row.presence_id: row for row in session.scalars(found)}


def _state_at(at: datetime) -> ColumnElement[str]:
    """The state that a matter had at a moment, by its last step before."""
    last = (
        select(func.max(MatterEvent.number))
        .where(MatterEvent.matter_id == Matter.id, MatterEvent.at < at)
        .correlate(Matter)
        .scalar_subquery()
    )
    return (
        select(MatterEvent.state)
        .where(MatterEvent.matter_id == Matter.id, MatterEvent.number == last)
        .correlate(Matter)
        .scalar_subquery()
    )


def _is_unfinished(at: datetime | None) -> ColumnElement[bool]:
    state = Matter.state if at is None else _state_at(at)
    return state.not_in(_FINISHED)


def _is_received(book: Book) -> ColumnElement[bool]:
    """Came for this book: since the one before was closed, and before this one was."""
    parts = [DutyEntry.post_id == book.presence.post_id]
    if book.starts_at is not None:
        parts.append(DutyEntry.at >= book.starts_at)
    if book.ends_at is not None:
        parts.append(DutyEntry.at < book.ends_at)
    return and_(*parts)


def read_entries(session: Session, book: Book) -> Entries:
    """What stands in a book; three statements, none of which reads what was finished long ago."""
    found = select(DutyEntry.matter_id, DutyEntry.at)
    received = dict(session.execute(found.where(_is_received(book))).all())
    start = book.starts_at
    if start is None:
        return Entries(received, {})
    carried = found.where(
        DutyEntry.post_id == book.presence.post_id,
        DutyEntry.at < start,
        # What was finished before and never opened again is not asked for its course.
        or_(DutyEntry.finished_at.is_(None), DutyEntry.finished_at >= start),
    )
    before = dict(session.execute(carried).all())
    still = select(Matter.id).where(Matter.id.in_(sorted(before)), _is_unfinished(start))
    return Entries(received, {one: before[one] for one in session.scalars(still)})


def list_rows(
    session: Session, book: Book, entries: Entries, viewer: MatterViewer, page: int
) -> Listing[Row]:
    """A page of what stands in a book, what was carried over first, of what somebody may see."""
    found = select_visible(viewer).where(Matter.id.in_(sorted(entries.all)))
    listing = fetch_page(session, found.order_by(Matter.id), page)
    carried = entries.carried
    shown = [matter.id for matter in listing.rows if matter.id in carried]
    numbers = _number_carried(session, book, [carried[one] for one in shown])
    rows = []
    for line in list_lines(session, listing.rows, book.ends_at):
        matter_id = line.matter.id
        is_carried = matter_id in carried
        is_from_before = entries.all[matter_id] < book.presence.signed_in_at
        number = numbers[carried[matter_id]] if is_carried else None
        rows.append(Row(line, number, is_from_before and not is_carried))
    return Listing(rows, listing.page, listing.total)


def _number_carried(
    session: Session, book: Book, moments: Collection[datetime]
) -> dict[datetime, int]:
    """For entries from before a book: the number of the one that they came for."""
    if not moments:
        return {}
    found = select(Presence.signed_out_at).where(
        _own_at(book.presence.post_id),
        Presence.left_at.is_not(None),
        Presence.left_at <= book.starts_at,
        Presence.signed_out_at <= book.starts_at,
    )
    closed = sorted(at for at in session.scalars(found) if at is not None)
    return {at: number_at(closed, at) for at in moments}


def count_unfinished(session: Session, book: Book, entries: Entries) -> int:
    """How many of them were unfinished in the end, or are now."""
    found = select(func.count(Matter.id)).where(
        Matter.id.in_(sorted(entries.all)), _is_unfinished(book.ends_at)
    )
    return session.scalar(found) or 0


def find_last_closing(session: Session, post_id: int) -> datetime | None:
    """When the last book of a post was closed; none: none was yet."""
    closed = select(Presence.signed_out_at).where(
        _own_at(post_id), Presence.left_at.is_not(None), Presence.signed_out_at.is_not(None)
    )
    return session.scalar(closed.order_by(Presence.left_at.desc()).limit(1))


def count_waiting(session: Session, post_id: int) -> int:
    """What came since the last book of a post was closed, while none is open."""
    last = find_last_closing(session, post_id)
    is_open = any(not one.presence.is_cover for one in list_held(session, post_ids=[post_id]))
    if last is None or is_open:
        return 0
    waiting = select(func.count(DutyEntry.id)).where(
        DutyEntry.post_id == post_id, DutyEntry.at >= last
    )
    return session.scalar(waiting) or 0


def count_received(session: Session, books: Sequence[Book]) -> dict[int, int]:
    """How many entries came for each of some neighbouring books, by presence; one statement."""
    if not books:
        return {}
    first, last = books[0], books[-1]
    within = Book(last.presence, first.number, first.starts_at)
    found = select(DutyEntry.at).where(_is_received(within))
    closed = [book.ends_at for book in books if book.ends_at is not None]
    counts = dict.fromkeys((book.presence.id for book in books), 0)
    for at in session.scalars(found):
        counts[books[number_at(closed, at) - 1].presence.id] += 1
    return counts


def list_persons(session: Session, book: Book) -> list[Presence]:
    """Whoever kept the post, and who stood in meanwhile, in the order of signing in."""
    here = book.presence
    found = select(Presence).where(
        Presence.post_id == here.post_id,
        Presence.is_cover,
        or_(Presence.left_at >= here.signed_in_at, Presence.left_at.is_(None)),
        Presence.signed_in_at >= here.signed_in_at,
    )
    if here.signed_out_at is not None:
        found = found.where(Presence.signed_in_at < here.signed_out_at)
    # Put in order here: for an order, SQLite would walk through all there ever were.
    return [here, *sorted(session.scalars(found), key=lambda row: row.id)]


def list_shifts(
    session: Session, book: Book, now: datetime
) -> list[tuple[Shift, ShiftPattern | None]]:
    """The published shifts of whoever kept the post in that time, with their patterns."""
    here = book.presence
    found = (
        select(Shift, ShiftPattern)
        .outerjoin(ShiftPattern, ShiftPattern.id == Shift.pattern_id)
        .where(
            Shift.staff_id == here.staff_id,
            Shift.starts_at > here.signed_in_at - LONGEST,
            Shift.starts_at < (here.signed_out_at or now),
            Shift.ends_at > here.signed_in_at,
            Shift.post_id == here.post_id,
            Shift.state == "published",
        )
        .order_by(Shift.starts_at, Shift.id)
    )
    return [(shift, pattern) for shift, pattern in session.execute(found)]
