"""Signing in, locking the screen and changing one's own password.

A wrong password is a result, not an error: the attempt is recorded and the request commits, so
that attempts sent in parallel count each other.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.crypto import blind_index
from portal.core.ledger import record
from portal.core.throttle import allow, is_used_up
from portal.identity.models import KnownDevice, Staff
from portal.identity.queries.staff import get_staff
from portal.identity.rules import (
    ACCOUNT_LIMIT,
    DEVICE_LIMIT,
    LOCK_WINDOW,
    NETWORK_LIMIT,
    normal_number,
)


class Outcome(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    #: The password was right; the second factor is asked now.
    SECOND = "second"
    WRONG = "wrong"
    #: Too many wrong attempts: nothing is looked at for a while.
    LOCKED = "locked"


@dataclass(frozen=True)
class Proof:
    """What hashing found out before the transaction began."""

    #: None: nobody here has the number.
    staff_id: int | None
    #: The hash that was compared; if it is another one by now, the proof is void.
    seen_hash: str = ""
    is_right: bool = False
    #: The same password hashed with today's costs, when the stored hash is older.
    fresh_hash: str | None = None
    #: The known device that the browser presented.
    device_id: int | None = None


@dataclass(frozen=True)
class Attempt:
    """An attempt to sign in as it came over the network."""

    number: str
    network: str
    proof: Proof


@dataclass(frozen=True)
class SignedIn:
    """The answer to an attempt; the person is there when the password was right."""

    outcome: Outcome
    staff: Staff | None = None


def new_stamp() -> str:
    """A stamp that no session carries yet."""
    return secrets.token_hex(16)


def hash_token(token: str) -> str:
    """By what a device's secret is kept and found."""
    return blind_index("device", token)


def count_failure(
    session: Session, limits: dict[str, int], *, is_right: bool, now: datetime
) -> bool:
    """Count an attempt in every bucket; whether it may be looked at.

    A right one is taken back, so that people who sign in often are not locked out by it.
    """
    counting = session.begin_nested()
    for bucket, limit in limits.items():
        if not allow(session, bucket, limit=limit, window=LOCK_WINDOW, now=now):
            counting.commit()
            return False
    if is_right:
        counting.rollback()
    else:
        counting.commit()
    return True


def sign_in(session: Session, *, attempt: Attempt, now: datetime) -> SignedIn:
    """Judge an attempt with number and password.

    Attempts on devices unknown to the account share a counter, and one of their network; a
    device on which the person has signed in before counts alone, so strangers cannot lock it.
    """
    proof = attempt.proof
    may_be_right = proof.is_right and proof.staff_id is not None
    limits = _limits(attempt.number, attempt.network, proof.device_id)
    if not count_failure(session, limits, is_right=may_be_right, now=now):
        return SignedIn(Outcome.LOCKED)
    staff = _take_proof(session, proof)
    if staff is None:
        _note_refusal(session, proof.staff_id, now)
        return SignedIn(Outcome.WRONG)
    if staff.totp_secret is not None:
        return SignedIn(Outcome.SECOND, staff)
    record_sign_in(session, staff, now=now)
    return SignedIn(Outcome.DONE, staff)


def _limits(number: str, network: str, device_id: int | None) -> dict[str, int]:
    if device_id is not None:
        return {f"sign-in:device:{device_id}": DEVICE_LIMIT}
    return {
        f"sign-in:network:{network}": NETWORK_LIMIT,
        f"sign-in:account:{normal_number(number)}": ACCOUNT_LIMIT,
    }


def is_hopeless(
    session: Session, *, number: str, network: str, device_id: int | None, now: datetime
) -> bool:
    """Whether an attempt would be refused whatever its password, so that none need be hashed.

    Else whoever floods the door with passwords would have the machine do nothing but hash.
    """
    return any(
        is_used_up(session, bucket, limit=limit, window=LOCK_WINDOW, now=now)
        for bucket, limit in _limits(number, network, device_id).items()
    )


def _take_proof(session: Session, proof: Proof) -> Staff | None:
    """The person whom a right proof still names, with the hash renewed where it is old."""
    if proof.staff_id is None or not proof.is_right:
        return None
    staff = session.scalar(select(Staff).where(Staff.id == proof.staff_id).with_for_update())
    if staff is None or staff.left_at is not None or staff.password_hash != proof.seen_hash:
        return None
    if proof.fresh_hash is not None:
        staff.password_hash = proof.fresh_hash
        session.flush()
    return staff


def _note_refusal(session: Session, staff_id: int | None, now: datetime) -> None:
    record(
        session,
        "identity.sign_in.refused",
        subject=("staff", staff_id or 0),
        actor=Actor("citizen"),
        now=now,
    )


