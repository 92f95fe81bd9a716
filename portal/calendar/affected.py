"""Whom a change of hours or of a post hits, as whoever holds promises answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.listing import Listing
from portal.core.localized import Localized


@dataclass(frozen=True)
class AffectedPerson:
    """Somebody who is expected at a time that would be closed."""

    at: datetime
    #: Masked; empty when it is erased.
    name: str
    what: Localized
    #: Whether there is a contact that can be told.
    is_reachable: bool


@dataclass(frozen=True)
class Affected:
    """How many a change hits, how many of them nobody can tell, and one page of them."""

    listing: Listing[AffectedPerson]
    unreachable: int

    @property
    def count(self) -> int:
        """How many people it hits."""
        return self.listing.total


def add_up(answers: Iterable[tuple[Any, Affected]]) -> Affected:
    """All answers to a question as one."""
    given = [answer for _handler, answer in answers]
    listings = [answer.listing for answer in given]
    rows = [person for listing in listings for person in listing.rows]
    page = max((listing.page for listing in listings), default=1)
    total = sum(listing.total for listing in listings)
    return Affected(Listing(rows, page, total), sum(answer.unreachable for answer in given))
