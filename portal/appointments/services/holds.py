"""Keeping a place for one browser while its person fills in the form."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from portal.appointments.availability import Alike, Asker, list_alike
from portal.appointments.models import Hold, Slot
from portal.appointments.rules import HoldGone, NotRenewable, SlotTaken, unverified_share
from portal.appointments.services.places import (
    claim_any,
    lock_slots,
    return_expired,
    return_places,
    take_away,
)
from portal.catalog.models import Post, Service
from portal.core.crypto import blind_index
from portal.core.errors import N_, TooMany
from portal.tenancy.settings import BookingRules

#: Slots of one time that are locked, in order of their ids, beside the one that is given back.
ALIKE_LOCKED = 4


def hold_slot(
    session: Session,
    *,
    slot_id: int,
    holder: str,
    network: str,
    contact_id: int | None,
    asker: Asker,
    rules: BookingRules,
    now: datetime,
    service_id: int | None = None,
) -> Hold:
    """Keep a place for one browser session; an earlier hold of it is given back.

    Whoever chose a slot chose a time: any post that offers the service then will do, and who
    come at once spread over the posts. ``service_id`` names the service on whose page the slot
    was chosen, and no other is kept.

    Unverified holds are limited per network and to half of a slot's places, those of a proved
    contact to as many as it may book, so that nobody empties a day, however many browsers
    carry the same session. ``network`` is a blind index.

    Raises SlotTaken (also for a slot that is not open to the asker) and TooMany.
    """
    earlier = session.scalar(select(Hold).where(Hold.holder == holder))
    if earlier is not None and earlier.slot_id == slot_id and earlier.expires_at > now:
        return earlier
    slots = list_alike(session, slot_id=slot_id, asker=asker, now=now)
    if not slots or service_id not in (None, slots[0].service_id):
        raise SlotTaken(field="slot")
    if earlier is not None:
        slots = slots[:ALIKE_LOCKED]
        lock_slots(session, [*(slot.id for slot in slots), earlier.slot_id])
        if take_away(session, earlier):
            return_places(session, slot_id=earlier.slot_id, now=now, was_promised=False)
    if contact_id is not None:
        network = blind_index("hold-contact", str(contact_id))
    hold = Hold(
        slot_id=slots[0].id,
        holder=holder,
        network=network,
        network_seat=_seat(session, network, rules, is_contact=contact_id is not None, now=now),
        contact_id=contact_id,
        expires_at=now + timedelta(minutes=rules.hold_minutes),
    )
    session.add(hold)
    session.flush()
    hold.slot_id = claim_any(session, slot_ids=[slot.id for slot in slots], now=now)
    session.flush()
    if contact_id is None:
        _check_unverified(session, next(s for s in slots if s.id == hold.slot_id), now)
    return hold


_EMPTYING = (
    update(Hold)
    .where(Hold.network == bindparam("shared"), Hold.expires_at <= bindparam("now"))
    .values(network_seat=None)
    .execution_options(synchronize_session=False)
)
_SEATS = select(Hold.network_seat).where(
    Hold.network == bindparam("shared"), Hold.network_seat.is_not(None)
)


def _seat(
    session: Session, network: str, rules: BookingRules, *, is_contact: bool, now: datetime
) -> int:
    """The lowest free of the network's or contact's places; the constraint settles a race."""
    session.execute(_EMPTYING, {"shared": network, "now": now})
    taken = set(session.scalars(_SEATS, {"shared": network}))
    limit = rules.live_per_contact if is_contact else rules.holds_per_network
    for seat in range(1, limit + 1):
        if seat not in taken:
            return seat
    crowded = N_("Several people are booking from this connection. Try again in ten minutes.")
    many = N_("You already keep several times. Book one of them, or try again in ten minutes.")
    raise TooMany(many if is_contact else crowded, retry_after=rules.hold_minutes * 60)


def _check_unverified(session: Session, slot: Alike, now: datetime) -> None:
    """Refuse when half of the slot is already held by people not verified.

    The claim has locked the slot's row, so nobody else counts at the same time.
    """
    count = session.scalar(
        select(func.count(Hold.id)).where(
            Hold.slot_id == slot.id, Hold.contact_id.is_(None), Hold.expires_at > now
        )
    )
    if (count or 0) > unverified_share(slot.capacity):
        raise SlotTaken(
            N_("Others are just booking this time. Choose another, or try again shortly."),
            field="slot",
        )


@dataclass(frozen=True)
class Kept:
    """A place kept for one browser, and what it is a place of."""

    hold: Hold
    slot: Slot
    service: Service
    post: Post


_KEPT = (
    select(Hold, Slot, Service, Post)
    .join(Slot, Slot.id == Hold.slot_id)
    .join(Service, Service.id == Slot.service_id)
    .join(Post, Post.id == Slot.post_id)
    .where(Hold.holder == bindparam("holder"), Hold.expires_at > bindparam("now"))
)


def get_kept(session: Session, *, holder: str, now: datetime) -> Kept:
    """What is kept for a browser session, in one read; raises HoldGone when nothing is."""
    found = session.execute(_KEPT, {"holder": holder, "now": now}).first()
    if found is None:
        raise HoldGone
    return Kept(*found)


def fill_in(session: Session, hold: Hold, draft: dict[str, Any]) -> None:
    """Remember what the person has filled in; the time that is left stays as it is."""
    hold.draft = json.dumps(draft, ensure_ascii=False)
    session.flush()


def renew_hold(
    session: Session, kept: Kept, *, contact_id: int | None, rules: BookingRules, now: datetime
) -> None:
    """Give the person whose proved contact took the hold the full time again, until it begins.

    ``contact_id`` is the contact that the visitor has proved. Who may keep no more times than
    it may book takes nothing more by keeping one for long. Raises NotRenewable.
    """
    is_own = contact_id is not None and kept.hold.contact_id == contact_id
    if not is_own or kept.slot.starts_at <= now:
        raise NotRenewable
    kept.hold.expires_at = now + timedelta(minutes=rules.hold_minutes)
    session.flush()


def give_back(session: Session, hold: Hold, *, now: datetime) -> None:
    """Return a held place on the person's own wish; one that is gone already stays gone."""
    lock_slots(session, [hold.slot_id])
    if take_away(session, hold):
        return_places(session, slot_id=hold.slot_id, now=now, was_promised=False)


def return_expired_holds(session: Session, now: datetime) -> None:
    """Sweep: give back the places of expired holds that no newer claim has reclaimed."""
    slot_ids = session.scalars(
        select(Hold.slot_id).where(Hold.expires_at <= now).distinct().order_by(Hold.slot_id)
    ).all()
    for slot_id in slot_ids[:500]:
        lock_slots(session, [slot_id])
        return_expired(session, slot_id=slot_id, now=now)
