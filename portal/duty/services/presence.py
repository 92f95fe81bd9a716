"""Being at a post (在崗): signing in, stepping away, coming back, signing out.

Nothing but these, an approval's end, the closing of the post and, some time after it, the end of
what somebody came for ends a presence: not a locked screen, not a closed browser, and a page that
refreshes itself proves nothing.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.services.watching import arm, end
from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.duty.events import Leaving, ask_onward
from portal.duty.limits import NOT_BACK_LADDER, not_back_limit
from portal.duty.models import Absence, Concurrency, Presence
from portal.duty.queries import Held, find_granted, find_place, list_held, list_lapsed
from portal.duty.rules import (
    MINUTE,
    AwayAlready,
    AwayReason,
    CoversElsewhere,
    HandOverFirst,
    NoPlace,
    NotAway,
    PostTaken,
    SignedInAlready,
    SignedInElsewhere,
    TwoPostsAtMost,
    check_absence,
)
from portal.duty.services.fitness import check_fit
from portal.duty.services.holding import end_presence, lock_person, lock_post, lock_presence
from portal.duty.services.watching import follow_post
from portal.duty.telling import ask_to_cover
from portal.tenancy.queries import get_settings, get_tenant


def sign_in(session: Session, *, post: Post, actor: Actor, now: datetime) -> Presence:
    """Begin to be at a post, in any position there, within the hours or before them.

    At a second post only under an approval that still runs (兼崗). Raises NotFound for a closed
    post, NoPlace, SignedInAlready, SignedInElsewhere (W-AB-4), TwoPostsAtMost, Unsigned (W-GC-1),
    Unqualified and PostTaken.
    """
    end_lapsed(session, now)
    post, staff_id = lock_post(session, post.id), _staff_id(actor)
    lock_person(session, staff_id)
    if not post.is_active:
        raise NotFound
    if not find_place(session, post_id=post.id, staff_id=staff_id):
        raise NoPlace
    approval = _find_needed(session, post, staff_id, now)
    check_fit(session, post, staff_id, now=now, is_rostered=True)
    for held in list_held(session, post_ids=[post.id]):
        if not held.presence.is_cover:
            raise PostTaken(who=held.name)
    presence = Presence(post_id=post.id, staff_id=staff_id, signed_in_at=now)
    presence.concurrency_id = approval.id if approval else None
    session.add(presence)
    session.flush()
    _record(session, "signed_in", presence, actor, now)
    follow_post(session, post, actor=actor, now=now)
    return presence


def _find_needed(session: Session, post: Post, staff_id: int, now: datetime) -> Concurrency | None:
    """The approval under which somebody signs in who is at another post already.

    Whoever is at a second post alone comes back to an own one without another approval.
    """
    held = list_held(session, staff_id=staff_id)
    own = [one for one in held if not one.presence.is_cover]
    if any(one.presence.post_id == post.id for one in own):
        raise SignedInAlready
    first = [one for one in own if one.presence.concurrency_id is None]
    if not own or (not first and len(held) == 1):
        return None
    approval = find_granted(session, staff_id=staff_id, post_id=post.id, now=now)
    if first and approval is None:
        raise SignedInElsewhere(where=session.get_one(Post, first[0].presence.post_id).name)
    if len(held) > 1:
        raise TwoPostsAtMost(where=session.get_one(Post, held[-1].presence.post_id).name)
    return approval


def step_away(
    session: Session,
    *,
    presence: Presence,
    reason: AwayReason,
    minutes: int,
    actor: Actor,
    now: datetime,
) -> Absence:
    """Leave for a short while that a colleague covers (W-AB-1); what is in hand stays in it.

    Raises NotSignedIn, AwayAlready, CoversElsewhere, and NeedsHandover on ``minutes`` for an
    absence that is too long to be covered.
    """
    held = _lock_own(session, presence, actor, now)
    if held.absence is not None:
        raise AwayAlready
    longest = get_settings(session, get_tenant(session), at=now).duty.cover_minutes
    check_absence(minutes, longest=longest)
    for other in list_held(session, staff_id=presence.staff_id):
        if other.presence.is_cover:
            raise CoversElsewhere(where=session.get_one(Post, other.presence.post_id).name)
    presence.left_at = now
    absence = Absence(
        presence_id=presence.id,
        reason=str(reason),
        left_at=now,
        expected_at=now + minutes * MINUTE,
    )
    session.add(absence)
    session.flush()
    _record(session, "stepped_away", presence, actor, now, reason=str(reason), minutes=minutes)
    arm(
        session,
        limit=not_back_limit(absence),
        ladder=NOT_BACK_LADDER,
        due_at=absence.expected_at,
        actor=actor,
        now=now,
    )
    ask_to_cover(session, absence, now=now)
    _follow(session, presence, actor, now)
    return absence


def come_back(session: Session, *, presence: Presence, actor: Actor, now: datetime) -> None:
    """Be there again; whoever stood in is free. Raises NotSignedIn and NotAway."""
    held = _lock_own(session, presence, actor, now)
    if held.absence is None:
        raise NotAway
    held.absence.back_at, presence.left_at = now, None
    session.flush()
    _record(session, "came_back", presence, actor, now)
    end(session, limit=not_back_limit(held.absence), actor=actor, now=now)
    _end_cover(session, presence, actor, now)
    _follow(session, presence, actor, now)


def sign_out(session: Session, *, presence: Presence, actor: Actor, now: datetime) -> None:
    """Leave the post for good, or end standing in there.

    Raises NotSignedIn, and HandOverFirst where something live would be left behind (W-AB-3).
    With whoever is signed in there the cover ends, too: somebody has to take the post over.
    """
    if presence.staff_id != _staff_id(actor):
        raise NotFound
    end_lapsed(session, now)
    held = lock_presence(session, presence)
    if not held.presence.is_cover:
        _check_handed_over(session, presence, now)
    _sign_out(session, held, actor, now)


def _check_handed_over(session: Session, presence: Presence, now: datetime) -> None:
    onward = ask_onward(Leaving(session, presence.post_id, presence.staff_id, now))
    if onward is not None and onward.is_owed:
        raise HandOverFirst


def sign_out_for(
    session: Session,
    held: Held,
    *,
    at: datetime,
    actor: Actor,
    now: datetime,
    due_out_at: datetime | None = None,
) -> None:
    """End somebody's presence from outside, as of a moment: the post closed, or the person left.

    ``due_out_at``: nobody signed out, and this is when it should have been.
    """
    held.presence.due_out_at = due_out_at
    _sign_out(session, held, actor, now, at=at)


def end_lapsed(session: Session, now: datetime) -> None:
    """Sweep: end what stood under an approval that is over, as of its end; nobody else's."""
    for presence in list_lapsed(session, now):
        lock_post(session, presence.post_id)
        for held in list_held(session, staff_id=presence.staff_id):
            if held.presence.id == presence.id:
                approval = session.get_one(Concurrency, presence.concurrency_id)
                sign_out_for(session, held, at=approval.until_at, actor=SYSTEM, now=now)


