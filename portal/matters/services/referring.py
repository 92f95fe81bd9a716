"""Passing a matter on: an offer that moves nothing until a colleague accepts it (首接, W-SW-3)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.opening import NeverOpen, Schedule
from portal.calendar.queries import get_openings
from portal.calendar.working_time import end_after_days, end_after_minutes
from portal.core.actor import SYSTEM, Actor
from portal.identity.models import Staff
from portal.identity.queries.heads import find_superior
from portal.identity.queries.staff import get_working_staff, list_holders
from portal.matters.models import Matter
from portal.matters.permissions import LEAD
from portal.matters.queries import list_asked, list_had_it
from portal.matters.referral_rules import IsParty, NotAsked, check_recipient, is_decided_above
from portal.matters.rules import State, Verb, next_state
from portal.matters.services.answering import find_working
from portal.matters.services.contacting import await_contact
from portal.matters.services.stepping import check_words, lock, move, note
from portal.tenancy.queries import get_tenant

#: Unanswered offers that one run of the sweep takes back.
BATCH = 200


def refer(
    session: Session,
    *,
    matter: Matter,
    version: int,
    recipient_id: int,
    words: str,
    papers: str,
    minutes: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Offer a matter to a colleague, with its papers (移辦); until then the giver holds it.

    ``minutes`` of working time are left to answer; ``papers`` names one paper a line. Raises
    NeedsWords, HasLeft, and IsHolder and HadItAlready on the field "colleague": no circles.
    """
    check_words(words)
    lock(session, matter, version)
    recipient = get_working_staff(session, recipient_id)
    check_recipient(
        recipient=recipient.id,
        name=recipient.name,
        holder=matter.holder_staff_id,
        had_it=list_had_it(session, matter),
    )
    unit_id = session.scalar(select(Staff.unit_id).where(Staff.id == matter.holder_staff_id))
    until = answer_by(
        session,
        lambda schedule: end_after_minutes(schedule, now, minutes),
        now + timedelta(minutes=minutes),
    )
    move(session, matter, Verb.REFER, version=version)
    matter.offered_to_id, matter.answer_until = recipient.id, until
    # What was not reported to a unit yet is the giver's own while it is under way.
    matter.unit_id = matter.unit_id or unit_id
    matter.wanted_due_at = None
    note(
        session,
        matter,
        Verb.REFER,
        actor=actor,
        now=now,
        words=words,
        papers=papers,
        is_public=False,
        staff_id=recipient.id,
    )


def accept(session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime) -> None:
    """The colleague takes it: holds it, and is the first receiver (首接責任人) from now on."""
    lock(session, matter, version)
    _hand_over(session, matter, Verb.ACCEPT, matter.offered_to_id, version=version, now=now)
    note(session, matter, Verb.ACCEPT, actor=actor, now=now)


def take_back(
    session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime
) -> None:
    """The giver goes on alone; nobody has returned anything."""
    move(session, matter, Verb.TAKE_BACK, version=version)
    asked, matter.offered_to_id, matter.answer_until = matter.offered_to_id, None, None
    note(session, matter, Verb.TAKE_BACK, actor=actor, now=now, staff_id=asked)


def give_back(
    session: Session, *, matter: Matter, version: int, reason: str, actor: Actor, now: datetime
) -> None:
    """The colleague returns it with a reason (退單); the second return is decided above both."""
    check_words(reason)
    _return(session, matter, Verb.RETURN, version, reason, actor, now)


def return_silent(session: Session, now: datetime) -> None:
    """Sweep: offers that nobody answered in time come back, and the head is told (W-SW-3)."""
    due = session.scalars(
        select(Matter)
        .where(Matter.answer_until <= now, Matter.offered_to_id.is_not(None))
        .order_by(Matter.answer_until, Matter.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for matter in due:
        _return(session, matter, Verb.LAPSE, matter.version, "", SYSTEM, now)


def _return(
    session: Session,
    matter: Matter,
    verb: Verb,
    version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    lock(session, matter, version)
    asked, returns = matter.offered_to_id, matter.returns + 1
    arbiter, until = None, None
    if is_decided_above(returns):
        above = find_superior(session, list_asked(session, matter))
        above = find_working(session, [above.id]) if above else None
        verb, arbiter = Verb.DISPUTE, above.id if above else None
        until = answer_by(
            session, lambda schedule: end_after_days(schedule, now, 1), now + timedelta(days=1)
        )
    move(session, matter, verb, version=version)
    matter.returns, matter.offered_to_id = returns, None
    # None: nobody is above all of them but whoever leads everything.
    matter.arbiter_id, matter.answer_until = arbiter, until
    note(
        session,
        matter,
        verb,
        actor=actor,
        now=now,
        words=reason,
        is_public=False,
        staff_id=asked,
    )


def decide(
    session: Session,
    *,
    matter: Matter,
    version: int,
    taker: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Somebody above both says who takes it (AL-05).

    Raises NeedsWords, IsParty, HasLeft, and NotAsked on the field "taker".
    """
    check_words(reason)
    lock(session, matter, version)
    asked = list_asked(session, matter)
    leaders = set(list_holders(session, LEAD, everywhere=True))
    # Where nobody else is above, the one who is decides all the same: nothing stands still.
    is_last_resort = matter.arbiter_id is None and actor.id in leaders and leaders <= set(asked)
    if actor.id in asked and not is_last_resort:
        raise IsParty
    if taker not in asked:
        raise NotAsked(field="taker")
    get_working_staff(session, taker)
    _hand_over(session, matter, Verb.DECIDE, taker, version=version, now=now)
    note(
        session,
        matter,
        Verb.DECIDE,
        actor=actor,
        now=now,
        words=reason,
        is_public=False,
        staff_id=taker,
    )


def _hand_over(
    session: Session,
    matter: Matter,
    verb: Verb,
    taker: int | None,
    *,
    version: int,
    now: datetime,
) -> None:
    """One holder goes, another comes, in one row; the matter is that one's unit's from now on."""
    next_state(State(matter.state), verb)
    assert taker is not None
    unit_id = get_working_staff(session, taker).unit_id
    move(session, matter, verb, version=version)
    if taker != matter.holder_staff_id:
        matter.first_received_id = taker
    matter.holder_staff_id, matter.holder_post_id = taker, None
    matter.offered_to_id = matter.arbiter_id = matter.answer_until = None
    matter.unit_id = unit_id
    matter.acknowledged_at = matter.acknowledged_at or now
    await_contact(session, matter, now=now)


def answer_by(
    session: Session, count: Callable[[Schedule], datetime], otherwise: datetime
) -> datetime:
    """A moment counted in the institution's hours; by the clock where they never open."""
    tenant = get_tenant(session)
    schedule = get_openings(session, tenant.zone, tenant.region).schedule(None)
    try:
        return count(schedule) if schedule else otherwise
    except NeverOpen:
        return otherwise
