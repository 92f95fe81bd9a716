"""The register of a month (交接班登記簿, C-4), and one handover on paper."""

from datetime import datetime, time
from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from portal.calendar.spans import Span, month_of, read_month
from portal.core.errors import NotFound
from portal.core.ledger_anchor import anchor_text
from portal.core.ledger_chain import chain_head
from portal.core.session import db
from portal.handover.queries import list_items, list_register, read_posts
from portal.handover.rules import REASON_LABELS, STATE_LABELS
from portal.handover.sheets import handover_sheet, register_sheet
from portal.handover.views.lists import pages
from portal.handover.views.reading import current_viewer, describe, get_shown
from portal.identity.queries.staff import list_staff_names
from portal.web import guards, pdf
from portal.web.requests import page_number


@pages.get("/register/")
@guards.staff
def register() -> ResponseReturnValue:
    """What was handed over in a month, to read and to print."""
    return render_template("handover/register.html", **_read_month(), has_pdf=pdf.is_available())


@pages.get("/register.pdf")
@guards.staff
def register_pdf() -> ResponseReturnValue:
    """The same page of it as a file to keep; absent where nothing can typeset it."""
    check_pdf()
    shown = _read_month()
    name = f"handovers-{shown['month'].first:%Y-%m}"
    return pdf.send_sheet(register_sheet(shown), name)


def check_pdf() -> None:
    """Raises NotFound where nothing can typeset a file."""
    if not pdf.is_available():
        raise NotFound


def _read_month() -> dict[str, Any]:
    today = g.now.astimezone(g.institution.zone).date()
    month = asked_month()
    zone = g.institution.zone
    listing = list_register(
        db.session(),
        current_viewer(),
        start=datetime.combine(month.first, time.min, zone),
        end=datetime.combine(month.after.first, time.min, zone),
        page=page_number(),
    )
    people = [
        one
        for row in listing.rows
        for one in (row.giver_id, row.receiver_id, row.ordered_by_id)
        if one is not None
    ]
    return {
        "listing": listing,
        "month": month,
        "earlier": month.before,
        "later": month.after if month.after.first <= today else None,
        "items": list_items(db.session(), [row.id for row in listing.rows]),
        "of_post": read_posts(db.session(), listing.rows),
        "names": list_staff_names(db.session(), people),
        "reasons": REASON_LABELS,
        "states": STATE_LABELS,
        "anchor": anchor_text(chain_head(db.session())),
    }


def asked_month() -> Span:
    """The month asked for, the present one where none is. Raises NotFound for nonsense."""
    asked = request.args.get("month", "")
    month = read_month(asked) if asked else month_of(g.now.astimezone(g.institution.zone).date())
    if month is None:
        raise NotFound
    return month


@pages.get("/<int:handover_id>/paper/")
@guards.staff
def paper(handover_id: int) -> ResponseReturnValue:
    """One handover as a sheet to sign and to file (C-4)."""
    shown = _read_one(handover_id)
    return render_template("handover/paper.html", **shown, has_pdf=pdf.is_available())


@pages.get("/<int:handover_id>/paper.pdf")
@guards.staff
def paper_pdf(handover_id: int) -> ResponseReturnValue:
    """The same sheet as a file to keep."""
    check_pdf()
    shown = _read_one(handover_id)
    return pdf.send_sheet(handover_sheet(shown), shown["handover"].reference)


def _read_one(handover_id: int) -> dict[str, Any]:
    shown = describe(get_shown(handover_id))
    return shown | {"anchor": anchor_text(chain_head(db.session()))}
