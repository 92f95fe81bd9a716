"""Asking for more than the notice says, sending back and refusing: what is allowed of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.rules import Kind, Ladder, Level, Limit, Wait
from portal.alarms.services.watching import arm, end
from portal.core.actor import Actor
from portal.core.ledger import record
from portal.matters.models import Matter
from portal.matters.notice_models import FaultAnswer, FaultSignal, Notice, NoticeRefusal
from portal.matters.notice_queries import NoticeFile, open_file
from portal.matters.notice_rules import (
    NeedsArticle,
    OnTheNotice,
    PapersComplete,
    check_open,
    names_same,
)
from portal.matters.rules import State
from portal.matters.services import handling
from portal.matters.services.stepping import check_words, lock, note

#: What the alarms call a demand outside a notice, and the clause that names its limit.
SUBJECT, CODE = "fault_signal", "W-SW-3"
#: Whoever oversees is told at once, and on each working day until it was dealt with.
_LADDER: Ladder = (Level(Wait(0), ("overseer",), Kind.ESCALATE),)
#: What the course says: the person was asked, or the complete file stopped it.
DEMANDED, STOPPED = "demanded", "demand_stopped"


def demand_paper(
    session: Session,
    *,
    notice: Notice,
    matter: Matter,
    version: int,
    paper: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> FaultSignal:
    """Ask for a paper that is not on the notice: possible, and written down as a fault signal.

    Of a complete file nothing is asked: the attempt is stopped, the person reads nothing of it,
    and it is written down all the same. That is a result and no error, for an error would undo
    what is to be seen. Raises Meanwhile, WrongState, NeedsWords and OnTheNotice.
    """
    check_words(paper, field="paper")
    check_words(reason)
    lock(session, matter, version)
    check_open(State(matter.state))
    standing = open_file(session, notice)
    _check_new(standing, paper)
    is_stopped = standing.complete_at is not None
    event = note(
        session,
        matter,
        STOPPED if is_stopped else DEMANDED,
        actor=actor,
        now=now,
        words=reason,
        papers=paper,
        is_public=not is_stopped,
    )
    signal = FaultSignal(
        notice_id=notice.id,
        matter_id=matter.id,
        event_id=event.id,
        demanded_by_id=actor.id,
        demanded_at=now,
        is_stopped=is_stopped,
    )
    session.add(signal)
    session.flush()
    limit = Limit(SUBJECT, signal.id, CODE)
    arm(session, limit=limit, ladder=_LADDER, due_at=now, actor=actor, now=now)
    return signal


def _check_new(standing: NoticeFile, paper: str) -> None:
    listed = (name for line in standing.papers for name in line.paper.name.values())
    if any(names_same(paper, name) for name in listed):
        raise OnTheNotice(field="paper")


def answer_signal(
    session: Session, *, signal: FaultSignal, words: str, actor: Actor, now: datetime
) -> FaultAnswer:
    """Whoever oversees writes what was done about a signal, once; nobody is told of it any more.

    Raises NeedsWords and AlreadyAnswered.
    """
    check_words(words)
    answer = FaultAnswer(
        signal_id=signal.id, words=words.strip(), answered_at=now, answered_by_id=actor.id
    )
    session.add(answer)
    session.flush()
    record(
        session,
        "matters.fault_signal.answered",
        subject=(SUBJECT, signal.id),
        actor=actor,
        now=now,
        matter=signal.matter_id,
    )
    end(session, limit=Limit(SUBJECT, signal.id, CODE), actor=actor, now=now)
    return answer


def send_back(
    session: Session,
    *,
    notice: Notice,
    matter: Matter,
    version: int,
    words: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Pause the matter until the missing papers come (退回補件); the person reads which.

    Raises PapersComplete for a file that is complete (W-WM-2), and what pausing raises.
    """
    lock(session, matter, version)
    if open_file(session, notice).complete_at is not None:
        raise PapersComplete
    handling.pause(session, matter=matter, version=version, reason=words, actor=actor, now=now)


def refuse(
    session: Session,
    *,
    notice: Notice,
    matter: Matter,
    version: int,
    words: str,
    article: str,
    actor: Actor,
    now: datetime,
) -> None:
    """What was applied for is refused (不予受理), by an article that the person can read.

    Raises NeedsWords, NeedsArticle on the field "article", AlreadyRefused, and what finishing
    raises: the result goes back to whoever took the matter up, who tells the person.
    """
    check_words(words)
    if not article.strip():
        raise NeedsArticle(field="article")
    handling.finish(
        session,
        matter=matter,
        version=version,
        result=f"{words.strip()}\n{article.strip()}",
        actor=actor,
        now=now,
    )
    session.add(
        NoticeRefusal(
            notice_id=notice.id,
            article=article.strip(),
            refused_at=now,
            refused_by_id=actor.id,
        )
    )
    session.flush()
    record(
        session,
        "matters.notice.refused",
        subject=("notice", notice.id),
        actor=actor,
        now=now,
        matter=matter.id,
    )
