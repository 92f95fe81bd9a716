"""四清楚一報告: what was heard is read back, confirmed and recorded, then reported to the unit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.identity.queries.staff import get_open_unit, get_working_staff
from portal.matters.intake_rules import Confirmation
from portal.matters.models import Matter
from portal.matters.rules import Verb, first_promise
from portal.matters.services.contacting import await_contact, note_contact_made
from portal.matters.services.stepping import lock, move, note


class NobodyToReportTo(DomainError):
    """The unit has nobody who could acknowledge a report."""

    default = N_("This unit has no head. Choose another unit, or have one named.")


@dataclass(frozen=True)
class Head:
    """The named head of a unit, to whom matters are reported."""

    unit_id: int
    staff_id: int


def confirm(
    session: Session,
    *,
    matter: Matter,
    version: int,
    way: Confirmation,
    hours: int,
    actor: Actor,
    now: datetime,
) -> None:
    """The person agrees with what was read back, and hears until when there is a result.

    From now on the record is locked; what comes later is added and visible. ``hours`` of
    calendar time from acceptance are promised (P-4.1.1a, P-5.2c).
    """
    move(session, matter, Verb.CONFIRM, version=version)
    assert matter.accepted_at is not None
    due_at = first_promise(matter.accepted_at, hours)
    _seal(session, matter, way=way, due_at=due_at, actor=actor, now=now)


def confirm_as_promised(
    session: Session,
    *,
    matter: Matter,
    version: int,
    way: Confirmation,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """The same with a time that was promised before it came here, as another register says.

    None: nobody promised one, and none is invented; it stays out of every rate. That is for
    matters of which nobody is written to, for the message of the record says a time.
    """
    assert due_at is not None or matter.contact_id is None
    move(session, matter, Verb.CONFIRM, version=version)
    _seal(session, matter, way=way, due_at=due_at, actor=actor, now=now)


def _seal(
    session: Session,
    matter: Matter,
    *,
    way: Confirmation,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    matter.confirmed_at, matter.confirmed_by = now, way
    matter.due_at, matter.due_told_at = due_at, None if due_at is None else now
    is_reachable = matter.contact_id is not None or bool(matter.phone)
    # Whoever can be reached and said it on the own page has heard nobody yet.
    if matter.contact_due_at is not None and not (way is Confirmation.OWN and is_reachable):
        note_contact_made(session, matter, now)
    note(session, matter, Verb.CONFIRM, actor=actor, now=now, due_at=due_at, way=way)


def report(
    session: Session, *, matter: Matter, version: int, head: Head, actor: Actor, now: datetime
) -> None:
    """Report to the head of the responsible unit (一報告, P-4.1.1b).

    Until the head acknowledges, whoever took the matter up holds it. Raises HasLeft, and
    UnitClosed on the field "unit".
    """
    lock(session, matter, version)
    get_working_staff(session, head.staff_id)
    get_open_unit(session, head.unit_id)
    move(session, matter, Verb.REPORT, version=version)
    matter.unit_id, matter.reported_to_id, matter.reported_at = head.unit_id, head.staff_id, now
    note(session, matter, Verb.REPORT, actor=actor, now=now, staff_id=head.staff_id)


def acknowledge(
    session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime
) -> None:
    """The head, or who stands in, has read it, and answers for it from now on.

    Who was asked first remains so; who acknowledges is the first receiver (首接責任人).
    """
    assert actor.id is not None
    lock(session, matter, version)
    get_working_staff(session, actor.id)
    move(session, matter, Verb.ACKNOWLEDGE, version=version)
    matter.acknowledged_at = now
    matter.holder_staff_id, matter.holder_post_id = actor.id, None
    if matter.first_received_id is None and actor.id != matter.first_asked_id:
        matter.first_received_id = actor.id
    await_contact(session, matter, now=now)
    note(session, matter, Verb.ACKNOWLEDGE, actor=actor, now=now)
