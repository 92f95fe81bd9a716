"""Asking another unit for help, giving it, and having somebody above say who gives it (P-4.2.1)."""

from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.alarms.services.seeing import tell_anew
from portal.calendar.working_time import end_after_days
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import N_, Stale
from portal.identity.models import Staff
from portal.identity.queries.heads import find_superior
from portal.identity.queries.staff import get_working_staff, list_staff_names
from portal.matters.assistance_limits import SUBJECT, watch
from portal.matters.assistance_models import Assistance
from portal.matters.assistance_queries import IS_OPEN
from portal.matters.assistance_rules import (
    HELP_LABELS,
    P_4_2_1_DAYS,
    AskedForHelp,
    HelpState,
    HelpVerb,
    OtherHelps,
    next_help,
)
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.models import Matter, MatterEvent
from portal.matters.queries import list_matters_by_id
from portal.matters.referral_rules import IsHolder, IsParty, NotLater
from portal.matters.rules import STATE_LABELS, State, Verb, WrongState
from portal.matters.services.answering import find_working
from portal.matters.services.extending import closing_of
from portal.matters.services.referring import answer_by
from portal.matters.services.stepping import check_words, lock, note

#: Steps after which nobody needs help in a matter any more.
_OVER = frozenset({Verb.FINISH, Verb.WITHDRAW, Verb.VOID, Verb.CLOSE})


class HelpMeanwhile(Stale):
    """Somebody else was faster; says who, and how the request stands since."""

    default = N_("Meanwhile this was changed: it stands at “%(state)s”. Look again, then decide.")
    by_name = N_("%(who)s was faster: it stands at “%(state)s”. Look again, then decide.")
    worded = ("state",)


def ask_help(
    session: Session,
    *,
    matter: Matter,
    version: int,
    helper_id: int,
    words: str,
    day: date | None,
    actor: Actor,
    now: datetime,
) -> Assistance:
    """Ask a colleague of another unit for help; the holder of the matter stays the holder.

    It is owed by the closing of ``day``, else within a working day. Raises NeedsWords, Meanwhile,
    WrongState, HasLeft, IsHolder and AskedForHelp on the field "colleague", and NotLater, TooFar
    and ClosedThatDay on the field "day".
    """
    check_words(words)
    lock(session, matter, version)
    if matter.state != State.IN_PROGRESS:
        raise WrongState(state=STATE_LABELS[State(matter.state)])
    helper = get_working_staff(session, helper_id)
    if helper.id == matter.holder_staff_id:
        raise IsHolder(field="colleague", name=helper.name)
    _check_not_asked(session, matter.id, helper)
    due_at = _within_days(session, now) if day is None else closing_of(session, day, now)
    if due_at <= now:
        raise NotLater(N_("Choose a day that is not over."), field="day")
    event = _note(session, matter, "assist_asked", words, helper.id, actor=actor, now=now)
    assert actor.id is not None
    row = Assistance(
        matter_id=matter.id,
        state=HelpState.ASKED,
        asked_by_id=actor.id,
        asked_id=helper.id,
        helper_id=helper.id,
        asked_at=now,
        due_at=due_at,
        asked_event_id=event.id,
        last_event_id=event.id,
    )
    session.add(row)
    session.flush()
    watch(session, row, actor=actor, now=now)
    return row


