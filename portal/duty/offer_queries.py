"""Reads of offered shifts and of one's own shifts to come."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.duty.coverage import Part
from portal.duty.offer_models import ShiftOffer
from portal.duty.roster_models import Shift

#: As what somebody keeps a shift by himself; whoever stands by has nothing to give.
KEPT = (Part.OVERRIDE, Part.SWAP, Part.A)
#: How many offers that are over are shown.
LATEST = 20
#: How many shifts of a colleague are named for a swap.
NAMED = 40


def list_coming(session: Session, staff_id: int, *, now: datetime, page: int) -> Listing[Shift]:
    """One page of the published shifts that somebody is to keep, the next one first."""
    found = select(Shift).where(_is_kept(staff_id, now))
    return fetch_page(session, found.order_by(Shift.starts_at, Shift.id), page)


def list_to_swap(session: Session, staff_id: int, me: int, *, now: datetime) -> list[Shift]:
    """The next published shifts of a colleague at the posts at which I have a place."""
    mine = select(PostStaff.post_id).where(PostStaff.staff_id == me)
    found = select(Shift).where(_is_kept(staff_id, now), Shift.post_id.in_(mine))
    return list(session.scalars(found.order_by(Shift.starts_at, Shift.id).limit(NAMED)))


def get_own_shift(session: Session, shift_id: int, *, staff_id: int) -> Shift:
    """A shift of one's own; raises NotFound for anybody else's."""
    shift = session.get(Shift, shift_id)
    if shift is None or shift.staff_id != staff_id:
        raise NotFound
    return shift


def get_offer(session: Session, offer_id: int, *, staff_id: int) -> ShiftOffer:
    """An offer that one made or was made; raises NotFound for everybody else."""
    offer = session.get(ShiftOffer, offer_id)
    if offer is None or staff_id not in (offer.from_staff_id, offer.to_staff_id):
        raise NotFound
    return offer


def list_open(session: Session, staff_id: int) -> list[ShiftOffer]:
    """What somebody is to answer, then what others are to answer them."""
    found = select(ShiftOffer).where(ShiftOffer.ended_at.is_(None), _is_of(staff_id))
    rows = sorted(session.scalars(found), key=lambda row: row.ends_at)
    return sorted(rows, key=lambda row: row.to_staff_id != staff_id)


def list_past(session: Session, staff_id: int) -> list[ShiftOffer]:
    """The latest offers of somebody that are over, the newest first."""
    rows: list[ShiftOffer] = []
    # One after the other, so that each is found by its index.
    for column in (ShiftOffer.from_staff_id, ShiftOffer.to_staff_id):
        found = select(ShiftOffer).where(column == staff_id, ShiftOffer.ended_at.is_not(None))
        rows += session.scalars(found.order_by(ShiftOffer.made_at.desc()).limit(LATEST))
    return sorted(rows, key=lambda row: (row.made_at, row.id), reverse=True)[:LATEST]


def list_shifts_of(session: Session, offers: Iterable[ShiftOffer]) -> dict[int, tuple[Shift, Post]]:
    """The shifts that some offers name, with their posts; one statement."""
    ids = {one for row in offers for one in (row.shift_id, row.back_shift_id) if one is not None}
    found = (
        select(Shift, Post).join(Post, Post.id == Shift.post_id).where(Shift.id.in_(sorted(ids)))
    )
    return {shift.id: (shift, post) for shift, post in session.execute(found)}


def _is_of(staff_id: int) -> ColumnElement[bool]:
    return or_(ShiftOffer.from_staff_id == staff_id, ShiftOffer.to_staff_id == staff_id)


def _is_kept(staff_id: int, now: datetime) -> ColumnElement[bool]:
    return (
        (Shift.staff_id == staff_id)
        & (Shift.starts_at > now)
        & (Shift.state == "published")
        & Shift.part.in_([str(part) for part in KEPT])
    )
