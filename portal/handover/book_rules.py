"""The duty books of a post, one for each time that somebody kept it: which is which; pure (P-6.2).

A book covers the time from the closing of the one before it to its own: so what came while nobody
was signed in stands in the next one, and everything stands in exactly one.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import N_, DomainError

#: Two who act at once are as far apart as this; whatever is older was taken down elsewhere.
SKEW = timedelta(minutes=1)


class Closing(StrEnum):
    """How a book was closed."""

    HANDED_OVER = "handed_over"
    SIGNED_OUT = "signed_out"
    FORGOTTEN = "forgotten"


CLOSING_LABELS: Mapping[Closing, str] = {
    Closing.HANDED_OVER: N_("Closed by the handover"),
    Closing.SIGNED_OUT: N_("Closed by signing out"),
    Closing.FORGOTTEN: N_("Nobody signed out: closed later by the system"),
}


class StillOpen(DomainError):
    """There is nothing to confirm before the end."""

    status = 409
    default = N_("This book is still open. Look at it once it is closed.")


class CheckedAlready(DomainError):
    """One look is confirmed once."""

    status = 409
    default = N_("Somebody has confirmed this book already.")


def number_at(closed: Sequence[datetime], at: datetime) -> int:
    """In the how manieth book of a post something stands; ``closed``: when each ended, in order.

    What comes at the second of a closing stands in the next one.
    """
    return bisect_right(closed, at) + 1


def stands_at(now: datetime, floor: datetime) -> datetime | None:
    """From when on something stands in the books of a post; none: in none of them.

    ``floor``: when the last book was closed, or else the first one opened. Whoever was slower than
    a closing stands behind it. What is older came before there were books, or was taken over from
    another register, and changes none that is closed.
    """
    return max(now, floor) if now >= floor - SKEW else None


def closing_of(
    signed_out_at: datetime | None, due_out_at: datetime | None, *, is_handed_over: bool
) -> Closing | None:
    """How a book was closed; none: it is open."""
    if signed_out_at is None:
        return None
    if is_handed_over:
        return Closing.HANDED_OVER
    return Closing.FORGOTTEN if due_out_at is not None else Closing.SIGNED_OUT
