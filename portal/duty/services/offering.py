"""Offering a published shift to a colleague (替班, 換班): made, accepted, declined, ended."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.core.versions import advance
from portal.duty.coverage import Part
from portal.duty.notices import Occasion, tell
from portal.duty.offer_models import ShiftOffer
from portal.duty.offer_queries import KEPT
from portal.duty.offer_rules import (
    ChangedSince,
    NotOffered,
    OfferState,
    TooLateToOffer,
    check_open,
    find_end,
)
from portal.duty.roster_models import Shift
from portal.duty.services.exchanging import check_exchange
from portal.duty.services.shifting import add_shift, lock_people, lock_posts, take_out
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head
from portal.tenancy.queries import get_settings, get_tenant

ENDED = {OfferState.LAPSED: Occasion.LAPSED, OfferState.VOID: Occasion.VOID}


def offer_shift(
    session: Session,
    *,
    shift: Shift,
    to_staff_id: int,
    back: Shift | None,
    actor: Actor,
    now: datetime,
) -> ShiftOffer:
    """Offer a published shift of one's own to a colleague, maybe for one of theirs.

    Raises NotOffered, TooLateToOffer, OfferedAlready, and HasNoPlace or CannotKeep on "taker" for
    what would be refused at accepting it.
    """
    if actor.kind != "staff" or shift.staff_id != actor.id or actor.id == to_staff_id:
        raise NotFound
    _lock(session, [shift, back], [actor.id, to_staff_id])
    for one, owner_id in ((shift, actor.id), (back, to_staff_id)):
        if one is not None and not (_is_kept(one, owner_id) and one.starts_at > now):
            raise NotOffered
    hours = get_settings(session, get_tenant(session), at=now).duty.offer_hours
    ends_at = find_end(shift.starts_at, back.starts_at if back else None, hours=hours)
    if ends_at <= now:
        raise TooLateToOffer(hours=hours)
    check_exchange(session, shift, back, to_staff_id, now=now)
    offer = ShiftOffer(
        shift_id=shift.id,
        shift_version=shift.version,
        back_shift_id=back.id if back else None,
        back_version=back.version if back else None,
        from_staff_id=actor.id,
        to_staff_id=to_staff_id,
        made_at=now,
        ends_at=ends_at,
    )
    session.add(offer)
    session.flush()
    _note(session, offer, "made", actor, now)
    _tell(session, offer, Occasion.OFFERED, [to_staff_id], who=actor.id, now=now)
    return offer


def accept_offer(
    session: Session, *, offer: ShiftOffer, version: int, actor: Actor, now: datetime
) -> None:
    """Take the shift; the roster says so at once, as a change after publishing.

    Raises OfferOver, ChangedSince, Stale, HasNoPlace and CannotKeep, by what is the case now.
    """
    shift, back = _begin(session, offer, actor, version, now, by=offer.to_staff_id)
    if not _is_unchanged(offer, shift, back):
        raise ChangedSince
    check_exchange(session, shift, back, offer.to_staff_id, now=now)
    for one, taker_id in ((shift, offer.to_staff_id), (back, offer.from_staff_id)):
        if one is not None:
            _pass_on(session, one, taker_id, actor=actor, now=now)
    _end(session, offer, OfferState.ACCEPTED, actor, now)
    _tell_agreed(session, offer, [one for one in (shift, back) if one], now=now)


def decline_offer(
    session: Session, *, offer: ShiftOffer, version: int, actor: Actor, now: datetime
) -> None:
    """Not take it; raises OfferOver and Stale."""
    _begin(session, offer, actor, version, now, by=offer.to_staff_id)
    _end(session, offer, OfferState.DECLINED, actor, now)
    _tell(session, offer, Occasion.DECLINED, [offer.from_staff_id], who=offer.to_staff_id, now=now)


def withdraw_offer(
    session: Session, *, offer: ShiftOffer, version: int, actor: Actor, now: datetime
) -> None:
    """Keep the shift oneself after all; raises OfferOver and Stale."""
    _begin(session, offer, actor, version, now, by=offer.from_staff_id)
    _end(session, offer, OfferState.WITHDRAWN, actor, now)
    _tell(
        session, offer, Occasion.TAKEN_BACK, [offer.to_staff_id], who=offer.from_staff_id, now=now
    )


def end_offers(session: Session, now: datetime) -> None:
    """Sweep: end what nobody answered in time, and what rests on a shift that has changed."""
    # Put in order here: for an order, SQLite would walk through all there ever were.
    found = select(ShiftOffer.id).where(ShiftOffer.ended_at.is_(None))
    for offer_id in sorted(session.scalars(found)):
        offer = session.get_one(ShiftOffer, offer_id)
        shift, back = _read_shifts(session, offer)
        is_over, is_void = offer.ends_at <= now, not _stands(session, offer, shift, back)
        if not is_over and not is_void:
            continue
        _lock(session, [shift, back], [offer.from_staff_id, offer.to_staff_id])
        session.refresh(offer, with_for_update=True)
        if offer.state != OfferState.OPEN:
            continue
        state = OfferState.VOID if not _stands(session, offer, shift, back) else OfferState.LAPSED
        _end(session, offer, state, SYSTEM, now)
        _tell(session, offer, ENDED[state], [offer.from_staff_id, offer.to_staff_id], now=now)


def _begin(
    session: Session, offer: ShiftOffer, actor: Actor, version: int, now: datetime, *, by: int
) -> tuple[Shift, Shift | None]:
    """An offer and its shifts in hand, as they were shown to whoever acts."""
    if actor.kind != "staff" or actor.id != by:
        raise NotFound
    shift, back = _read_shifts(session, offer)
    _lock(session, [shift, back], [offer.from_staff_id, offer.to_staff_id])
    session.refresh(offer, with_for_update=True)
    check_open(offer.state if offer.ends_at > now else OfferState.LAPSED)
    advance(session, offer, version)
    return shift, back


def _read_shifts(session: Session, offer: ShiftOffer) -> tuple[Shift, Shift | None]:
    back_id = offer.back_shift_id
    back = session.get_one(Shift, back_id) if back_id is not None else None
    return session.get_one(Shift, offer.shift_id), back


def _lock(session: Session, shifts: Iterable[Shift | None], people: Iterable[int]) -> None:
    """Take in hand the posts, then both people, then the shifts, each in order."""
    found = sorted((one for one in shifts if one is not None), key=lambda one: one.id)
    lock_posts(session, post_ids={one.post_id for one in found})
    lock_people(session, people)
    for one in found:
        session.refresh(one, with_for_update=True)


def _is_kept(shift: Shift, owner_id: int) -> bool:
    is_own = shift.staff_id == owner_id
    return is_own and shift.state == "published" and shift.part in KEPT


def _is_unchanged(offer: ShiftOffer, shift: Shift, back: Shift | None) -> bool:
    """Whether both shifts are in the same hands as when it was offered."""
    if shift.version != offer.shift_version or not _is_kept(shift, offer.from_staff_id):
        return False
    if back is None:
        return True
    return back.version == offer.back_version and _is_kept(back, offer.to_staff_id)


def _stands(session: Session, offer: ShiftOffer, shift: Shift, back: Shift | None) -> bool:
    """The same, and that both people work here."""
    both = [offer.from_staff_id, offer.to_staff_id]
    people = select(Staff.id).where(Staff.id.in_(both), Staff.left_at.is_(None))
    return len(session.scalars(people).all()) == len(both) and _is_unchanged(offer, shift, back)


def _pass_on(session: Session, shift: Shift, taker_id: int, *, actor: Actor, now: datetime) -> None:
    """The same stretch in somebody else's hands; what stood before stays to be seen."""
    take_out(session, shift, actor=actor, now=now)
    swapped = Shift(
        post_id=shift.post_id,
        staff_id=taker_id,
        part=Part.SWAP,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
    )
    post = session.get_one(Post, shift.post_id)
    add_shift(session, swapped, post, actor=actor, now=now)


