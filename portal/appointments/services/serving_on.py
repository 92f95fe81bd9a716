"""Who is served while the post changes hands is served on by whoever takes it over (W-YY-2)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Visit
from portal.appointments.rules import State
from portal.core.actor import Actor
from portal.core.ledger import record
from portal.tenancy.queries import get_tenant

_IN_HAND = {"populate_existing": True}


def pass_serving(
    session: Session, *, post_id: int, giver_id: int, receiver_id: int, actor: Actor, now: datetime
) -> None:
    """Whoever the giver is serving at a post today has the receiver from now on."""
    today = now.astimezone(get_tenant(session).zone).date()

    def is_served(kind: type[Booking | Visit]) -> list[ColumnElement[bool]]:
        return [
            kind.post_id == post_id,
            kind.local_date == today,
            kind.state == State.SERVING,
            kind.server_id == giver_id,
        ]

    bookings = select(Booking).where(*is_served(Booking)).with_for_update()
    visits = select(Visit).where(*is_served(Visit)).with_for_update()
    _pass(session, session.scalars(bookings, execution_options=_IN_HAND), receiver_id, actor, now)
    _pass(session, session.scalars(visits, execution_options=_IN_HAND), receiver_id, actor, now)


def _pass(
    session: Session,
    rows: Iterable[Booking | Visit],
    receiver_id: int,
    actor: Actor,
    now: datetime,
) -> None:
    for served in sorted(rows, key=lambda row: row.id):
        served.server_id = receiver_id
        served.version += 1
        session.flush()
        kind = served.__tablename__
        record(
            session,
            f"appointments.{kind}.passed_on",
            subject=(kind, served.id),
            actor=actor,
            now=now,
            staff=receiver_id,
        )
