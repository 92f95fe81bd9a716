"""A pause that the person does not accept: the head says whether it stands (掛賬)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.matters.models import Matter
from portal.matters.queries import find_pauser
from portal.matters.rules import Verb
from portal.matters.services.stepping import check_words, move, note


class ContestedAlready(DomainError):
    """One objection at a time."""

    status = 409
    default = N_("You have said so already. Whoever leads the unit answers next.")


class OwnPause(DomainError):
    """Nobody answers an objection to what one did oneself."""

    status = 409
    default = N_("You paused it yourself. Somebody else answers, or you go on with it.")


class NotContested(DomainError):
    """There is no objection to answer."""

    status = 409
    default = N_("Nobody objects to the pause at the moment.")


def contest(
    session: Session, *, matter: Matter, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """The person says why it should go on. Raises NeedsWords and ContestedAlready."""
    check_words(words)
    move(session, matter, Verb.CONTEST, version=version)
    if matter.contested_at is not None:
        raise ContestedAlready
    matter.contested_at = now
    note(session, matter, Verb.CONTEST, actor=actor, now=now, words=words)


def uphold(
    session: Session, *, matter: Matter, version: int, words: str, actor: Actor, now: datetime
) -> None:
    """Whoever leads the unit, and did not pause it, says why the pause stands; the person reads it.

    Going on is the other answer. Raises NeedsWords, NotContested and OwnPause.
    """
    check_words(words)
    move(session, matter, Verb.UPHOLD, version=version)
    if matter.contested_at is None:
        raise NotContested
    if find_pauser(session, matter) == actor.id:
        raise OwnPause
    matter.contested_at = None
    note(session, matter, Verb.UPHOLD, actor=actor, now=now, words=words)
