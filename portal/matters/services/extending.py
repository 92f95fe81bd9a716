"""More time: asked for before the promise ends, allowed by somebody else, told (P-5.2c, Q1)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.calendar.queries import get_openings
from portal.core.actor import Actor
from portal.matters.models import Matter
from portal.matters.referral_rules import (
    AskedAlready,
    ClosedThatDay,
    NothingAsked,
    check_day,
    check_more_time,
)
from portal.matters.rules import Verb
from portal.matters.services.stepping import check_words, move, note
from portal.tenancy.queries import get_tenant


def ask_time(
    session: Session,
    *,
    matter: Matter,
    version: int,
    day: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The holder asks to be done by the closing of a later day; nothing is promised by that.

    Raises NeedsWords, AskedAlready, TooLateToAsk, EnoughTime, and NotLater, TooFar and
    ClosedThatDay on the field "day".
    """
    check_words(reason)
    move(session, matter, Verb.ASK_TIME, version=version)
    if matter.wanted_due_at is not None:
        raise AskedAlready
    wanted = closing_of(session, day, now)
    check_more_time(due_at=matter.due_at, wanted=wanted, extensions=matter.extensions, now=now)
    matter.wanted_due_at = wanted
    note(session, matter, Verb.ASK_TIME, actor=actor, now=now, words=reason, is_public=False)


def grant_time(
    session: Session, *, matter: Matter, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The new time is promised, and the person reads it with the reason (I-2)."""
    check_words(words)
    move(session, matter, Verb.GRANT_TIME, version=version)
    wanted = _get_wanted(matter)
    check_more_time(due_at=matter.due_at, wanted=wanted, extensions=matter.extensions, now=now)
    matter.due_at, matter.due_told_at, matter.wanted_due_at = wanted, now, None
    matter.extensions += 1
    note(session, matter, Verb.GRANT_TIME, actor=actor, now=now, words=words, due_at=wanted)


def refuse_time(
    session: Session, *, matter: Matter, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The promise stays as it is; the holder reads why."""
    check_words(words)
    move(session, matter, Verb.REFUSE_TIME, version=version)
    _get_wanted(matter)
    matter.wanted_due_at = None
    note(session, matter, Verb.REFUSE_TIME, actor=actor, now=now, words=words, is_public=False)


def _get_wanted(matter: Matter) -> datetime:
    if matter.wanted_due_at is None:
        raise NothingAsked
    return matter.wanted_due_at


def closing_of(session: Session, day: date, now: datetime) -> datetime:
    """When the institution closes on a day; raises NotLater, TooFar and ClosedThatDay."""
    tenant = get_tenant(session)
    check_day(day, today=now.astimezone(tenant.zone).date())
    stretches = get_openings(session, tenant.zone, tenant.region).on(None, day)
    if not stretches:
        raise ClosedThatDay(field="day")
    return max(closing for _opening, closing in stretches)
