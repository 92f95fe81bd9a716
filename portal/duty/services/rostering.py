"""Making the roster: drafts from patterns, and weeks that are published."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.duty.coverage import Part
from portal.duty.fitness_rules import join_lacks
from portal.duty.roster_models import RosterWeek, Shift, ShiftPattern
from portal.duty.roster_queries import list_weeks, read_week, week_of
from portal.duty.roster_rules import Finding
from portal.duty.services.shifting import WeekOver, lock_posts, monday_of, rest_of
from portal.tenancy.queries import Tenant, get_tenant

#: For how many weeks from the present one drafts are made.
WEEKS_AHEAD = 5


class HasTrouble(DomainError):
    """A week is published when nothing is wrong with it."""

    default = N_("Not right yet: %(count)s. Put it right, then publish.")


class PublishedAlready(DomainError):
    """All that was to be published is."""

    status = 409
    default = N_("This week is published already.")


def make_drafts(
    session: Session, *, within: Collection[int] | None, actor: Actor, now: datetime
) -> int:
    """Make the shifts of all patterns from this week on; says how many were not there yet.

    What a person changed or took out stays so, and published weeks are left alone. ``within``
    limits to units.
    """
    tenant = get_tenant(session)
    first = monday_of(now.astimezone(tenant.zone).date())
    # The night before the first Monday reaches into it.
    days = [first + timedelta(days=n) for n in range(-1, 7 * WEEKS_AHEAD)]
    mondays = {monday_of(day) for day in days}
    published = {(week.monday, week.unit_id) for week in list_weeks(session, mondays)}
    kept = select(Shift.pattern_id, Shift.pattern_day, Shift.part).where(
        Shift.starts_at >= moment_of(days[0], 0, tenant.zone),
        Shift.starts_at < moment_of(days[-1] + timedelta(days=1), 0, tenant.zone),
        Shift.pattern_id.is_not(None),
    )
    standing = {tuple(row) for row in session.execute(kept)}
    made = [
        shift
        for pattern, post in _list_live(session, within)
        for day in days
        if _falls_on(pattern, day) and (monday_of(day), post.unit_id) not in published
        for shift in _shifts_of(pattern, day, tenant)
        if (pattern.id, day, shift.part) not in standing
    ]
    session.add_all(made)
    session.flush()
    record(
        session,
        "duty.roster.drafted",
        subject=("institution", tenant.id),
        actor=actor,
        now=now,
        monday=first.isoformat(),
        count=len(made),
    )
    return len(made)


def _list_live(session: Session, within: Collection[int] | None) -> list[tuple[ShiftPattern, Post]]:
    found = select(ShiftPattern, Post).join(Post, Post.id == ShiftPattern.post_id)
    if within is not None:
        found = found.where(Post.unit_id.in_(sorted(within)))
    rows = session.execute(found.where(Post.is_active).order_by(ShiftPattern.id))
    return [(pattern, post) for pattern, post in rows]


def _falls_on(pattern: ShiftPattern, day: date) -> bool:
    if day < pattern.anchor or (pattern.until_day is not None and day >= pattern.until_day):
        return False
    return (day - pattern.anchor).days % pattern.cycle_days in pattern.days


def _shifts_of(pattern: ShiftPattern, day: date, tenant: Tenant) -> list[Shift]:
    people = ((pattern.staff_a_id, Part.A), (pattern.staff_b_id, Part.B))
    start = moment_of(day, pattern.start_minute, tenant.zone)
    end = moment_of(day, pattern.end_minute, tenant.zone)
    return [
        Shift(
            post_id=pattern.post_id,
            staff_id=staff_id,
            part=part,
            starts_at=start,
            ends_at=end,
            pattern_id=pattern.id,
            pattern_day=day,
        )
        for staff_id, part in people
        # What lies wholly inside a change of the clocks never happens.
        if staff_id is not None and start < end
    ]


def publish_week(
    session: Session,
    *,
    monday: date,
    within: Collection[int] | None,
    actor: Actor,
    now: datetime,
) -> list[RosterWeek]:
    """Publish a week of the posts of some units, or of all; says which were not before.

    Raises HasTrouble while a post is not kept or somebody could not keep it, WeekOver and
    PublishedAlready.
    """
    tenant = get_tenant(session)
    start, end = week_of(tenant, monday)
    if end <= now:
        raise WeekOver
    posts = lock_posts(session, within=within)
    done = {week.unit_id for week in list_weeks(session, [monday])}
    fresh = [post for post in posts if post.unit_id not in done]
    if not fresh:
        raise PublishedAlready
    wrong = list_wrong(session, tenant, monday, {post.id for post in fresh}, now=now)
    if wrong:
        raise HasTrouble(count=len(wrong))
    assert actor.id is not None
    weeks = [
        RosterWeek(
            monday=monday, unit_id=unit_id, published_at=now, published_by_id=actor.id, version=0
        )
        for unit_id in sorted({post.unit_id for post in fresh})
    ]
    session.add_all(weeks)
    session.execute(
        update(Shift)
        .where(
            Shift.post_id.in_([post.id for post in fresh]),
            Shift.starts_at >= start,
            Shift.starts_at < end,
            Shift.state == "draft",
        )
        .values(state="published", version=Shift.version + 1)
    )
    session.flush()
    for week in weeks:
        record(
            session,
            "duty.roster.published",
            subject=("roster_week", week.id),
            actor=actor,
            now=now,
            monday=monday.isoformat(),
            unit=week.unit_id,
        )
    return weeks


def list_wrong(
    session: Session, tenant: Tenant, monday: date, post_ids: Collection[int], *, now: datetime
) -> list[Finding]:
    """What is wrong with a week at some posts, as far as it is not over."""
    start, end = week_of(tenant, monday)
    rest = rest_of(session, tenant, now)
    return join_lacks(
        each
        for each in read_week(session, tenant, monday).findings(rest)
        if each.post_id in post_ids and start <= each.start < end and each.end > now
    )
