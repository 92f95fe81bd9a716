"""Signing with a code: the PIN that a person has set, or what the person's telephone shows.

A wrong code is a result, not an error, and counts together with those of the second step.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.core.throttle import is_used_up
from portal.identity.models import Staff
from portal.identity.queries.staff import get_staff
from portal.identity.rules import LOCK_WINDOW
from portal.identity.services.second_factor import fits, is_from_telephone, limits_of, use_step
from portal.identity.services.signing_in import Outcome, Proof, count_failure, judge_own
from portal.identity.signing_rules import NoSigningCode


@dataclass(frozen=True)
class TypedCode:
    """A code as somebody typed it, and what hashing found out before the transaction began."""

    text: str
    #: The hash of the PIN that it is; if that is another one by now, the code is wrong.
    seen_hash: str = ""


def set_pin(
    session: Session, *, proof: Proof, pin_hash: str, since: str, actor: Actor, now: datetime
) -> Outcome:
    """Set one's own PIN after typing the password; the one before counts no more."""
    outcome = judge_own(session, proof, since, now)
    if outcome is Outcome.DONE:
        assert actor.id is not None
        get_staff(session, actor.id).pin_hash = pin_hash
        session.flush()
        record(session, "identity.pin.set", subject=("staff", actor.id), actor=actor, now=now)
    return outcome


def is_locked_out(session: Session, staff_id: int, now: datetime) -> bool:
    """Whether a code would be refused whatever it is, so that none need be hashed."""
    return any(
        is_used_up(session, bucket, limit=limit, window=LOCK_WINDOW, now=now)
        for bucket, limit in limits_of(staff_id).items()
    )


def confirm(session: Session, *, typed: TypedCode, actor: Actor, now: datetime) -> Outcome:
    """Judge the code by which somebody signs; a wrong one is counted and commits.

    Raises NoSigningCode on ``code`` for who has neither a PIN nor a telephone.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotFound
    found = select(Staff).where(Staff.id == actor.id, Staff.left_at.is_(None))
    staff = session.scalar(found.execution_options(populate_existing=True))
    if staff is None:
        raise NotFound
    if staff.pin_hash is None and staff.totp_secret is None:
        raise NoSigningCode(field="code")
    is_pin = bool(typed.seen_hash) and typed.seen_hash == staff.pin_hash
    is_shown = is_from_telephone(typed.text) and fits(session, staff, typed.text, now)
    if not count_failure(session, limits_of(staff.id), is_right=is_pin or is_shown, now=now):
        return Outcome.LOCKED
    if is_pin or (is_shown and use_step(session, staff, typed.text, now)):
        return Outcome.DONE
    record(
        session, "identity.signing_code.refused", subject=("staff", staff.id), actor=actor, now=now
    )
    return Outcome.WRONG
