"""Badges (掛牌): the page behind the code that somebody wears, which nobody can guess."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.catalog.queries import list_posts_by_id
from portal.core.crypto import blind_index
from portal.core.errors import NotFound
from portal.core.runtime import runtime
from portal.duty.queries import Seat, list_held, list_places, list_seats, read_openings
from portal.identity.models import Staff
from portal.tenancy.queries import Tenant


@dataclass(frozen=True)
class Badge:
    """Who wears it, which posts that person has, and how it stands with them now."""

    person: Staff
    #: With the position there.
    places: list[tuple[Post, str]]
    #: The posts at which the person is signed in or stands in.
    seats: list[Seat]

    @property
    def here(self) -> list[Seat]:
        """Where the person is at this moment; at a closed post nobody is on duty."""
        return [seat for seat in self.seats if self._is_at(seat)]

    @property
    def away(self) -> list[Seat]:
        """What the person has stepped away from."""
        return [
            seat
            for seat in self.seats
            if seat.opening is not None and seat.own is not None and not self._is_at(seat)
        ]

    def _is_at(self, seat: Seat) -> bool:
        if seat.opening is None or seat.at_it is None:
            return False
        return seat.at_it.presence.staff_id == self.person.id


def badge_token(staff_id: int) -> str:
    """The part of a badge's address that cannot be guessed; derived, so nothing is stored."""
    return f"{staff_id}-{blind_index('badge', str(staff_id))}"


def badge_link(tenant: Tenant, staff_id: int) -> str:
    """The full address behind the code on a badge."""
    return f"{runtime().config.base_url}/{tenant.slug}/badges/{badge_token(staff_id)}/"


def get_badge(session: Session, token: str, now: datetime) -> Badge:
    """The badge behind a token; raises NotFound for a wrong one and for whoever has left."""
    number = token.partition("-")[0]
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise NotFound
    if not hmac.compare_digest(token.encode(), badge_token(int(number)).encode()):
        raise NotFound
    person = session.get(Staff, int(number))
    if person is None or person.left_at is not None:
        raise NotFound
    return read_badge(session, person, now)


def read_badge(session: Session, person: Staff, now: datetime) -> Badge:
    """The same number of statements whatever there is."""
    held = list_held(session, staff_id=person.id)
    posts = list_posts_by_id(session, {one.presence.post_id for one in held})
    openings = read_openings(session)
    ordered = [posts[post_id] for post_id in sorted(posts)]
    seats = list_seats(session, ordered, openings=openings, now=now)
    return Badge(person, list_places(session, person.id), seats)
