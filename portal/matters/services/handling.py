"""What is done about a matter, and how its result reaches the person."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.matters.answer_rules import ANSWER_TIME, may_close
from portal.matters.intake_rules import Channel, Severity, Told
from portal.matters.leader_rules import BeforeLeader, check_authority
from portal.matters.models import Matter
from portal.matters.rules import Outcome, Verb, due_after_pause, first_promise
from portal.matters.services.answering import give_again, give_to_answerer
from portal.matters.services.contacting import await_contact, note_contact_made
from portal.matters.services.judging import freeze_promise, freeze_unmet
from portal.matters.services.stepping import check_words, lock, move, note
from portal.tenancy.queries import get_settings, get_tenant


class NoContact(DomainError):
    """A message reaches nobody who left no number."""

    default = N_("No number or address is known. Tell the person on the phone or in person.")


class TooEarly(DomainError):
    """The person has not had the time to answer."""

    default = N_("The person has %(days)s days to say whether it is solved.")


def pause(
    session: Session, *, matter: Matter, version: int, reason: str, actor: Actor, now: datetime
) -> None:
    """It cannot go on, for a reason that the person reads (掛賬).

    Raises NeedsWords, and BeforeLeader: what waits for a decision is not paused besides.
    """
    check_words(reason, field="reason")
    lock(session, matter, version)
    if matter.escalated_at is not None:
        raise BeforeLeader
    move(session, matter, Verb.PAUSE, version=version)
    matter.paused_at, matter.wanted_due_at = now, None
    note(session, matter, Verb.PAUSE, actor=actor, now=now, words=reason)


def resume(session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime) -> None:
    """It goes on (銷賬); the promised time is later by as long as the pause was, and told."""
    move(session, matter, Verb.RESUME, version=version)
    if matter.due_at is not None and matter.paused_at is not None:
        matter.due_at = due_after_pause(matter.due_at, paused_at=matter.paused_at, now=now)
        matter.due_told_at = now
    matter.paused_at = matter.contested_at = None
    note(session, matter, Verb.RESUME, actor=actor, now=now, due_at=matter.due_at)


def finish(
    session: Session,
    *,
    matter: Matter,
    version: int,
    result: str,
    actor: Actor,
    now: datetime,
    amount: int | None = None,
) -> None:
    """The unit is done (辦結), and says what came of it; to whoever took the matter up.

    ``amount`` is the money that it cost or granted, in whole units. Raises NeedsWords, and
    NeedsLeader for what is beyond the holder.
    """
    check_words(result, field="result")
    lock(session, matter, version)
    check_authority(
        severity=Severity(matter.severity),
        amount=amount,
        limit=get_settings(session, get_tenant(session), at=now).matters.amount_limit,
        settled_amount=matter.amount,
        is_settled=matter.settled_at is not None,
        is_escalated=matter.escalated_at is not None,
    )
    move(session, matter, Verb.FINISH, version=version)
    matter.amount = amount
    matter.done_at, matter.wanted_due_at = now, None
    note(session, matter, Verb.FINISH, actor=actor, now=now, words=result, is_public=False)


def feed_back(
    session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime
) -> None:
    """Whoever took the matter up has read the result, and holds it again to tell (P-5.4).

    Where that one has left, it is whoever stands in, else whoever leads the unit and says so.
    """
    move(session, matter, Verb.FEED_BACK, version=version)
    matter.fed_back_at = now
    give_to_answerer(session, matter, actor)
    note(session, matter, Verb.FEED_BACK, actor=actor, now=now)


def tell(
    session: Session,
    *,
    matter: Matter,
    version: int,
    words: str,
    way: Told,
    actor: Actor,
    now: datetime,
) -> None:
    """The person is told what came of it (反饋, W-SW-2).

    Raises NeedsWords, and NoContact on the field "way" when no message could reach anybody.
    """
    check_words(words)
    lock(session, matter, version)
    is_on_own_page = matter.channel == Channel.ONLINE
    if way is Told.MESSAGE and matter.contact_id is None and not is_on_own_page:
        raise NoContact(field="way")
    move(session, matter, Verb.TELL, version=version)
    note_contact_made(session, matter, now)
    freeze_promise(session, matter, now=now)
    matter.told_at = now
    note(session, matter, Verb.TELL, actor=actor, now=now, words=words, way=way)


def confirm_solved(
    session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime
) -> None:
    """The person says that it is solved (解決); nobody else may say so."""
    _close(session, matter, version, Outcome.SOLVED, actor, now)


def close_unanswered(
    session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime
) -> None:
    """The person was told and said nothing: closed as unanswered, never as satisfied.

    Raises TooEarly while the person still has time to answer.
    """
    lock(session, matter, version)
    if matter.told_at is not None and not may_close(matter.told_at, now):
        raise TooEarly(days=ANSWER_TIME.days)
    _close(session, matter, version, Outcome.UNANSWERED, actor, now)


def _close(
    session: Session, matter: Matter, version: int, outcome: Outcome, actor: Actor, now: datetime
) -> None:
    move(session, matter, Verb.CLOSE, version=version)
    matter.outcome, matter.ended_at = outcome, now
    note(session, matter, Verb.CLOSE, actor=actor, now=now)


def reopen(
    session: Session,
    *,
    matter: Matter,
    version: int,
    words: str,
    hours: int,
    actor: Actor,
    now: datetime,
) -> None:
    """It is not solved: a new round with the same number and the same people (I-16).

    Within ``hours`` of calendar time there is to be a result, and the person reads so. Raises
    NobodyAnswers where nobody is left who could take it up.
    """
    check_words(words)
    move(session, matter, Verb.REOPEN, version=version)
    matter.round += 1
    # Whoever handled it does so again.
    give_again(session, matter, actor)
    matter.returns = matter.extensions = 0
    matter.done_at = matter.fed_back_at = matter.told_at = matter.ended_at = None
    matter.contact_due_at = matter.contacted_at = None
    matter.escalated_at = matter.settled_at = matter.amount = None
    matter.outcome = Outcome.NONE
    matter.due_at, matter.due_told_at = first_promise(now, hours), now
    await_contact(session, matter, now=now)
    note(session, matter, Verb.REOPEN, actor=actor, now=now, words=words, due_at=matter.due_at)


def withdraw(
    session: Session, *, matter: Matter, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The person does not want it any more; nobody else may say so."""
    move(session, matter, Verb.WITHDRAW, version=version)
    freeze_unmet(session, matter, now=now)
    matter.ended_at = now
    matter.offered_to_id = matter.arbiter_id = matter.answer_until = None
    note(session, matter, Verb.WITHDRAW, actor=actor, now=now, words=words)
