"""A duty book as a sheet to keep (C-2), in the words of its page."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import get_template_attribute
from flask_babel import gettext as _

from portal.core.localized import pick
from portal.handover.book_queries import Book, Row
from portal.handover.rules import BY_HAND
from portal.handover.sheets import moment, party, plain, printed
from portal.web.languages import current_language
from portal.web.pdf import Sheet, Table

#: Shares of the line: number, time, who, kind, matter, confirmed, conveyed, promised, result, told,
#: unfinished.
_WIDTHS = (2, 1.6, 1.6, 1.3, 3.4, 1.3, 1.6, 1.6, 2.2, 1.6, 0.9)


def book_sheet(shown: Mapping[str, Any]) -> Sheet:
    """The page of a book that is shown, with the head of the ledger's chain at the foot."""
    book: Book = shown["book"]
    rows = [_row(row, shown) for row in shown["listing"].rows]
    heads = (
        _("No."),
        _("Time"),
        _("Who"),
        _("Kind"),
        _("Matter"),
        _("Confirmed by"),
        _("Conveyed to"),
        _("Promised"),
        _("Result"),
        _("Told"),
        _("Unfinished"),
    )
    return Sheet(
        title=_("Duty book"),
        serial=str(book.number),
        note=pick(shown["post"].name, current_language())[0],
        pairs=_pairs(book, shown),
        tables=[Table(heads, _WIDTHS, rows)] if rows else [],
        empty="" if rows else _("Nothing stands in this book."),
        seal=shown["anchor"],
        signs=(_("Gives"), _("Takes over"), _("Checked by")),
        is_wide=True,
        **printed(),
    )


def _pairs(book: Book, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    names: Mapping[int, str] = shown["names"]
    found = [(_("Shift"), _say("shift_said", shown["shifts"]))]
    for person in shown["persons"]:
        label = _("Stood in") if person.is_cover else _("On duty")
        name = names.get(person.staff_id, "")
        found.append((label, f"{name} ({_say('stay_said', person)})"))
    closing = _say("closing_said", book, shown["closings"])
    found.append((_("State"), f"{closing} {_say('as_of', book)}"))
    found.append((_("Entries"), _say("totals_said", shown["entries"], shown["unfinished"])))
    for row in shown["things"]:
        parts = (_part(macro)(row, *more) for macro, more in _THING)
        found.append((_("Things and instructions"), " ".join(plain(said) for said in parts)))
    return found + _end_pairs(book, shown, names)


def _end_pairs(
    book: Book, shown: Mapping[str, Any], names: Mapping[int, str]
) -> list[tuple[str, str]]:
    handover = book.handover
    found = []
    if handover is not None:
        receiver = names.get(handover.receiver_id or 0, "")
        found = [
            (_("Handover"), handover.reference),
            (_("Gives"), party(names.get(handover.giver_id, ""), handover.giver_signed_at)),
            (_("Takes over"), party(receiver, handover.receiver_signed_at)),
        ]
    elif book.ends_at is not None:
        found = [(_("Handover"), _("Nothing was handed over."))]
    if book.check is not None:
        name = names.get(book.check.checked_by_id, "")
        found.append((_("Head's check"), f"{name} {moment(book.check.checked_at)}"))
    return found


_THING: Sequence[tuple[str, tuple[Any, ...]]] = (
    ("line_name", (BY_HAND,)),
    ("line_notes", ({}, {})),
)


def _part(macro: str) -> Any:
    return get_template_attribute("handover/parts.html", macro)


def _say(macro: str, *given: Any) -> str:
    return plain(get_template_attribute("handover/book_parts.html", macro)(*given))


def _row(row: Row, shown: Mapping[str, Any]) -> Sequence[str]:
    line, matter = row.line, row.line.matter
    kinds, channels, confirmations, ways = shown["labels"]
    who, content, told = (
        get_template_attribute("matters/book_parts.html", macro)
        for macro in ("who", "content", "told")
    )
    conveyed = shown["names"].get(line.conveyed_to or 0, "")
    return (
        f"{matter.reference} {_say('origin_said', row)}".strip(),
        moment(matter.opened_at),
        plain(who(line)),
        f"{_(kinds[matter.kind])} {_(channels[matter.channel])}",
        plain(content(line)),
        _(confirmations[line.confirmed_by]) if line.confirmed_by else "",
        f"{conveyed} {moment(line.conveyed_at)}".strip(),
        moment(line.due_at),
        line.result or "",
        plain(told(line, ways)),
        "✓" if line.is_unfinished else "",
    )
