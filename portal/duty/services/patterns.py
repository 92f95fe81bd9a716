"""Keeping the patterns of shifts: one that changes ends, and another one begins."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.catalog.queries import list_serving
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.versions import advance
from portal.duty.roster_models import Shift, ShiftPattern
from portal.duty.roster_queries import find_first_free
from portal.duty.services.shifting import HasNoPlace
from portal.identity.queries.staff import get_working_staff
from portal.tenancy.queries import get_tenant


class BadPattern(DomainError):
    """A pattern that never comes, or for ever."""

    default = N_("Choose days within the cycle.")


class InPublishedWeek(DomainError):
    """Who keeps a post in a published week is changed there, shift by shift."""

    default = N_("Weeks before %(day)s are published. Let the pattern begin on that day or later.")


class EndedAlready(DomainError):
    """Nothing is left to end."""

    status = 409
    default = N_("This shift pattern has ended already.")


@dataclass(frozen=True)
class PatternDetails:
    """Everything that is written about a pattern."""

    name: Localized
    start_minute: int
    #: Above 1440 it lies on the next day.
    end_minute: int
    cycle_days: int
    anchor: date
    #: Days of the cycle from 0 on.
    days: list[int]
    staff_a_id: int
    staff_b_id: int | None


def add_pattern(
    session: Session, *, post: Post, details: PatternDetails, actor: Actor, now: datetime
) -> ShiftPattern:
    """Add a pattern to a post.

    Raises BadPattern on the field "days", HasNoPlace on "staff_a" or "staff_b", InPublishedWeek on
    "anchor", and HasLeft.
    """
    days = sorted(set(details.days))
    if not days or days[0] < 0 or days[-1] >= details.cycle_days:
        raise BadPattern(field="days")
    if details.staff_a_id == details.staff_b_id:
        raise BadPattern(N_("A and B have to be two people."), field="staff_b")
    placed = {one.staff_id for one in list_serving(session, [post.id])}
    for field, staff_id in (("staff_a", details.staff_a_id), ("staff_b", details.staff_b_id)):
        if staff_id is None:
            continue
        person = get_working_staff(session, staff_id)
        if staff_id not in placed:
            raise HasNoPlace(field=field, name=person.name)
    _check_unpublished(session, post, details.anchor)
    pattern = ShiftPattern(
        post_id=post.id,
        name=details.name,
        start_minute=details.start_minute,
        end_minute=details.end_minute,
        cycle_days=details.cycle_days,
        anchor=details.anchor,
        days=days,
        staff_a_id=details.staff_a_id,
        staff_b_id=details.staff_b_id,
    )
    session.add(pattern)
    session.flush()
    subject = ("shift_pattern", pattern.id)
    record(session, "duty.pattern.added", subject=subject, actor=actor, now=now, post=post.id)
    return pattern


def _check_unpublished(session: Session, post: Post, anchor: date) -> None:
    """A week that is published keeps who keeps its posts; raises InPublishedWeek."""
    free = find_first_free(session, post.unit_id)
    if free is not None and anchor < free:
        raise InPublishedWeek(field="anchor", day=free.isoformat())


def end_pattern(
    session: Session, *, pattern: ShiftPattern, version: int, actor: Actor, now: datetime
) -> int:
    """Let a pattern end with today; says how many drafts from tomorrow on it took out.

    What is published stays until a person changes it. Raises Stale and EndedAlready.
    """
    today = now.astimezone(get_tenant(session).zone).date()
    if pattern.until_day is not None:
        raise EndedAlready
    advance(session, pattern, version)
    pattern.until_day = max(today + timedelta(days=1), pattern.anchor)
    dropped = session.execute(
        update(Shift)
        .where(Shift.pattern_id == pattern.id, Shift.pattern_day > today, Shift.state == "draft")
        .values(state="dropped", version=Shift.version + 1)
    )
    session.flush()
    subject = ("shift_pattern", pattern.id)
    record(
        session, "duty.pattern.ended", subject=subject, actor=actor, now=now, post=pattern.post_id
    )
    return int(getattr(dropped, "rowcount", 0))
