"""Asking for leave, covering for it, and deciding on it (請假; W-AB-2, I-5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.versions import advance
from portal.duty.events import CoverageKept, coverage_kept
from portal.duty.leave_effects import Effect, foresee
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import (
    LeaveKind,
    LeaveOver,
    LeaveState,
    LeaveVerb,
    check_asked,
    next_leave,
)
from portal.duty.leave_telling import tell_of_leave
from portal.duty.services.impacts import carry_out, list_emptied
from portal.duty.services.leave_cover import (
    check_cover,
    check_covered,
    drop_cover,
    drop_held,
    give_back,
    list_places_of,
    lock_for,
    release,
    shifts_for,
)
from portal.duty.services.shifting import add_shift
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head
from portal.tenancy.queries import get_settings, get_tenant


class AwayAlready(DomainError):
    """One leave at a time."""

    default = N_("You have asked for leave in this time already.")


class NotAccepted(DomainError):
    """W-AB-2: nobody is sent where they did not agree to go."""

    default = N_("%(name)s has not said yes yet.")


class OwnLeave(DomainError):
    """Nobody decides on their own leave."""

    default = N_("Somebody else decides on your own leave.")


NOT_YOURS = N_("Nobody would be at “%(posts)s”, whose roster you do not keep. Name who covers.")


class EmptiesOthers(DomainError):
    """Nobody closes the hours of a post whose roster others keep."""

    default = N_(
        "Nobody would be at “%(posts)s”, and %(name)s decides there. Ask for somebody to be put "
        "there, or name who covers."
    )


class NeedsReason(DomainError):
    """What the other one reads needs its words."""

    default = N_("Write the reason in words.")


@dataclass(frozen=True)
class LeaveDetails:
    """What is asked for."""

    staff_id: int
    start: datetime
    end: datetime
    kind: LeaveKind
    reason: str
    #: None: whoever stands by.
    cover_id: int | None


def ask_leave(session: Session, *, details: LeaveDetails, actor: Actor, now: datetime) -> Leave:
    """Ask for leave; whoever is to cover says yes before the head decides.

    Raises WrongWayRound, LeaveTooLong, TooLate and AwayAlready on "starts" or "ends", and
    EmptiesPost, GoTogether and CannotCover on "cover".
    """
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).duty
    check_asked(
        details.start,
        details.end,
        now=now,
        notice_days=rules.leave_notice_days,
        is_emergency=False,
    )
    effect, cover_id = _prepare(session, details, now=now)
    if cover_id is None and effect.kept:
        cover_id = effect.successors[0]
        check_cover(session, effect, cover_id, now)
    leave = _write(session, details, cover_id, now=now)
    for shift in shifts_for(leave, effect):
        shift.state = "held"
        session.add(shift)
    session.flush()
    _note(session, leave, "asked", actor=actor, now=now)
    return leave


def write_emergency(
    session: Session,
    *,
    details: LeaveDetails,
    seen: int = 0,
    within: Collection[int] | None = None,
    actor: Actor,
    now: datetime,
) -> Leave:
    """The head writes down that somebody is away, in spite of notice and of empty posts.

    ``seen``: how many who are booked then whoever writes it was shown; ``within``: the units whose
    posts they may empty, None: all. Raises NeedsReason on "reason", WrongWayRound, LeaveTooLong,
    AwayAlready, OwnLeave, CannotCover, EmptiesOthers on "cover", and HitsPeople.
    """
    if not details.reason.strip():
        raise NeedsReason(field="reason")
    if actor.id == details.staff_id:
        raise OwnLeave(field="staff")
    check_asked(details.start, details.end, now=now, notice_days=0, is_emergency=True)
    effect, cover_id = _prepare(session, details, now=now, is_emergency=True)
    if not cover_id:
        _check_emptied(session, effect, within)
    leave = _write(session, details, cover_id, now=now)
    leave.state, leave.decided_by_id, leave.decided_at = LeaveState.APPROVED, actor.id, now
    session.flush()
    _note(session, leave, "written", actor=actor, now=now)
    release(session, leave, actor=actor, now=now)
    for shift in shifts_for(leave, effect):
        add_shift(session, shift, session.get_one(Post, shift.post_id), actor=actor, now=now)
    emptied = [] if cover_id else list_emptied(effect, now)
    carry_out(session, emptied, seen=seen, actor=actor, now=now)
    return leave


def accept_cover(
    session: Session, *, leave: Leave, version: int, actor: Actor, now: datetime
) -> None:
    """Whoever is to cover says yes; raises Stale, LeaveOver and CannotCover."""
    _step(session, leave, LeaveVerb.ACCEPT, version, now)
    effect = _look(session, leave)
    assert leave.cover_staff_id is not None
    check_cover(session, effect, leave.cover_staff_id, now)
    leave.cover_accepted_at = now
    session.flush()
    _note(session, leave, "accepted", actor=actor, now=now)


def decline_cover(
    session: Session, *, leave: Leave, version: int, actor: Actor, now: datetime
) -> None:
    """Whoever is to cover says no: the leave is refused, and another one names somebody else.

    Raises Stale and LeaveOver.
    """
    state = _step(session, leave, LeaveVerb.DECLINE, version, now)
    drop_cover(session, leave, actor=actor, now=now)
    leave.decided_by_id, leave.decided_at = actor.id, now
    leave.state = state
    session.flush()
    _note(session, leave, "declined", actor=actor, now=now)


def approve(
    session: Session, *, leave: Leave, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The head approves; from now on the roster says who covers.

    Raises Stale, LeaveOver, OwnLeave, NotAccepted, and EmptiesPost, GoTogether or CannotCover for
    what has changed since it was asked.
    """
    state = _step(session, leave, LeaveVerb.APPROVE, version, now)
    _check_decider(leave, actor)
    effect = _look(session, leave)
    if leave.cover_staff_id is None:
        check_covered(effect)
    else:
        check_cover(session, effect, leave.cover_staff_id, now)
        if leave.cover_accepted_at is None:
            cover = session.get_one(Staff, leave.cover_staff_id)
            raise NotAccepted(name=cover.name)
    drop_held(session, leave)
    leave.decided_by_id, leave.decided_at, leave.words = actor.id, now, words.strip() or None
    leave.state = state
    session.flush()
    _note(session, leave, "approved", actor=actor, now=now)
    release(session, leave, actor=actor, now=now)
    for shift in shifts_for(leave, effect):
        add_shift(session, shift, session.get_one(Post, shift.post_id), actor=actor, now=now)


