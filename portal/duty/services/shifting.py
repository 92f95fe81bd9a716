"""Putting somebody at a post for a stretch, and taking a shift out again."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, NotFound
from portal.core.ledger import record
from portal.core.versions import advance
from portal.duty.candidates import find_obstacle_of
from portal.duty.coverage import Part
from portal.duty.events import CoverageKept, coverage_kept
from portal.duty.roster_models import RosterWeek, Shift
from portal.duty.roster_queries import CHANGED, DAY, LONGEST_SHIFT, WEEK, list_weeks, read_plan
from portal.duty.roster_rules import TROUBLE_LABELS
from portal.identity.models import Staff
from portal.tenancy.queries import Tenant, get_settings, get_tenant


class NotLonger(DomainError):
    """A stretch that ends before it begins, or never ends."""

    default = N_("The end has to be later than the beginning, by 92 days at most.")


class HasNoPlace(DomainError):
    """Only who knows a post keeps it."""

    default = N_("%(name)s has no place at this post.")


class CannotKeep(DomainError):
    """Why somebody cannot keep a post then."""

    default = N_("%(name)s cannot: %(reason)s")
    worded = ("reason",)


class DroppedAlready(DomainError):
    """Somebody took the shift out before."""

    status = 409
    default = N_("This shift is taken out already.")


class WeekOver(DomainError):
    """The past stays as it was."""

    default = N_("This time is over. It stays as it was.")


def put_there(
    session: Session,
    *,
    post: Post,
    staff_id: int,
    start: datetime,
    end: datetime,
    actor: Actor,
    now: datetime,
) -> Shift:
    """Put somebody at a post for a stretch, before whoever else was to keep it.

    Raises NotLonger and WeekOver on the field "ends", HasNoPlace and CannotKeep on the field
    "staff".
    """
    if not start < end <= start + LONGEST_SHIFT:
        raise NotLonger(field="ends")
    if end <= now:
        raise WeekOver(field="ends")
    lock_posts(session, post_ids=[post.id])
    person = lock_person(session, staff_id)
    check_can_keep(session, person, post, start, end, now=now)
    shift = Shift(
        post_id=post.id, staff_id=person.id, part=Part.OVERRIDE, starts_at=start, ends_at=end
    )
    add_shift(session, shift, post, actor=actor, now=now)
    return shift


def add_shift(session: Session, shift: Shift, post: Post, *, actor: Actor, now: datetime) -> None:
    """Write a shift that a person made into the roster, and that it changed what is published."""
    weeks = _list_published(session, post, shift)
    shift.state = "published" if weeks else "draft"
    session.add(shift)
    session.flush()
    record(
        session, "duty.shift.put", subject=("shift", shift.id), actor=actor, now=now, **_said(shift)
    )
    _note_change(session, weeks, shift, "put", actor=actor, now=now)
    coverage_kept.send(CoverageKept(session, {post.id}, actor, now))


def drop_shift(
    session: Session, *, shift: Shift, version: int, actor: Actor, now: datetime
) -> None:
    """Take a shift out; drafts made later leave it out, too.

    Raises Stale, WeekOver and DroppedAlready. What it does to those who are booked,
    ``dropping.drop_knowingly`` carries out with it.
    """
    if shift.state not in {"draft", "published"}:
        raise DroppedAlready
    if shift.ends_at <= now:
        raise WeekOver
    advance(session, shift, version)
    take_out(session, shift, actor=actor, now=now)


def take_out(session: Session, shift: Shift, *, actor: Actor, now: datetime) -> None:
    """Write down that a shift is taken out, under its week, too, where that is published."""
    weeks = _list_published(session, session.get_one(Post, shift.post_id), shift)
    shift.state = "dropped"
    session.flush()
    record(
        session,
        "duty.shift.dropped",
        subject=("shift", shift.id),
        actor=actor,
        now=now,
        **_said(shift),
    )
    _note_change(session, weeks, shift, "dropped", actor=actor, now=now)


def check_can_keep(
    session: Session, person: Staff, post: Post, start: datetime, end: datetime, *, now: datetime
) -> None:
    """Whether somebody can keep a post for a stretch; raises HasNoPlace and CannotKeep."""
    has_place = session.scalar(
        select(PostStaff.id).where(PostStaff.post_id == post.id, PostStaff.staff_id == person.id)
    )
    if has_place is None:
        raise HasNoPlace(field="staff", name=person.name)
    tenant = get_tenant(session)
    plan = read_plan(session, tenant, start - 2 * DAY, end + 2 * DAY)
    rest = rest_of(session, tenant, now)
    obstacle = find_obstacle_of(plan, person.id, post.id, [(start, end)], rest=rest)
    if obstacle is not None:
        reason = TROUBLE_LABELS[obstacle[0]]
        raise CannotKeep(field="staff", name=person.name, reason=reason)


def rest_of(session: Session, tenant: Tenant, now: datetime) -> timedelta:
    """What lies at least between two shifts of different days."""
    return timedelta(hours=get_settings(session, tenant, at=now).duty.rest_hours)


def lock_posts(
    session: Session,
    *,
    within: Collection[int] | None = None,
    post_ids: Iterable[int] | None = None,
) -> list[Post]:
    """Take open posts in hand in ascending order, so that of two changes one comes second."""
    found = select(Post).where(Post.is_active).order_by(Post.id).with_for_update(key_share=True)
    if within is not None:
        found = found.where(Post.unit_id.in_(sorted(within)))
    if post_ids is not None:
        found = found.where(Post.id.in_(sorted(post_ids)))
    return list(session.scalars(found))


def lock_person(session: Session, staff_id: int) -> Staff:
    """Take a colleague in hand, after the posts; raises NotFound for who does not work here."""
    found = lock_people(session, [staff_id])
    if not found:
        raise NotFound
    return found[0]


def lock_people(session: Session, staff_ids: Iterable[int]) -> list[Staff]:
    """Take those of some colleagues who work here in hand, in ascending order."""
    found = select(Staff).where(Staff.id.in_(sorted(staff_ids)), Staff.left_at.is_(None))
    return list(session.scalars(found.order_by(Staff.id).with_for_update(key_share=True)))


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _list_published(session: Session, post: Post, shift: Shift) -> list[RosterWeek]:
    """The weeks in which a shift lies that were published for its post."""
    zone = get_tenant(session).zone
    day = monday_of(shift.starts_at.astimezone(zone).date())
    mondays = [day]
    while day + WEEK <= shift.ends_at.astimezone(zone).date():
        day += WEEK
        mondays.append(day)
    return [week for week in list_weeks(session, mondays) if week.unit_id == post.unit_id]


def _note_change(
    session: Session,
    weeks: Iterable[RosterWeek],
    shift: Shift,
    what: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    for week in weeks:
        week.version += 1
        record(
            session,
            CHANGED,
            subject=("roster_week", week.id),
            actor=actor,
            now=now,
            what=what,
            **_said(shift),
        )


def _said(shift: Shift) -> dict[str, int | str]:
    """What of a shift stands in the ledger."""
    return {
        "post": shift.post_id,
        "staff": shift.staff_id,
        "part": str(shift.part),
        "starts": shift.starts_at.isoformat(),
        "ends": shift.ends_at.isoformat(),
    }
