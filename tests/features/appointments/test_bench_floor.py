"""The floor of the benchmarks writes the rows that the tables of today ask for."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from portal.appointments.models import Booking, Slot
from portal.core.runtime import Runtime
from portal.identity.contacts import Address
from portal.identity.services.contacts import note_contact
from tests.bench.floor_rows import Rows
from tests.support.world import World


def test_the_floor_holds_fills_in_and_confirms(app: Flask, town: World) -> None:
    runtime: Runtime = app.extensions["portal"]
    rows = Rows(runtime.config.database_url)
    later = select(Slot.id).where(Slot.starts_at > town.now + timedelta(days=1))
    slot = town.do(lambda session: session.scalars(later.order_by(Slot.id)).first())
    phone = Address("phone", "+8613812345678")
    contact = town.do(lambda s: note_contact(s, address=phone, language="zh_Hant", now=town.now).id)
    form = {"holder": "h", "contact_id": str(contact), "slots": str(slot)}
    try:
        for step in ("time", "details", "check"):
            path = f"/{town.slug}/book/permit/{step}/"
            places = {rows.once(path, {**form, "idempotency_key": step}) for _ in range(2)}
            assert len(places) == 1, "a repeat goes where the first one went"
    finally:
        rows.close()
    assert town.do(lambda session: session.scalars(select(Booking.slot_id)).all()) == [slot]
