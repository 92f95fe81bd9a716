"""Handovers as sheets to keep: the register of a month and one handover (C-4), for PDF."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import g, get_template_attribute
from flask_babel import gettext as _
from markupsafe import Markup

from portal.core.localized import pick
from portal.handover.models import Handover
from portal.handover.rules import Kind
from portal.handover.views.reading import Row
from portal.web.formats import current_reader, format_moment, format_month
from portal.web.languages import current_language
from portal.web.pdf import Sheet, Table

#: Shares of the line: number, made, post, gives, takes over, reason, three counts, three moments,
#: state.
_REGISTER_WIDTHS = (2, 2, 1.6, 1.4, 1.4, 1.3, 0.9, 0.9, 0.9, 2, 2, 2, 1.5)
_LINE_WIDTHS = (0.5, 1.6, 2.2, 4)


def register_sheet(shown: Mapping[str, Any]) -> Sheet:
    """The register as its page shows it, with the head of the ledger's chain at each foot."""
    month: date = shown["month"].first
    rows = [_register_row(row, shown) for row in shown["listing"].rows]
    heads = (
        _("No."),
        _("Made"),
        _("Post"),
        _("Gives"),
        _("Takes over"),
        _("Reason"),
        _("Appointments"),
        _("Matters"),
        _("Things"),
        _("Giver signed"),
        _("Receiver signed"),
        _("Responsibility moved"),
        _("State"),
    )
    return Sheet(
        title=_("Register of handovers"),
        note=format_month(month, current_reader(), year=True),
        tables=[Table(heads, _REGISTER_WIDTHS, rows)] if rows else [],
        empty="" if rows else _("Nothing was handed over in this month."),
        seal=shown["anchor"],
        signs=(_("On duty"), _("Checked by")),
        is_wide=True,
        **printed(),
    )


def _register_row(row: Handover, shown: Mapping[str, Any]) -> Sequence[str]:
    names: Mapping[int, str] = shown["names"]
    reasons, states = shown["reasons"], shown["states"]
    kinds = [Kind(item.kind) for item in shown["items"].get(row.id, [])]
    bookings, matters = kinds.count(Kind.APPOINTMENT), kinds.count(Kind.MATTER)
    ordered = names.get(row.ordered_by_id or 0, "")
    return (
        row.reference,
        moment(row.made_at),
        pick(shown["of_post"][row.post_id].name, current_language())[0],
        names.get(row.giver_id, ""),
        names.get(row.receiver_id or 0, ""),
        f"{_(reasons[row.reason])} {ordered}".strip(),
        str(bookings),
        str(matters),
        str(len(kinds) - bookings - matters),
        moment(row.giver_signed_at),
        moment(row.receiver_signed_at),
        moment(row.moved_at),
        _(states[row.state]),
    )


def handover_sheet(shown: Mapping[str, Any]) -> Sheet:
    """One handover with each line of its list, and whether it was ticked."""
    handover: Handover = shown["handover"]
    names: Mapping[int, str] = shown["names"]
    reasons, states = shown["reasons"], shown["states"]
    pairs = [
        (_("Gives"), party(names.get(handover.giver_id, ""), handover.giver_signed_at)),
        (
            _("Takes over"),
            party(names.get(handover.receiver_id or 0, ""), handover.receiver_signed_at),
        ),
        (_("Reason"), _(reasons[handover.reason])),
        (_("State"), _(states[handover.state])),
    ]
    if handover.ordered_by_id:
        pairs.append((_("Emergency"), names.get(handover.ordered_by_id, "")))
    if handover.words:
        pairs.append((_("What has happened"), handover.words))
    if handover.moved_at:
        pairs.append((_("Responsibility moved"), moment(handover.moved_at)))
    if handover.until_at:
        pairs.append((_("Until"), moment(handover.until_at)))
    listed = shown["sheet"]
    parts = (
        (_("Who has an appointment"), listed.appointments),
        (_("Not finished, in hand"), listed.matters),
        (_("What became of it meanwhile"), listed.done),
        (_("Things and instructions"), listed.things),
    )
    return Sheet(
        title=_("Handover"),
        serial=handover.reference,
        note=pick(shown["post"].name, current_language())[0],
        pairs=pairs,
        tables=[
            Table(("", _("When"), _("What"), _("What else is said")), _LINE_WIDTHS, lines, title)
            for title, lines in ((title, _lines(rows, shown)) for title, rows in parts)
            if lines
        ],
        seal=shown["anchor"],
        signs=(_("Gives"), _("Takes over"), _("Witness")),
        **printed(),
    )


def _lines(rows: Iterable[Row], shown: Mapping[str, Any]) -> list[Sequence[str]]:
    """The words are those of the page."""
    name, when, notes = (
        get_template_attribute("handover/parts.html", macro)
        for macro in ("line_name", "line_time", "line_notes")
    )
    return [
        (
            "✓" if row.item.ticked_at else "☐",
            plain(when(row, g.now)),
            plain(name(row, shown["by_hand"], shown["is_party"])),
            plain(notes(row, shown["matter_states"], shown["booking_states"])),
        )
        for row in rows
    ]


def plain(marked: str) -> str:
    """What a macro says, without its marks."""
    return Markup(str(marked).replace("<br>", " ")).striptags()  # noqa: S704 made by our own templates, which escape


def party(name: str, signed_at: datetime | None) -> str:
    """Who gives or takes, and when that one signed."""
    said = _("Signed %(time)s", time=moment(signed_at)) if signed_at else _("not signed")
    return f"{name} ({said})"


def moment(at: datetime | None) -> str:
    """A moment as sheets say it."""
    return format_moment(at, current_reader(), named=False) if at else ""


def printed() -> dict[str, Any]:
    """The house, the moment and the language of a sheet."""
    language = current_language()
    return {
        "house": pick(g.institution.name, language)[0],
        "printed": _("Printed %(moment)s", moment=moment(g.now)),
        "language": language,
    }
