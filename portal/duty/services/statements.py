"""Duty statements of posts (崗位責任聲明; W-GC-1): set in versions, asked for, and signed."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.catalog.queries import list_serving
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, NotFound, Stale
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.duty.fitness_models import DutySignature, DutyStatement, SignedAlready
from portal.duty.fitness_queries import find_newest, get_own, list_signers
from portal.duty.notices import Occasion, tell
from portal.duty.services.holding import lock_post
from portal.tenancy.queries import get_tenant


class AskedAlready(DomainError):
    """One message a day, and none to whom none can reach."""

    status = 409
    default = N_("%(name)s was asked today already, or can be sent no message.")


class SameWords(DomainError):
    """A version that says the same would have everybody sign for nothing."""

    default = N_("These are the words that stand already.")


def set_statement(
    session: Session, *, post: Post, text: Localized, number: int, actor: Actor, now: datetime
) -> DutyStatement:
    """Set a new version of what whoever keeps a post answers for; all who serve there are asked.

    ``number`` is the version that was shown, 0 for none. What is published already stands under
    the older signatures. Raises Stale, and SameWords on "text".
    """
    lock_post(session, post.id)
    standing = find_newest(session, post.id)
    newest = standing.number if standing else 0
    if newest != number:
        raise Stale
    if standing is not None and standing.text == text:
        raise SameWords(field="text")
    statement = DutyStatement(
        post_id=post.id,
        number=newest + 1,
        text=text,
        set_by_id=actor.id if actor.kind == "staff" else None,
        set_at=now,
    )
    session.add(statement)
    session.flush()
    _record(session, "set", statement, actor, now, number=statement.number)
    people = {one.staff_id for one in list_serving(session, [post.id])}
    _tell(session, statement, post, people, now)
    return statement


def sign_statement(
    session: Session, *, post: Post, number: int, actor: Actor, now: datetime
) -> DutySignature:
    """Sign the newest version as it was shown.

    Raises NoPlace for whoever has none at the post, Stale for an older version, and
    SignedAlready.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotFound
    lock_post(session, post.id)
    own = get_own(session, post.id, staff_id=actor.id)
    if own.statement.number != number:
        raise Stale
    if own.signed_at is not None:
        raise SignedAlready
    signature = DutySignature(statement_id=own.statement.id, staff_id=actor.id, signed_at=now)
    session.add(signature)
    session.flush()
    _record(session, "signed", own.statement, actor, now, staff=actor.id)
    return signature


def ask_to_sign(
    session: Session, *, post: Post, staff_id: int, actor: Actor, now: datetime
) -> None:
    """Ask somebody who serves at a post by message to sign, once a day.

    Raises NotFound where there is nothing to sign or no such person, SignedAlready and
    AskedAlready.
    """
    lock_post(session, post.id)
    statement = find_newest(session, post.id)
    signers = list_signers(session, statement) if statement else []
    person = next((one for one in signers if one.staff_id == staff_id), None)
    if statement is None or person is None:
        raise NotFound
    if person.signed_at is not None:
        raise SignedAlready
    if not _tell(session, statement, post, {staff_id}, now):
        raise AskedAlready(name=person.name)
    _record(session, "asked", statement, actor, now, staff=staff_id)


def _tell(
    session: Session, statement: DutyStatement, post: Post, people: set[int], now: datetime
) -> int:
    day = now.astimezone(get_tenant(session).zone).date()
    return tell(
        session,
        Occasion.SIGN,
        people,
        subject=("duty_statement", statement.id),
        post=post,
        step=day.isoformat(),
        now=now,
    )


def _record(
    session: Session,
    what: str,
    statement: DutyStatement,
    actor: Actor,
    now: datetime,
    **data: int,
) -> None:
    record(
        session,
        f"duty.statement.{what}",
        subject=("duty_statement", statement.id),
        actor=actor,
        now=now,
        post=statement.post_id,
        **data,
    )