def record_sign_in(session: Session, staff: Staff, *, now: datetime) -> None:
    """Write down that somebody is in."""
    record(
        session,
        "identity.sign_in.done",
        subject=("staff", staff.id),
        actor=Actor("staff", staff.id),
        now=now,
    )


def remember_device(
    session: Session, *, staff_id: int, name: str, token: str | None, now: datetime
) -> str:
    """Make the browser a known one of the person, with the session that ``name`` tells apart.

    Whoever was signed in there before is so no longer. Returns the secret that the browser
    keeps; one is taken over only when it is one of ours, so that nobody can plant one.
    """
    known: list[KnownDevice] = []
    if token:
        known = list(
            session.scalars(select(KnownDevice).where(KnownDevice.token_hash == hash_token(token)))
        )
    if not token or not known:
        token = secrets.token_urlsafe(32)
    own = next((device for device in known if device.staff_id == staff_id), None)
    if own is None:
        own = KnownDevice(staff_id=staff_id, token_hash=hash_token(token))
        session.add(own)
    for device in known:
        device.session = None
    own.seen_at, own.session = now, name
    session.flush()
    return token


def unlock_screen(
    session: Session, *, proof: Proof, since: str, actor: Actor, now: datetime
) -> Outcome:
    """Judge the password typed on a locked screen; ``since`` names the session.

    Only who has the session can count here. LOCKED means that the session has ended.
    """
    outcome = judge_own(session, proof, since, now)
    assert actor.id is not None
    if outcome is Outcome.LOCKED:
        _close(session, actor.id, since)
    if outcome is Outcome.DONE:
        record(
            session,
            "identity.screen.unlocked",
            subject=("staff", actor.id),
            actor=actor,
            now=now,
        )
    return outcome


def judge_own(session: Session, proof: Proof, since: str, now: datetime) -> Outcome:
    """A password typed by somebody who is already in."""
    limits = {f"sign-in:session:{proof.staff_id}:{since}": ACCOUNT_LIMIT}
    if not count_failure(session, limits, is_right=proof.is_right, now=now):
        return Outcome.LOCKED
    if _take_proof(session, proof) is None:
        _note_refusal(session, proof.staff_id, now)
        return Outcome.WRONG
    return Outcome.DONE


def lock_screen(session: Session, *, actor: Actor, now: datetime) -> None:
    """Write down that somebody has locked the screen; being present goes on."""
    _record_own(session, "identity.screen.locked", actor, now)


def sign_out(session: Session, *, name: str, actor: Actor, now: datetime) -> None:
    """End the session of this name: no copy of its cookie opens anything from now on."""
    assert actor.id is not None
    _close(session, actor.id, name)
    _record_own(session, "identity.sign_in.ended", actor, now)


def _close(session: Session, staff_id: int, name: str) -> None:
    session.execute(
        update(KnownDevice)
        .where(KnownDevice.staff_id == staff_id, KnownDevice.session == name)
        .values(session=None)
        .execution_options(synchronize_session=False)
    )


def _record_own(session: Session, code: str, actor: Actor, now: datetime) -> None:
    assert actor.id is not None
    record(session, code, subject=("staff", actor.id), actor=actor, now=now)


def change_own_password(
    session: Session, *, proof: Proof, new_hash: str, since: str, actor: Actor, now: datetime
) -> Outcome:
    """Replace one's own password after typing the old one; every other session ends."""
    outcome = judge_own(session, proof, since, now)
    if outcome is Outcome.DONE:
        assert actor.id is not None
        _set_password(session, get_staff(session, actor.id), new_hash, actor, now)
    return outcome


def choose_first_password(session: Session, *, new_hash: str, actor: Actor, now: datetime) -> Staff:
    """Replace the password that was issued by one's own."""
    assert actor.id is not None
    staff = get_staff(session, actor.id)
    if staff.must_change_password:
        _set_password(session, staff, new_hash, actor, now)
    return staff


def _set_password(
    session: Session, staff: Staff, new_hash: str, actor: Actor, now: datetime
) -> None:
    staff.password_hash = new_hash
    staff.must_change_password = False
    staff.stamp = new_stamp()
    session.flush()
    record(session, "identity.password.changed", subject=("staff", staff.id), actor=actor, now=now)


def sign_out_everywhere(session: Session, *, actor: Actor, now: datetime) -> None:
    """End all of one's own sessions and forget all known devices."""
    assert actor.id is not None
    end_sessions(session, get_staff(session, actor.id))
    _record_own(session, "identity.sign_in.ended_everywhere", actor, now)


def end_sessions(session: Session, staff: Staff) -> None:
    """No session and no known device of the person counts any more."""
    staff.stamp = new_stamp()
    session.flush()
    session.execute(
        delete(KnownDevice)
        .where(KnownDevice.staff_id == staff.id)
        .execution_options(synchronize_session=False)
    )
