"""Who covers for a leave: whether anybody can, and what it changes in the roster."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.duty.coverage import BY_NAME, Part, Stretch, intersect, subtract
from portal.duty.leave_effects import Affected, Effect
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveState
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import DAY, LONGEST_SHIFT, Plan, read_plan
from portal.duty.roster_rules import TROUBLE_LABELS
from portal.duty.services.shifting import add_shift, lock_people, lock_posts, rest_of, take_out
from portal.identity.models import Staff
from portal.tenancy.queries import get_tenant


class EmptiesPost(DomainError):
    """W-AB-2, I-5: a leave that leaves a post to nobody, or takes A and B away together."""

    default = N_("Nobody would be at “%(posts)s” then. Name somebody who covers.")


class GoTogether(DomainError):
    """I-5: A and B of a post are never away together."""

    default = N_("A and B of “%(posts)s” would be away together. Name somebody else who covers.")


class CannotCover(DomainError):
    """Why somebody cannot cover."""

    default = N_("%(name)s cannot cover: %(reason)s")
    worded = ("reason",)


class CoversOneself(DomainError):
    """Whoever is away covers for nobody."""

    default = N_("Whoever is away cannot cover. Name somebody else.")


def lock_for(session: Session, staff_id: int, cover_id: int | None) -> None:
    """Take in hand the posts that somebody may keep, then all who know them, each in order."""
    post_ids = list_places_of(session, staff_id)
    lock_posts(session, post_ids=post_ids)
    known = select(PostStaff.staff_id).where(PostStaff.post_id.in_(post_ids))
    lock_people(session, {staff_id, cover_id or staff_id, *session.scalars(known)})


def list_places_of(session: Session, staff_id: int) -> list[int]:
    """The posts that somebody may keep."""
    return list(session.scalars(select(PostStaff.post_id).where(PostStaff.staff_id == staff_id)))


def check_covered(effect: Effect) -> None:
    """Raises EmptiesPost and GoTogether."""
    if effect.emptied:
        raise EmptiesPost(field="cover", posts=_plates(effect.emptied))
    if effect.together:
        raise GoTogether(field="cover", posts=_plates(effect.together))


def check_cover(session: Session, effect: Effect, cover_id: int, now: datetime) -> None:
    """Whether somebody can cover for all that a leave touches.

    Raises CoversOneself and CannotCover.
    """
    if cover_id == effect.staff_id:
        raise CoversOneself(field="cover")
    rest = rest_of(session, get_tenant(session), now)
    obstacle = effect.find_obstacle(cover_id, rest)
    if obstacle is None:
        return
    post, trouble = obstacle
    name = session.get_one(Staff, cover_id).name
    reason = TROUBLE_LABELS[trouble] if trouble else N_("Has no place at the post")
    raise CannotCover(field="cover", name=name, reason=reason, post=post.plate)


def _plates(affected: Iterable[Affected]) -> str:
    return ", ".join(each.post.plate for each in affected)


def shifts_for(leave: Leave, effect: Effect) -> list[Shift]:
    """Where whoever covers keeps a post in the place of whoever is away."""
    if leave.cover_staff_id is None:
        return []
    return [
        Shift(
            post_id=each.post.id,
            staff_id=leave.cover_staff_id,
            part=Part.OVERRIDE,
            starts_at=start,
            ends_at=end,
            leave_id=leave.id,
        )
        for each in effect.kept
        for start, end in each.stretches
    ]


def _list_cover(session: Session, leave: Leave) -> list[Shift]:
    found = select(Shift).where(Shift.leave_id == leave.id, Shift.state != "dropped")
    return list(session.scalars(found.order_by(Shift.id)))


def drop_held(session: Session, leave: Leave) -> None:
    """Let nobody be held for a leave any more."""
    for shift in _list_cover(session, leave):
        shift.state = "dropped"
    session.flush()


def drop_cover(session: Session, leave: Leave, *, actor: Actor, now: datetime) -> None:
    """Let whoever covers do so no longer, as far as it is not over."""
    for shift in _list_cover(session, leave):
        if shift.state == "held":
            shift.state = "dropped"
        elif shift.ends_at > now:
            take_out(session, shift, actor=actor, now=now)
            if shift.starts_at < now:
                _put_rest(session, shift, shift.starts_at, now, actor=actor, now=now)
    session.flush()


def release(session: Session, leave: Leave, *, actor: Actor, now: datetime) -> None:
    """Take whoever is away out where a person had put them; what is left of it is put anew."""
    away: list[Stretch] = [(leave.from_at, leave.until_at)]
    found = select(Shift).where(
        Shift.staff_id == leave.staff_id,
        Shift.starts_at > leave.from_at - LONGEST_SHIFT,
        Shift.starts_at < leave.until_at,
        Shift.ends_at > leave.from_at,
        Shift.part.in_(sorted(BY_NAME)),
        Shift.state.in_(["draft", "published"]),
    )
    for shift in session.scalars(found.order_by(Shift.id)).all():
        shift.taken_for_id = leave.id
        take_out(session, shift, actor=actor, now=now)
        for start, end in subtract([(shift.starts_at, shift.ends_at)], away):
            _put_rest(session, shift, start, end, actor=actor, now=now)


def _put_rest(
    session: Session, shift: Shift, start: datetime, end: datetime, *, actor: Actor, now: datetime
) -> None:
    """A part of a shift that was taken out, put there anew."""
    rest = Shift(
        post_id=shift.post_id,
        staff_id=shift.staff_id,
        part=shift.part,
        starts_at=start,
        ends_at=end,
        leave_id=shift.leave_id,
    )
    post = session.get_one(Post, shift.post_id)
    add_shift(session, rest, post, actor=actor, now=now)


def give_back(
    session: Session, leave: Leave, ahead: Stretch, *, actor: Actor, now: datetime
) -> None:
    """Put whoever comes back where they had been put by name; not where somebody was put since.

    ``ahead``: what is not taken of the leave.
    """
    shifts = _list_taken(session, leave, ahead)
    if not shifts:
        return
    plan = read_plan(session, get_tenant(session), ahead[0] - DAY, ahead[1] + DAY)
    for shift in shifts:
        places = {one.staff_id for one in plan.serving.get(shift.post_id, ())}
        if shift.staff_id not in places or not _is_owed(session, shift):
            continue
        own = intersect([(shift.starts_at, shift.ends_at)], [ahead])
        for begin, end in subtract(own, _list_named(plan, shift)):
            _put_rest(session, shift, begin, end, actor=actor, now=now)


def _list_taken(session: Session, leave: Leave, ahead: Stretch) -> list[Shift]:
    found = select(Shift).where(
        Shift.staff_id == leave.staff_id,
        Shift.starts_at > leave.from_at - LONGEST_SHIFT,
        Shift.starts_at < ahead[1],
        Shift.ends_at > ahead[0],
        Shift.taken_for_id == leave.id,
    )
    return list(session.scalars(found.order_by(Shift.id)))


def _is_owed(session: Session, shift: Shift) -> bool:
    """Whether the leave for which somebody covers still stands; without one, always."""
    if shift.leave_id is None:
        return True
    return session.get_one(Leave, shift.leave_id).state == LeaveState.APPROVED


def _list_named(plan: Plan, shift: Shift) -> list[Stretch]:
    """When somebody was put at the post of a shift by name, or its person anywhere."""
    return [
        (duty.start, duty.end)
        for need in plan.needs
        for duty in need.duties
        if duty.part in BY_NAME
        and (need.post_id == shift.post_id or duty.staff_id == shift.staff_id)
    ]
