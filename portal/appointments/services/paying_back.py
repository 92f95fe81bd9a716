"""The sweep that offers free places to those whose booking a closure cancelled."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.rules import SlotTaken
from portal.appointments.services.owed import (
    keep_owed,
    list_free_for,
    list_owed_services,
    lock_next,
)
from portal.appointments.services.places import claim_place, return_places

#: People of one service served by one run, and how many times are tried for each.
BATCH, TRIED = 50, 5


def offer_free_places(session: Session, now: datetime) -> None:
    """Sweep: keep the next free time for each who is owed one, in order, once."""
    for service_id in list_owed_services(session, now):
        for _ in range(BATCH):
            if not _offer_one(session, service_id, now):
                break


def _offer_one(session: Session, service_id: int, now: datetime) -> bool:
    """Offer a free time to who comes first; False when nobody is left, or nothing is free."""
    found = lock_next(session, now, service_id=service_id)
    if found is None:
        return False
    row, booking = found
    for slot in list_free_for(session, booking, now, limit=TRIED):
        try:
            claim_place(session, slot_id=slot.id, now=now)
        except SlotTaken:
            continue
        if keep_owed(session, row, booking, slot=slot, now=now):
            session.flush()
            return True
        return_places(session, slot_id=slot.id, now=now, was_promised=False)
    return False
