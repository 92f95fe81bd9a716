"""The duty books of a post as somebody reads them who sees everything."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.handover.book_models import DutyEntry
from portal.handover.book_queries import (
    Book,
    Row,
    count_unfinished,
    count_waiting,
    get_book,
    list_books,
    list_rows,
    read_entries,
)
from portal.handover.queries import Viewer
from portal.matters.intake_rules import Channel, Identity, Kind
from portal.matters.queries import Viewer as MatterViewer
from portal.matters.services.opening import Account, Bringer, open_matter, submit_matter
from tests.support.duty import Hall, staff
from tests.support.world import SHANGHAI, local

ALL = MatterViewer(0, frozenset(), None, None)
MONTHS = (local(date(2026, 11, 1), 0), local(date(2027, 2, 1), 0))
BRINGER = Bringer(Identity.ANONYMOUS)


def take_down(hall: Hall, by: int, kind: Kind = Kind.REPAIR, holder: int | None = None) -> int:
    """Somebody takes a matter down that the head holds unless told otherwise; its id."""

    def work(session: Session, now: datetime) -> int:
        return open_matter(
            session,
            account=Account(kind, Channel.PHONE, "路燈不亮", "東門的路燈不亮"),
            bringer=BRINGER,
            first_asked_id=holder or hall.head,
            prefix="Q",
            zone=SHANGHAI,
            actor=staff(by),
            now=now,
        ).id

    return hall.do(work)


def send_in(hall: Hall, post_id: int | None = None) -> int:
    """Somebody sends one in online, to the window unless told otherwise; its id."""

    def work(session: Session, now: datetime) -> int:
        return submit_matter(
            session,
            account=Account(Kind.REPAIR, Channel.ONLINE, "水管漏水", "三樓"),
            bringer=BRINGER,
            post_id=post_id or hall.window,
            prefix="Q",
            zone=SHANGHAI,
            now=now,
        ).id

    return hall.do(work)


def read_books(hall: Hall, post_id: int | None = None) -> list[Book]:
    """All books of a post, the window unless told otherwise."""

    def work(session: Session, _now: datetime) -> list[Book]:
        start, end = MONTHS
        listing = list_books(session, post_id or hall.window, start=start, end=end, page=1)
        return list(listing.rows)

    return hall.do(work)


def read_book(hall: Hall, presence_id: int) -> Book:
    """The book of a presence."""
    viewer = Viewer(0, None)
    return hall.do(lambda session, _now: get_book(session, presence_id, viewer))


def read_rows(hall: Hall, book: Book, viewer: MatterViewer = ALL) -> list[Row]:
    """What stands in a book, on all its pages."""

    def work(session: Session, _now: datetime) -> list[Row]:
        entries = read_entries(session, book)
        pages = list_rows(session, book, entries, viewer, 1).pages
        return [
            row
            for page in range(1, pages + 1)
            for row in list_rows(session, book, entries, viewer, page).rows
        ]

    return hall.do(work)


def received(hall: Hall, book: Book) -> list[int]:
    """The matters that came for a book."""
    rows = read_rows(hall, book)
    return [row.line.matter.id for row in rows if row.carried_from is None]


def carried(hall: Hall, book: Book) -> dict[int, int]:
    """The matters that were carried over to a book, and the number of the one they came for."""
    rows = read_rows(hall, book)
    return {row.line.matter.id: row.carried_from for row in rows if row.carried_from is not None}


def count(hall: Hall, book: Book) -> tuple[int, int, int]:
    """The figures at the foot: received, carried over, unfinished."""

    def work(session: Session, _now: datetime) -> tuple[int, int, int]:
        entries = read_entries(session, book)
        unfinished = count_unfinished(session, book, entries)
        return len(entries.received), len(entries.carried), unfinished

    return hall.do(work)


def waiting(hall: Hall) -> int:
    """What waits for the next book of the window."""
    return hall.do(lambda session, _now: count_waiting(session, hall.window))


def entered(hall: Hall, post_id: int | None = None) -> list[int]:
    """All that ever came to a post, in order."""
    found = (
        select(DutyEntry.matter_id)
        .where(DutyEntry.post_id == (post_id or hall.window))
        .order_by(DutyEntry.at, DutyEntry.id)
    )
    return hall.do(lambda session, _now: list(session.scalars(found)))
