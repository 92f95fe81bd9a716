"""How the ledger's lines about a booking are worded, where they are shown as evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.core.errors import N_
from portal.core.ledger import LedgerEntry

WORDS: Mapping[str, str] = {
    "appointments.booking.made": N_("Booked"),
    "appointments.booking.moved": N_("Moved to another time"),
    "appointments.booking.corrected": N_("Name or number put right"),
    "appointments.booking.arrived": N_("Reported as here"),
    "appointments.booking.started": N_("Serving began"),
    "appointments.booking.finished": N_("Serving ended"),
    "appointments.booking.missed": N_("Noted as not having come"),
    "appointments.booking.undone": N_("Last step taken back"),
    "appointments.booking.cancelled": N_("Cancelled"),
}
#: Who acted, where no name is known.
ACTORS: Mapping[str, str] = {
    "citizen": N_("The person"),
    "staff": N_("A member of staff"),
    "system": N_("The system"),
}


@dataclass(frozen=True)
class Worded:
    """A line of the ledger: when, what and who, as msgids; ``staff_id`` names a member of staff."""

    at: datetime
    what: str
    who: str
    staff_id: int | None


def word_lines(entries: list[LedgerEntry]) -> list[Worded]:
    """The lines that tell of the course of a booking; others are not evidence of it."""
    return [
        Worded(
            entry.at,
            WORDS[entry.code],
            ACTORS[entry.actor_kind],
            entry.actor_id if entry.actor_kind == "staff" else None,
        )
        for entry in entries
        if entry.code in WORDS
    ]