def give_help(
    session: Session, *, row: Assistance, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The help was given; says what was done.

    Raises NeedsWords, HelpOver, HelpMeanwhile and OtherHelps.
    """
    check_words(words)
    matter, state = _take(session, row, HelpVerb.FINISH, version)
    _check_helper(session, row, actor)
    _write(session, matter, row, state, words=words, staff_id=None, actor=actor, now=now)


def escalate(
    session: Session, *, row: Assistance, version: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Somebody above both decides within a working day who helps; the only way round helping.

    Raises NeedsWords, HelpOver, HelpMeanwhile and OtherHelps.
    """
    check_words(reason)
    matter, state = _take(session, row, HelpVerb.ESCALATE, version)
    _check_helper(session, row, actor)
    above = find_superior(session, list_parties(matter, row))
    decider = find_working(session, [above.id]) if above else None
    # None: nobody is above both but whoever leads everything.
    row.decider_id = decider.id if decider else None
    row.due_at = _within_days(session, now)
    _write(session, matter, row, state, words=reason, staff_id=row.decider_id, actor=actor, now=now)


def decide_help(
    session: Session,
    *,
    row: Assistance,
    version: int,
    helper_id: int,
    words: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Somebody above both says who helps, within a working day; that one does.

    Raises NeedsWords, HelpOver, HelpMeanwhile, IsParty, HasLeft, and AskedForHelp on the field
    "colleague" for whoever is asked otherwise already.
    """
    check_words(words)
    matter, state = _take(session, row, HelpVerb.DECIDE, version)
    if actor.id in list_parties(matter, row):
        raise IsParty
    helper = get_working_staff(session, helper_id)
    if helper.id != row.helper_id:
        _check_not_asked(session, matter.id, helper)
    row.helper_id, row.due_at = helper.id, _within_days(session, now)
    _write(session, matter, row, state, words=words, staff_id=helper.id, actor=actor, now=now)


def list_parties(matter: Matter, row: Assistance) -> list[int]:
    """Between whom somebody decides: who holds the matter, who asked, and who is to help."""
    parties = (matter.holder_staff_id, row.asked_by_id, row.helper_id)
    return list(dict.fromkeys(one for one in parties if one is not None))


@matter_stepped.connect
def end_with_matter(step: MatterStep) -> None:
    """Nobody helps any more in what is done or over; that is written down for each request."""
    if step.code in _OVER:
        matter = step.session.get_one(Matter, step.matter_id)
        for row in list_open(step.session, matter.id):
            end_help(step.session, matter, row, now=step.now)


def end_help(session: Session, matter: Matter, row: Assistance, *, now: datetime) -> None:
    """End a request of a matter in hand that nobody needs any more."""
    state = next_help(HelpState(row.state), HelpVerb.END)
    _write(session, matter, row, state, words="", staff_id=row.helper_id, actor=SYSTEM, now=now)


def list_open(session: Session, matter_id: int) -> list[Assistance]:
    """The open requests of a matter in hand, as they are now."""
    found = select(Assistance).where(Assistance.matter_id == matter_id, IS_OPEN)
    locked = found.order_by(Assistance.id).with_for_update()
    return list(session.scalars(locked.execution_options(populate_existing=True)))


def list_owing(session: Session, staff_id: int) -> list[Matter]:
    """The matters in which somebody is to help, or to decide who does."""
    decides = and_(Assistance.state == HelpState.ESCALATED, Assistance.decider_id == staff_id)
    owed = select(Assistance.matter_id).where(
        IS_OPEN, or_(Assistance.helper_id == staff_id, decides)
    )
    return list_matters_by_id(session, set(session.scalars(owed)))


def pass_help_on(
    session: Session, matter: Matter, leaver: int, successor: Staff, *, actor: Actor, now: datetime
) -> None:
    """Let nobody who leaves owe help in a matter in hand, or a decision on it.

    The successor helps, but for one who is asked already; somebody else above both decides.
    """
    rows = list_open(session, matter.id)
    asked = {row.helper_id for row in rows}
    for row in rows:
        if row.helper_id == leaver and successor.id in asked:
            end_help(session, matter, row, now=now)
        elif row.helper_id == leaver:
            row.helper_id = successor.id
            _note(session, matter, "assist_moved", "", successor.id, actor=actor, now=now)
            _move_alarms(session, row, now)
        parties = list_parties(matter, row)
        if row.state == HelpState.ESCALATED and row.decider_id in (leaver, *parties):
            above = find_superior(session, [leaver, *parties])
            decider = find_working(session, [above.id]) if above else None
            row.decider_id = decider.id if decider else None
            _note(session, matter, "assist_decider", "", None, actor=actor, now=now)
            _move_alarms(session, row, now)


def _move_alarms(session: Session, row: Assistance, now: datetime) -> None:
    row.version += 1
    session.flush()
    tell_anew(session, subject=(SUBJECT, row.id), now=now)


def _take(
    session: Session, row: Assistance, verb: HelpVerb, version: int
) -> tuple[Matter, HelpState]:
    """Take a request in hand as it was shown, its matter before it; says where the step leads."""
    matter = session.get_one(Matter, row.matter_id)
    session.refresh(matter, with_for_update=True)
    session.refresh(row, with_for_update=True)
    if row.version != version:
        raise _tell_meanwhile(session, row)
    return matter, next_help(HelpState(row.state), verb)


def _check_helper(session: Session, row: Assistance, actor: Actor) -> None:
    if actor.id != row.helper_id:
        names = list_staff_names(session, [row.helper_id])
        raise OtherHelps(name=names[row.helper_id])


def _tell_meanwhile(session: Session, row: Assistance) -> HelpMeanwhile:
    state = HELP_LABELS[HelpState(row.state)]
    last = session.get_one(MatterEvent, row.last_event_id)
    if last.actor_kind != "staff":
        return HelpMeanwhile(version=row.version, state=state)
    names = list_staff_names(session, [last.actor_id or 0])
    who = names.get(last.actor_id or 0, "")
    return HelpMeanwhile(HelpMeanwhile.by_name, version=row.version, who=who, state=state)


def _write(
    session: Session,
    matter: Matter,
    row: Assistance,
    state: HelpState,
    *,
    words: str,
    staff_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Write a step down in the matter's course; then the state of the request, and its limit."""
    event = _note(session, matter, f"assist_{state}", words, staff_id, actor=actor, now=now)
    row.last_event_id, row.version = event.id, row.version + 1
    row.ended_at = now if state in (HelpState.DONE, HelpState.ENDED) else None
    row.state = state
    session.flush()
    watch(session, row, actor=actor, now=now)


def _note(
    session: Session,
    matter: Matter,
    code: str,
    words: str,
    staff_id: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> MatterEvent:
    """A step between colleagues, of which the person reads nothing."""
    return note(
        session,
        matter,
        code,
        actor=actor,
        now=now,
        words=words,
        is_public=False,
        staff_id=staff_id,
    )


def _check_not_asked(session: Session, matter_id: int, helper: Staff) -> None:
    if helper.id in {row.helper_id for row in list_open(session, matter_id)}:
        raise AskedForHelp(field="colleague", name=helper.name)


def _within_days(session: Session, now: datetime) -> datetime:
    return answer_by(
        session,
        lambda schedule: end_after_days(schedule, now, P_4_2_1_DAYS),
        now + timedelta(days=P_4_2_1_DAYS),
    )
