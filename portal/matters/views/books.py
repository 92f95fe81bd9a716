"""The books of a day to read and to print: duty book, complaint register, first-asked register."""

from datetime import date, timedelta

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.errors import N_, NotFound
from portal.core.ledger_anchor import anchor_text
from portal.core.ledger_chain import chain_head
from portal.core.listing import Listing
from portal.core.session import db
from portal.identity.looks import note_look
from portal.identity.queries.staff import list_staff_names, list_units
from portal.matters.books_queries import Line, find_run, list_book, list_first_asked, staff_in
from portal.matters.books_rules import ACTION_LABELS, BOOK_LABELS, Book
from portal.matters.intake_rules import (
    CHANNEL_LABELS,
    CONFIRMATION_LABELS,
    KIND_LABELS,
    TOLD_LABELS,
)
from portal.matters.queries import Viewer
from portal.matters.views.looking import current_viewer
from portal.records.rules import write_serial
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.requests import page_number

pages = Blueprint("books", __name__, template_folder="../templates", url_prefix="/work/books")
#: Before this no book was kept here.
EARLIEST = date(2000, 1, 1)
#: Figures of an id in an address; longer ones are nobody's.
LONGEST = 10
TITLES = {
    "books.duty": BOOK_LABELS[Book.DUTY],
    "books.complaints": BOOK_LABELS[Book.COMPLAINTS],
    "books.first_asked": N_("First-asked register"),
}


@pages.get("/duty/")
@guards.staff
def duty() -> ResponseReturnValue:
    """The duty book (值班記錄本, C-2) of a day."""
    return _show_book(Book.DUTY)


@pages.get("/complaints/")
@guards.staff
def complaints() -> ResponseReturnValue:
    """The complaint register (投訴記錄表, C-3) of a day."""
    return _show_book(Book.COMPLAINTS)


@pages.get("/first-asked/")
@guards.staff
def first_asked() -> ResponseReturnValue:
    """The first-asked register (首問登記表, C-5) of a day."""
    viewer, day, unit_id = _asked()
    listing = list_first_asked(
        db.session(),
        day=day,
        zone=g.institution.zone,
        viewer=viewer,
        unit_id=unit_id,
        page=page_number(),
    )
    return _print("matters/book_first.html", listing, viewer, day, unit_id)


def _show_book(book: Book) -> ResponseReturnValue:
    viewer, day, unit_id = _asked()
    listing = list_book(
        db.session(),
        book,
        day=day,
        zone=g.institution.zone,
        viewer=viewer,
        unit_id=unit_id,
        page=page_number(),
    )
    return _print(f"matters/book_{book}.html", listing, viewer, day, unit_id)


def _asked() -> tuple[Viewer, date, int | None]:
    """Who looks, at which day and at which unit; raises NotFound for a day that is none yet."""
    today = _today()
    text = request.args.get("day", "")
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise NotFound from None
    if not EARLIEST <= day <= today:
        raise NotFound
    asked = request.args.get("unit", "")
    units = {unit.id for unit in list_units(db.session(), with_inactive=True)}
    is_number = asked.isascii() and asked.isdecimal() and len(asked) < LONGEST
    unit_id = int(asked) if is_number else 0
    return current_viewer(), day, unit_id if unit_id in units else None


def _today() -> date:
    today: date = g.now.astimezone(g.institution.zone).date()
    return today


def _print(
    template: str, listing: Listing[Line], viewer: Viewer, day: date, unit_id: int | None
) -> str:
    is_whole = viewer.seen is None
    run = find_run(db.session(), day=day, zone=g.institution.zone) if is_whole else None
    prefix = settings().matters.prefix
    # Whoever reads a book reads what everybody brought that day.
    note_look(("book", day.toordinal()), request.endpoint or "")
    return render_template(
        template,
        titles=TITLES,
        listing=listing,
        day=day,
        earlier=day - timedelta(days=1),
        later=day + timedelta(days=1) if day < _today() else None,
        unit_id=unit_id,
        units=[
            unit
            for unit in list_units(db.session())
            if viewer.seen is None or unit.id in viewer.seen
        ],
        is_whole=is_whole,
        run=run,
        ends=[write_serial(prefix, day.year, number) for number in (run.first, run.last)]
        if run
        else [],
        books=BOOK_LABELS,
        names=list_staff_names(db.session(), staff_in(listing.rows)),
        labels=(KIND_LABELS, CHANNEL_LABELS, CONFIRMATION_LABELS, TOLD_LABELS, ACTION_LABELS),
        anchor=anchor_text(chain_head(db.session())),
    )
