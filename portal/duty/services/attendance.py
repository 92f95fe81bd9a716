"""Contesting an entry of one's attendance, and deciding on that (考勤異議)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.duty.attendance_models import AttendanceContest, ContestedAlready
from portal.duty.attendance_queries import find_entry
from portal.duty.attendance_rules import NeedsWords, check_contest
from portal.duty.contest_queries import find_contest, list_judges
from portal.duty.notices import Occasion, tell
from portal.duty.roster_models import Shift
from portal.duty.rules import DecidedAlready
from portal.identity.models import Staff
from portal.tenancy.queries import get_settings, get_tenant


def contest(
    session: Session, *, shift: Shift, words: str, actor: Actor, now: datetime
) -> AttendanceContest:
    """Say what is wrong with the entry of a shift of one's own; the head decides.

    Raises NotFound where there is no such entry, NeedsWords on "words", NothingToContest,
    TooLateToContest and ContestedAlready.
    """
    if actor.kind != "staff" or shift.staff_id != actor.id:
        raise NotFound
    tenant = get_tenant(session)
    entry = find_entry(session, tenant, shift, now=now)
    if entry is None:
        raise NotFound
    if find_contest(session, shift.id) is not None:
        raise ContestedAlready
    days = get_settings(session, tenant, at=now).duty.contest_days
    check_contest(entry, words, days=days, now=now)
    row = AttendanceContest(
        shift_id=shift.id, staff_id=shift.staff_id, made_at=now, words=words.strip()
    )
    session.add(row)
    session.flush()
    _record(session, "contested", row, actor, now)
    person = session.get_one(Staff, shift.staff_id)
    _tell(session, Occasion.CONTESTED, list_judges(session, person), row, now)
    return row


def decide(
    session: Session,
    *,
    row: AttendanceContest,
    is_upheld: bool,
    words: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Excuse the entry, or keep it, and say why; the facts stay as they are.

    Raises NotFound for whose decision it is not, NeedsWords on "words", and DecidedAlready.
    """
    found = select(AttendanceContest).where(AttendanceContest.id == row.id)
    fresh = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    session.scalars(fresh).one()
    person = session.get_one(Staff, row.staff_id)
    if actor.kind != "staff" or actor.id not in list_judges(session, person):
        raise NotFound
    if row.decided_at is not None:
        raise DecidedAlready
    if not words.strip():
        raise NeedsWords(field="words")
    row.answer, row.decided_by_id, row.decided_at = words.strip(), actor.id, now
    row.is_upheld = is_upheld
    session.flush()
    _record(session, "upheld" if is_upheld else "kept", row, actor, now)
    _tell(session, Occasion.UPHELD if is_upheld else Occasion.KEPT, {person.id}, row, now)


def _record(
    session: Session, what: str, row: AttendanceContest, actor: Actor, now: datetime
) -> None:
    record(
        session,
        f"duty.attendance.{what}",
        subject=("attendance_contest", row.id),
        actor=actor,
        now=now,
        shift=row.shift_id,
        staff=row.staff_id,
    )


def _tell(
    session: Session,
    occasion: Occasion,
    people: Collection[int],
    row: AttendanceContest,
    now: datetime,
) -> None:
    shift = session.get_one(Shift, row.shift_id)
    tell(
        session,
        occasion,
        people,
        subject=("attendance_contest", row.id),
        post=session.get_one(Post, shift.post_id),
        who=session.get_one(Staff, row.staff_id).name,
        span=(shift.starts_at, shift.ends_at),
        now=now,
    )