def refuse(
    session: Session, *, leave: Leave, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The head refuses and says why; raises NeedsReason, Stale, LeaveOver and OwnLeave."""
    if not words.strip():
        raise NeedsReason(field="words")
    state = _step(session, leave, LeaveVerb.REFUSE, version, now)
    _check_decider(leave, actor)
    drop_cover(session, leave, actor=actor, now=now)
    leave.decided_by_id, leave.decided_at, leave.words = actor.id, now, words.strip()
    leave.state = state
    session.flush()
    _note(session, leave, "refused", actor=actor, now=now)


def withdraw(session: Session, *, leave: Leave, version: int, actor: Actor, now: datetime) -> None:
    """Whoever asked does not go, or comes back; who was to cover need not any more.

    Of an approved leave that has begun, what was taken stays: it ends now. Whoever had been put
    somewhere by name is put there again. Raises Stale and LeaveOver.
    """
    state = _step(session, leave, LeaveVerb.WITHDRAW, version, now)
    drop_cover(session, leave, actor=actor, now=now)
    ahead = max(leave.from_at, now), leave.until_at
    is_cut = leave.state == LeaveState.APPROVED and leave.from_at < now
    if is_cut:
        leave.until_at = now
    else:
        leave.state = state
    session.flush()
    give_back(session, leave, ahead, actor=actor, now=now)
    places = list_places_of(session, leave.staff_id)
    coverage_kept.send(CoverageKept(session, places, actor, now))
    _note(session, leave, "cut" if is_cut else "withdrawn", actor=actor, now=now)


def _prepare(
    session: Session, details: LeaveDetails, *, now: datetime, is_emergency: bool = False
) -> tuple[Effect, int | None]:
    """Take in hand whom and what a leave touches, and check that somebody covers."""
    lock_for(session, details.staff_id, details.cover_id)
    _check_alone(session, details)
    effect = foresee(
        session,
        get_tenant(session),
        staff_id=details.staff_id,
        start=details.start,
        end=details.end,
    )
    if details.cover_id is not None and effect.touched:
        check_cover(session, effect, details.cover_id, now)
        return effect, details.cover_id
    if not is_emergency:
        check_covered(effect)
    return effect, None


def _check_emptied(session: Session, effect: Effect, within: Collection[int] | None) -> None:
    """Whether all posts that a leave empties are of some units; raises EmptiesOthers."""
    if within is None:
        return
    others = [each.post for each in effect.emptied if each.post.unit_id not in within]
    if not others:
        return
    posts = ", ".join(post.plate for post in others)
    head = find_head(session, others[0].unit_id)
    if head is not None:
        raise EmptiesOthers(field="cover", posts=posts, name=head.name)
    raise EmptiesOthers(NOT_YOURS, field="cover", posts=posts)


def _check_alone(session: Session, details: LeaveDetails) -> None:
    standing = select(Leave.id).where(
        Leave.staff_id == details.staff_id,
        Leave.until_at > details.start,
        Leave.from_at < details.end,
        Leave.state.in_([LeaveState.ASKED, LeaveState.APPROVED]),
    )
    if session.scalars(standing).first() is not None:
        raise AwayAlready(field="starts")


def _write(
    session: Session, details: LeaveDetails, cover_id: int | None, *, now: datetime
) -> Leave:
    leave = Leave(
        staff_id=details.staff_id,
        from_at=details.start,
        until_at=details.end,
        kind=details.kind,
        reason=details.reason.strip() or None,
        cover_staff_id=cover_id,
        asked_at=now,
    )
    session.add(leave)
    session.flush()
    return leave


def _step(
    session: Session, leave: Leave, verb: LeaveVerb, version: int, now: datetime
) -> LeaveState:
    """Take a leave in hand as it was shown; raises Stale, and LeaveOver once its time is over."""
    lock_for(session, leave.staff_id, leave.cover_staff_id)
    session.refresh(leave, with_for_update=True)
    state = next_leave(LeaveState(leave.state), verb)
    if leave.until_at <= now:
        raise LeaveOver(N_("The time of this leave has passed."))
    advance(session, leave, version)
    return state


def _look(session: Session, leave: Leave) -> Effect:
    """What a leave that was asked for does now."""
    return foresee(
        session,
        get_tenant(session),
        staff_id=leave.staff_id,
        start=leave.from_at,
        end=leave.until_at,
        besides=leave.id,
    )


def _check_decider(leave: Leave, actor: Actor) -> None:
    if actor.id == leave.staff_id:
        raise OwnLeave


def _note(session: Session, leave: Leave, what: str, *, actor: Actor, now: datetime) -> None:
    record(
        session,
        f"duty.leave.{what}",
        subject=("leave", leave.id),
        actor=actor,
        now=now,
        staff=leave.staff_id,
        cover=leave.cover_staff_id,
    )
    tell_of_leave(session, leave, what, now=now)
