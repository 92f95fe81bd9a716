"""Taking people on, keeping their accounts, and letting them go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, NotFound
from portal.core.ledger import record
from portal.core.script import fold
from portal.core.versions import advance
from portal.identity.models import RoleAssignment, Staff
from portal.identity.queries.staff import HasLeft, get_open_unit, get_role, get_staff
from portal.identity.rules import check_email, check_name, check_number, check_phone
from portal.identity.services.granting import (
    check_administrator_left,
    check_may_grant,
    check_not_stronger,
    lock_roles,
)
from portal.identity.services.heads import step_down
from portal.identity.services.second_factor import forget_second_factor, reset_second_factor
from portal.identity.services.signing_in import end_sessions, new_stamp
from portal.identity.staff_events import (
    HandingOver,
    StaffLeaving,
    StaffLeft,
    ask_holdings,
    handing_over,
    staff_left,
)


class StillHolds(DomainError):
    """Somebody cannot leave with things in hand."""

    default = N_("This person still holds things. Hand them over first.")


@dataclass(frozen=True)
class Details:
    """What is kept of a member of staff."""

    number: str
    name: str
    unit_id: int
    phone: str = ""
    email: str = ""


def add_staff(
    session: Session, *, details: Details, password_hash: str, actor: Actor, now: datetime
) -> Staff:
    """Take somebody on, with an issued password that must be changed at once.

    Raises BadNumber, BadName, UnitClosed and NumberTaken on their fields.
    """
    staff = new_staff(details, password_hash=password_hash, now=now)
    get_open_unit(session, details.unit_id)
    session.add(staff)
    session.flush()
    record(session, "identity.staff.added", subject=("staff", staff.id), actor=actor, now=now)
    return staff


def new_staff(details: Details, *, password_hash: str, now: datetime) -> Staff:
    """A row for somebody new; raises BadNumber, BadName or an error on phone or e-mail."""
    name = check_name(details.name)
    return Staff(
        number=check_number(details.number),
        name=name,
        name_key=fold(name),
        unit_id=details.unit_id,
        phone=check_phone(details.phone),
        email=check_email(details.email),
        password_hash=password_hash,
        must_change_password=True,
        stamp=new_stamp(),
        joined_at=now,
    )


def change_staff(
    session: Session, *, staff_id: int, version: int, details: Details, actor: Actor, now: datetime
) -> Staff:
    """Correct what is kept of somebody.

    Raises Stale, what ``add_staff`` raises, and Stronger for the number by which somebody signs
    in who may do more.
    """
    staff = get_staff(session, staff_id)
    advance(session, staff, version)
    if staff.number != check_number(details.number):
        check_not_stronger(session, staff_id=staff_id, actor=actor)
    if staff.unit_id != details.unit_id:
        get_open_unit(session, details.unit_id)
    name = check_name(details.name)
    staff.number = check_number(details.number)
    staff.name, staff.name_key = name, fold(name)
    staff.unit_id = details.unit_id
    staff.phone = check_phone(details.phone)
    staff.email = check_email(details.email)
    session.flush()
    record(
        session,
        "identity.staff.changed",
        subject=("staff", staff.id),
        actor=actor,
        now=now,
        unit=details.unit_id,
    )
    return staff


def issue_first_password(
    session: Session, *, staff_id: int, password_hash: str, actor: Actor, now: datetime
) -> Staff:
    """Give somebody a new first password; all sessions end, the next sign-in asks for an own one.

    Raises Stronger and HasLeft.
    """
    staff = _get_handled(session, staff_id, actor)
    staff.password_hash = password_hash
    staff.must_change_password = True
    # Whoever hands out a password cannot sign by the PIN that was set under the one before.
    staff.pin_hash = None
    end_sessions(session, staff)
    record(session, "identity.password.issued", subject=("staff", staff.id), actor=actor, now=now)
    return staff


def reset_telephone(session: Session, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """Let somebody set up the second factor anew; raises Stronger and HasLeft."""
    staff = _get_handled(session, staff_id, actor)
    reset_second_factor(session, staff=staff, actor=actor, now=now)
    return staff


def _get_handled(session: Session, staff_id: int, actor: Actor) -> Staff:
    staff = get_staff(session, staff_id)
    if staff.left_at is not None:
        raise HasLeft
    check_not_stronger(session, staff_id=staff_id, actor=actor)
    return staff


def grant_role(
    session: Session,
    *,
    staff_id: int,
    role_id: int,
    unit_id: int | None,
    actor: Actor,
    now: datetime,
) -> RoleAssignment:
    """Give somebody a role for a unit or the whole institution.

    Raises BeyondOwn, HasLeft, UnitClosed and AlreadyGranted.
    """
    staff, role = get_staff(session, staff_id), get_role(session, role_id)
    if staff.left_at is not None:
        raise HasLeft
    if unit_id is not None:
        get_open_unit(session, unit_id)
    check_may_grant(session, role=role, unit_id=unit_id, actor=actor)
    granted = RoleAssignment(staff_id=staff.id, role_id=role.id, unit_id=unit_id)
    session.add(granted)
    session.flush()
    record(
        session,
        "identity.role.granted",
        subject=("staff", staff.id),
        actor=actor,
        now=now,
        role=role.id,
        unit=unit_id,
    )
    return granted


def end_role(
    session: Session, *, staff_id: int, grant_id: int, actor: Actor, now: datetime
) -> None:
    """Take a role back.

    Raises NotFound, BeyondOwn for a role above one's own, and LastAdministrator.
    """
    lock_roles(session)
    granted = session.get(RoleAssignment, grant_id)
    if granted is None or granted.staff_id != staff_id:
        raise NotFound
    role = get_role(session, granted.role_id)
    check_may_grant(session, role=role, unit_id=granted.unit_id, actor=actor)
    session.delete(granted)
    session.flush()
    check_administrator_left(session)
    record(
        session,
        "identity.role.ended",
        subject=("staff", staff_id),
        actor=actor,
        now=now,
        role=role.id,
        unit=granted.unit_id,
    )


def hand_over(
    session: Session, *, staff_id: int, to_staff_id: int, actor: Actor, now: datetime
) -> None:
    """Put all that somebody holds into the hands of a named colleague.

    Raises HasLeft for a colleague who does not work here, and StillHolds when a thing stayed.
    """
    staff, colleague = get_staff(session, staff_id), get_staff(session, to_staff_id)
    if colleague.left_at is not None or colleague.id == staff.id:
        raise HasLeft(N_("Choose a colleague who works here."), field="colleague")
    handing_over.send(HandingOver(session, staff.id, colleague.id, actor, now))
    session.flush()
    if ask_holdings(StaffLeaving(session, staff.id)):
        raise StillHolds
    record(
        session,
        "identity.staff.handed_over",
        subject=("staff", staff.id),
        actor=actor,
        now=now,
        colleague=colleague.id,
    )


def let_go(session: Session, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """End somebody's work here: sessions, roles and the second factor end, the name stays.

    A unit whose head or deputy this was has none until somebody names another. Raises StillHolds
    while anything is in the person's hands, Stronger, HasLeft and LastAdministrator.
    """
    lock_roles(session)
    staff = _get_handled(session, staff_id, actor)
    session.refresh(staff, with_for_update=True)
    if ask_holdings(StaffLeaving(session, staff.id)):
        raise StillHolds
    staff.left_at = now
    end_sessions(session, staff)
    forget_second_factor(session, staff)
    step_down(session, staff_id=staff.id, actor=actor, now=now)
    session.execute(
        delete(RoleAssignment)
        .where(RoleAssignment.staff_id == staff.id)
        .execution_options(synchronize_session=False)
    )
    check_administrator_left(session)
    record(session, "identity.staff.left", subject=("staff", staff.id), actor=actor, now=now)
    staff_left.send(StaffLeft(session, staff.id, actor, now))
    return staff


def take_back(
    session: Session, *, staff_id: int, password_hash: str, actor: Actor, now: datetime
) -> Staff:
    """Let somebody who left work here again, without roles and with a new first password."""
    staff = get_staff(session, staff_id)
    get_open_unit(session, staff.unit_id)
    if staff.left_at is not None:
        staff.left_at = None
        staff.password_hash = password_hash
        staff.must_change_password = True
        end_sessions(session, staff)
        record(
            session, "identity.staff.returned", subject=("staff", staff.id), actor=actor, now=now
        )
    return staff
