"""Signing out whoever forgot to, some time after the duty is over, and saying so."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.catalog.queries import list_posts_by_id
from portal.core.actor import SYSTEM
from portal.duty.coverage import Stretch
from portal.duty.leaving_rules import find_due_out
from portal.duty.models import Presence
from portal.duty.notices import Occasion, tell
from portal.duty.offer_queries import KEPT
from portal.duty.queries import list_held, read_openings
from portal.duty.roster_models import Shift
from portal.duty.rules import MINUTE, REACH
from portal.duty.services.holding import lock_post
from portal.duty.services.presence import sign_out_for
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head, find_superior
from portal.tenancy.queries import get_settings, get_tenant


def end_forgotten(session: Session, now: datetime) -> None:
    """Sweep: sign out whose shift, or whose post's hours, have been over for some time.

    It is marked with the moment at which it should have ended, so that nobody counts as present
    from then on, and is told to the person and the head.
    """
    held = [one.presence for one in list_held(session) if not one.presence.is_cover]
    if not held:
        return
    minutes = get_settings(session, get_tenant(session), at=now).duty.sign_out_minutes
    for presence, due_at in _list_due(session, held, now):
        if due_at + minutes * MINUTE <= now:
            _end(session, presence, due_at, now)


def _list_due(
    session: Session, held: Sequence[Presence], now: datetime
) -> list[tuple[Presence, datetime]]:
    """When each should have signed out; three statements whatever their number."""
    tenant, openings = get_tenant(session), read_openings(session)
    posts = list_posts_by_id(session, {row.post_id for row in held})
    first = min(row.signed_in_at for row in held) - REACH
    shifts = _list_shifts(session, held, first, now)
    found = []
    for row in held:
        schedule_id = posts[row.post_id].schedule_id
        hours = openings.between(schedule_id, row.signed_in_at - REACH, now + REACH)
        kept = shifts.get((row.staff_id, row.post_id), [])
        found.append((row, find_due_out(kept, hours, row.signed_in_at, tenant.zone)))
    return found


def _list_shifts(
    session: Session, held: Sequence[Presence], first: datetime, now: datetime
) -> dict[tuple[int, int], list[Stretch]]:
    found = select(Shift.staff_id, Shift.post_id, Shift.starts_at, Shift.ends_at).where(
        Shift.staff_id.in_(sorted({row.staff_id for row in held})),
        Shift.starts_at > first,
        Shift.starts_at < now + timedelta(days=1),
        Shift.state == "published",
        Shift.part.in_([str(part) for part in KEPT]),
    )
    shifts: dict[tuple[int, int], list[Stretch]] = defaultdict(list)
    for staff_id, post_id, start, end in session.execute(found):
        shifts[staff_id, post_id].append((start, end))
    return shifts


def _end(session: Session, presence: Presence, due_at: datetime, now: datetime) -> None:
    post = lock_post(session, presence.post_id)
    held = [one for one in list_held(session, post_ids=[post.id]) if one.presence is presence]
    if not held:
        return
    sign_out_for(session, held[0], at=now, actor=SYSTEM, now=now, due_out_at=due_at)
    _tell(session, presence, post, now)


def _tell(session: Session, presence: Presence, post: Post, now: datetime) -> None:
    person = session.get_one(Staff, presence.staff_id)
    head = find_head(session, post.unit_id)
    if head is not None and head.id == person.id:
        head = find_superior(session, [person.id])
    for occasion, people in (
        (Occasion.NOT_SIGNED_OUT, {person.id}),
        (Occasion.HAS_NOT_SIGNED_OUT, {head.id} - {person.id} if head else set()),
    ):
        tell(
            session,
            occasion,
            people,
            subject=("presence", presence.id),
            post=post,
            who=person.name,
            now=now,
        )