def _sign_out(
    session: Session, held: Held, actor: Actor, now: datetime, at: datetime | None = None
) -> None:
    presence = held.presence
    end_presence(session, presence, at or now)
    is_forgotten = presence.due_out_at is not None
    left = "not_signed_out" if is_forgotten else "signed_out"
    what = "cover_ended" if presence.is_cover else left
    _record(session, what, presence, actor, now)
    if held.absence is not None:
        end(session, limit=not_back_limit(held.absence), actor=actor, now=now)
    if not presence.is_cover:
        _end_cover(session, presence, actor, now, at=at)
    _follow(session, presence, actor, now)


def _end_cover(
    session: Session,
    presence: Presence,
    actor: Actor,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Nobody stands in for who is back, or gone for good."""
    for held in list_held(session, post_ids=[presence.post_id]):
        if held.presence.is_cover:
            end_presence(session, held.presence, at or now)
            _record(session, "cover_ended", held.presence, actor, now)


def _lock_own(session: Session, presence: Presence, actor: Actor, now: datetime) -> Held:
    """One's own presence at a post in hand; for anybody else there is none."""
    if presence.staff_id != _staff_id(actor) or presence.is_cover:
        raise NotFound
    end_lapsed(session, now)
    return lock_presence(session, presence)


def _follow(session: Session, presence: Presence, actor: Actor, now: datetime) -> None:
    post = session.get_one(Post, presence.post_id)
    follow_post(session, post, actor=actor, now=now)


def _staff_id(actor: Actor) -> int:
    if actor.kind != "staff" or actor.id is None:
        raise NotFound
    return actor.id


def _record(
    session: Session,
    what: str,
    presence: Presence,
    actor: Actor,
    now: datetime,
    **data: int | str,
) -> None:
    record(
        session,
        f"duty.presence.{what}",
        subject=("presence", presence.id),
        actor=actor,
        now=now,
        post=presence.post_id,
        staff=presence.staff_id,
        **data,
    )
