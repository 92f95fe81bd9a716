"""The second factor: codes from a telephone (TOTP), and codes on paper for when it is lost."""

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import ColumnElement, Update, and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.crypto import blind_index
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.identity.models import RecoveryCode, Staff
from portal.identity.passwords import ALPHABET
from portal.identity.queries.staff import get_staff
from portal.identity.rules import SECOND_LIMIT
from portal.identity.services.signing_in import Outcome, count_failure, end_sessions, record_sign_in

#: Seconds of one step, and steps before and after the present that are accepted.
STEP, DRIFT = 30, 1
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10


class WrongCode(DomainError):
    """The code is not the one that the telephone shows now."""

    default = N_("This code does not fit. Write the one that is shown now.")

    def __init__(self) -> None:
        super().__init__(field="code")


def new_secret() -> str:
    """A secret for a telephone to learn."""
    return pyotp.random_base32()


def provisioning_address(secret: str, *, number: str, institution: str) -> str:
    """What the QR says to the telephone."""
    return pyotp.TOTP(secret).provisioning_uri(name=number, issuer_name=institution)


def find_step(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step whose code this is, the present one or a neighbour; None: wrong."""
    figures = "".join(character for character in code if character.isdecimal())
    present = int(now.timestamp()) // STEP
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        expected = pyotp.TOTP(secret).generate_otp(step)
        if secrets.compare_digest(expected.encode(), figures.encode()):
            found = step
    return found


def enrol(
    session: Session, *, staff_id: int, secret: str, code: str, actor: Actor, now: datetime
) -> list[str]:
    """Take up a telephone that shows the right code; returns recovery codes to be shown once.

    Raises WrongCode. A second enrolment replaces the first.
    """
    staff = get_staff(session, staff_id)
    step = find_step(secret, code, now)
    if step is None:
        raise WrongCode
    staff.totp_secret = secret
    staff.totp_last_step = step
    session.flush()
    codes = _replace_codes(session, staff_id)
    record(
        session,
        "identity.second_factor.enrolled",
        subject=("staff", staff_id),
        actor=actor,
        now=now,
    )
    return codes


def renew_recovery_codes(
    session: Session, *, staff_id: int, code: str, actor: Actor, now: datetime
) -> tuple[Outcome, list[str]]:
    """New codes on paper instead of the old ones, for a code from the telephone.

    A wrong one is counted together with those of the second step.
    """
    staff = get_staff(session, staff_id)
    is_right = is_from_telephone(code) and fits(session, staff, code, now)
    if not count_failure(session, limits_of(staff_id), is_right=is_right, now=now):
        return Outcome.LOCKED, []
    if not is_right or not use_step(session, staff, code, now):
        _note_refusal(session, staff_id, actor, now)
        return Outcome.WRONG, []
    codes = _replace_codes(session, staff_id)
    record(
        session, "identity.recovery_code.renewed", subject=("staff", staff_id), actor=actor, now=now
    )
    return Outcome.DONE, codes


def limits_of(staff_id: int) -> dict[str, int]:
    """Where wrong codes of somebody are counted, and how many are allowed."""
    return {f"second-factor:{staff_id}": SECOND_LIMIT}


def _note_refusal(session: Session, staff_id: int, actor: Actor, now: datetime) -> None:
    record(
        session,
        "identity.second_factor.refused",
        subject=("staff", staff_id),
        actor=actor,
        now=now,
    )


def _replace_codes(session: Session, staff_id: int) -> list[str]:
    _forget_codes(session, staff_id)
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.add_all(
        RecoveryCode(staff_id=staff_id, code_hash=_hash_code(staff_id, code)) for code in codes
    )
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _forget_codes(session: Session, staff_id: int) -> None:
    session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.staff_id == staff_id)
        .execution_options(synchronize_session=False)
    )


def _hash_code(staff_id: int, code: str) -> str:
    plain = "".join(character for character in code.lower() if character.isalnum())
    return blind_index("recovery-code", f"{staff_id}:{plain}")


def pass_second_factor(
    session: Session, *, staff_id: int, code: str, now: datetime
) -> tuple[Outcome, Staff]:
    """Judge the code of the second step; a wrong one is counted and commits.

    A recovery code does as well, once.
    """
    staff = get_staff(session, staff_id)
    is_right = staff.left_at is None and fits(session, staff, code, now)
    if not count_failure(session, limits_of(staff_id), is_right=is_right, now=now):
        return Outcome.LOCKED, staff
    if not is_right or not _use_code(session, staff, code, now):
        _note_refusal(session, staff_id, Actor("citizen"), now)
        return Outcome.WRONG, staff
    record_sign_in(session, staff, now=now)
    return Outcome.DONE, staff


def is_from_telephone(code: str) -> bool:
    """Whether it looks like what a telephone shows."""
    figures = code.replace(" ", "")
    return figures.isdecimal() and len(figures) == 6


def _unused(staff_id: int, code: str) -> ColumnElement[bool]:
    return and_(
        RecoveryCode.staff_id == staff_id,
        RecoveryCode.code_hash == _hash_code(staff_id, code),
        RecoveryCode.used_at.is_(None),
    )


def fits(session: Session, staff: Staff, code: str, now: datetime) -> bool:
    """Whether the code would be taken; takes nothing."""
    if is_from_telephone(code):
        step = find_step(staff.totp_secret, code, now) if staff.totp_secret else None
        return step is not None and (staff.totp_last_step is None or staff.totp_last_step < step)
    return bool(session.scalar(select(RecoveryCode.id).where(_unused(staff.id, code))))


def _use_code(session: Session, staff: Staff, code: str, now: datetime) -> bool:
    if is_from_telephone(code):
        return use_step(session, staff, code, now)
    is_used = _changes_one(
        session, update(RecoveryCode).where(_unused(staff.id, code)).values(used_at=now)
    )
    if is_used:
        record(
            session,
            "identity.recovery_code.used",
            subject=("staff", staff.id),
            actor=Actor("staff", staff.id),
            now=now,
        )
    return is_used


def use_step(session: Session, staff: Staff, code: str, now: datetime) -> bool:
    """Accept a step once; the comparison stands in the statement, so of two at once one wins."""
    step = find_step(staff.totp_secret, code, now) if staff.totp_secret else None
    if step is None:
        return False
    is_newer = or_(Staff.totp_last_step.is_(None), Staff.totp_last_step < step)
    return _changes_one(
        session, update(Staff).where(Staff.id == staff.id, is_newer).values(totp_last_step=step)
    )


def _changes_one(session: Session, statement: Update) -> bool:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def count_recovery_codes(session: Session, staff_id: int) -> int:
    """How many codes on paper are left."""
    unused = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(unused) or 0


def reset_second_factor(session: Session, *, staff: Staff, actor: Actor, now: datetime) -> None:
    """Forget a lost telephone and its paper codes; all sessions of the person end."""
    forget_second_factor(session, staff)
    end_sessions(session, staff)
    record(
        session, "identity.second_factor.reset", subject=("staff", staff.id), actor=actor, now=now
    )


def forget_second_factor(session: Session, staff: Staff) -> None:
    """Remove the secret and the codes without a word."""
    staff.totp_secret = None
    staff.totp_last_step = None
    session.flush()
    _forget_codes(session, staff.id)
