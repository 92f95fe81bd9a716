"""Putting a matter before whoever leads the institution, and that one's decision (Q7)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.matters.leader_rules import BeforeLeader, NotBeforeLeader
from portal.matters.models import Matter
from portal.matters.rules import Verb
from portal.matters.services.stepping import check_words, move, note


def escalate(
    session: Session,
    *,
    matter: Matter,
    version: int,
    words: str,
    amount: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Propose something that is beyond the holder; who holds the matter goes on holding it.

    Raises NeedsWords and BeforeLeader.
    """
    check_words(words)
    move(session, matter, Verb.ESCALATE, version=version)
    if matter.escalated_at is not None:
        raise BeforeLeader
    matter.escalated_at, matter.settled_at = now, None
    matter.amount = amount
    note(session, matter, Verb.ESCALATE, actor=actor, now=now, words=words, is_public=False)


def settle(
    session: Session,
    *,
    matter: Matter,
    version: int,
    words: str,
    amount: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """The leader decides; the person reads the decision, and not what was proposed.

    ``amount`` is the money that the leader grants; none: no more than the holder may. Raises
    NeedsWords and NotBeforeLeader.
    """
    check_words(words)
    move(session, matter, Verb.SETTLE, version=version)
    if matter.escalated_at is None:
        raise NotBeforeLeader
    matter.escalated_at, matter.settled_at, matter.amount = None, now, amount
    note(session, matter, Verb.SETTLE, actor=actor, now=now, words=words)
