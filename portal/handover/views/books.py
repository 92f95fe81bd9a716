"""The duty books of a post (值班記錄本, C-2): one for each turn, to read and to print."""

from datetime import date, datetime, time
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.models import Post
from portal.core.ledger_anchor import anchor_text
from portal.core.ledger_chain import chain_head
from portal.core.listing import Listing
from portal.core.session import db
from portal.handover.book_queries import (
    Book,
    count_received,
    count_unfinished,
    count_waiting,
    get_book,
    list_book_posts,
    list_books,
    list_persons,
    list_rows,
    list_shifts,
    read_entries,
)
from portal.handover.book_rules import CLOSING_LABELS
from portal.handover.book_sheets import book_sheet
from portal.handover.queries import list_items
from portal.handover.rules import BY_HAND, Kind
from portal.handover.services.checking import check_book, may_check
from portal.handover.views.lists import pages
from portal.handover.views.reading import Row, current_viewer, read_rows
from portal.handover.views.register import asked_month, check_pdf
from portal.identity.looks import note_look
from portal.identity.queries.staff import list_staff_names
from portal.matters.books_queries import staff_in
from portal.matters.intake_rules import (
    CHANNEL_LABELS,
    CONFIRMATION_LABELS,
    KIND_LABELS,
    TOLD_LABELS,
)
from portal.matters.views.looking import current_viewer as current_matter_viewer
from portal.web import guards, pdf
from portal.web.forms import Form, form_page, landing_on
from portal.web.requests import page_number


@pages.get("/books/")
@guards.staff
def books() -> ResponseReturnValue:
    """The books of a post that were opened in a month."""
    session = db.session()
    posts = list_book_posts(session, current_viewer())
    post = _choose(posts)
    today = g.now.astimezone(g.institution.zone).date()
    month = asked_month()
    listing = _list(post, month.first, month.after.first) if post else Listing([], 1, 0)
    return render_template(
        "handover/books.html",
        posts=posts,
        post=post,
        listing=listing,
        month=month,
        later=month.after if month.after.first <= today else None,
        received=count_received(session, listing.rows),
        waiting=count_waiting(session, post.id) if post else 0,
        names=list_staff_names(session, [book.presence.staff_id for book in listing.rows]),
        closings=CLOSING_LABELS,
    )


def _choose(posts: list[Post]) -> Post | None:
    """The post that was asked for, else the first of those that somebody may read of."""
    asked = request.args.get("post", "")
    found = [post for post in posts if str(post.id) == asked]
    return next(iter(found or posts), None)


def _list(post: Post, first: date, after: date) -> Listing[Book]:
    zone = g.institution.zone
    return list_books(
        db.session(),
        post.id,
        start=datetime.combine(first, time.min, zone),
        end=datetime.combine(after, time.min, zone),
        page=page_number(),
    )


@pages.get("/books/<int:book_id>/")
@guards.staff
def book(book_id: int) -> ResponseReturnValue:
    """What stands in one book, as it stood when it was closed."""
    return _show(Form(), get_book(db.session(), book_id, current_viewer()))


@pages.get("/books/<int:book_id>/book.pdf")
@guards.staff
def book_pdf(book_id: int) -> ResponseReturnValue:
    """The same page of it as a file to keep."""
    check_pdf()
    found = get_book(db.session(), book_id, current_viewer())
    shown = _describe(found)
    return pdf.send_sheet(book_sheet(shown), f"duty-book-{shown['post'].code}-{found.number}")


@pages.post("/books/<int:book_id>/check/")
@guards.staff
def check(book_id: int) -> ResponseReturnValue:
    """The head has looked at it."""
    found = get_book(db.session(), book_id, current_viewer())
    form = Form()
    if form.validate_on_submit():
        with landing_on(form):
            check_book(
                db.session(), presence=found.presence, actor=guards.current_actor(), now=g.now
            )
            flash(_("Confirmed."))
            return redirect(url_for(".book", book_id=book_id), 303)
    return _show(form, found)


def _show(form: Form, found: Book) -> ResponseReturnValue:
    return form_page("handover/book.html", form, **_describe(found), has_pdf=pdf.is_available())


def _describe(found: Book) -> dict[str, Any]:
    session, actor = db.session(), guards.current_actor()
    # Whoever reads a book reads what everybody brought meanwhile.
    note_look(("duty_book", found.presence.id), "handover.book")
    post = session.get_one(Post, found.presence.post_id)
    entries = read_entries(session, found)
    listing = list_rows(session, found, entries, current_matter_viewer(), page_number())
    persons = list_persons(session, found)
    handover, check_row = found.handover, found.check
    people = [person.staff_id for person in persons]
    people += staff_in([row.line for row in listing.rows])
    people += [check_row.checked_by_id] if check_row else []
    if handover:
        people += [one for one in (handover.giver_id, handover.receiver_id) if one is not None]
    return {
        "book": found,
        "post": post,
        "listing": listing,
        "entries": entries,
        "unfinished": count_unfinished(session, found, entries),
        "persons": persons,
        "shifts": list_shifts(session, found, g.now),
        "things": _list_things(found),
        "names": list_staff_names(session, people),
        "may_check": found.ends_at is not None
        and check_row is None
        and may_check(session, post, found.presence, actor),
        "labels": (KIND_LABELS, CHANNEL_LABELS, CONFIRMATION_LABELS, TOLD_LABELS),
        "by_hand": BY_HAND,
        "closings": CLOSING_LABELS,
        "anchor": anchor_text(chain_head(session)),
    }


def _list_things(found: Book) -> list[Row]:
    """Seals, keys, equipment and instructions, as they went on by the handover."""
    if found.handover is None:
        return []
    items = list_items(db.session(), [found.handover.id]).get(found.handover.id, [])
    return read_rows([item for item in items if Kind(item.kind) in BY_HAND])