def _end(
    session: Session, offer: ShiftOffer, state: OfferState, actor: Actor, now: datetime
) -> None:
    offer.ended_at, offer.state = now, state
    session.flush()
    _note(session, offer, str(state), actor, now)


def _tell(
    session: Session,
    offer: ShiftOffer,
    occasion: Occasion,
    people: Iterable[int],
    *,
    who: int | None = None,
    now: datetime,
) -> None:
    """About the shift that is offered."""
    shift = session.get_one(Shift, offer.shift_id)
    tell(
        session,
        occasion,
        set(people),
        subject=("shift_offer", offer.id),
        post=session.get_one(Post, shift.post_id),
        who=session.get_one(Staff, who).name if who else "",
        span=(shift.starts_at, shift.ends_at),
        now=now,
    )


def _tell_agreed(
    session: Session, offer: ShiftOffer, shifts: Iterable[Shift], *, now: datetime
) -> None:
    """Both who take part, and the head of each post's unit, of each shift that changes hands."""
    for shift in shifts:
        post = session.get_one(Post, shift.post_id)
        is_back = shift.id == offer.back_shift_id
        taker_id = offer.from_staff_id if is_back else offer.to_staff_id
        both = {offer.from_staff_id, offer.to_staff_id}
        head = find_head(session, post.unit_id)
        for occasion, people in (
            (Occasion.ACCEPTED, both),
            (Occasion.SWAPPED, {head.id} - both if head else set()),
        ):
            tell(
                session,
                occasion,
                people,
                subject=("shift_offer", offer.id),
                post=post,
                who=session.get_one(Staff, taker_id).name,
                span=(shift.starts_at, shift.ends_at),
                step=str(shift.id),
                now=now,
            )


def _note(session: Session, offer: ShiftOffer, what: str, actor: Actor, now: datetime) -> None:
    record(
        session,
        f"duty.offer.{what}",
        subject=("shift_offer", offer.id),
        actor=actor,
        now=now,
        shift=offer.shift_id,
        back=offer.back_shift_id,
        to=offer.to_staff_id,
    )
