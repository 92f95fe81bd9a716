"""Appointments that somebody missed, beside one that stands."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.services.no_shows import note_missed
from portal.core.actor import SYSTEM
from tests.support.world import SHANGHAI


def add_missed(
    session: Session, like: Booking, *, reference: str, starts_at: datetime, now: datetime
) -> NoShow:
    """Another appointment of the same contact, to which nobody came; it takes no place."""
    missed = Booking(
        reference=reference,
        service_id=like.service_id,
        post_id=like.post_id,
        slot_id=like.slot_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        local_date=starts_at.astimezone(SHANGHAI).date(),
        state="no_show",
        channel="phone",
        contact_id=like.contact_id,
        name=like.name,
        language="zh_Hant",
        is_overbooked=True,
        created_at=starts_at - timedelta(days=1),
    )
    session.add(missed)
    session.flush()
    note_missed(session, booking=missed, actor=SYSTEM, now=now)
    return session.scalars(select(NoShow).where(NoShow.booking_id == missed.id)).one()
