"""First contact (立即聯繫, P-5.2a): whoever handles a matter speaks with the person."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.calendar.queries import get_openings
from portal.core.actor import Actor
from portal.matters.contact_rules import contact_until
from portal.matters.intake_rules import Told
from portal.matters.models import Matter
from portal.matters.rules import OfLimit, Verb
from portal.matters.services.judging import freeze
from portal.matters.services.stepping import check_words, move, note
from portal.tenancy.queries import get_settings, get_tenant


def await_contact(
    session: Session, matter: Matter, *, now: datetime, on_own_page: bool = False
) -> None:
    """From now on the person waits to hear from somebody: once in each round.

    Nobody waits who has heard from us already, or cannot be reached; ``on_own_page``: the person
    looks there, whether there is another way or not.
    """
    is_reachable = on_own_page or matter.contact_id is not None or bool(matter.phone)
    if not is_reachable or matter.contacted_at is not None or matter.contact_due_at is not None:
        return
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).matters
    matter.contact_due_at = contact_until(
        get_openings(session, tenant.zone, tenant.region).schedule(None),
        now,
        open_minutes=rules.contact_minutes,
        closed_minutes=rules.contact_minutes_closed,
    )


def note_contact_made(session: Session, matter: Matter, now: datetime) -> None:
    """The person has heard from us: the first time in a round is the one that is judged."""
    if matter.contacted_at is not None:
        return
    matter.contacted_at = now
    if matter.contact_due_at is not None:
        freeze(session, matter, OfLimit.CONTACT, due_at=matter.contact_due_at, met_at=now, now=now)


def contact(
    session: Session,
    *,
    matter: Matter,
    version: int,
    words: str,
    way: Told,
    actor: Actor,
    now: datetime,
) -> None:
    """Somebody spoke with the person; what was said stands in the course. Raises NeedsWords."""
    check_words(words)
    move(session, matter, Verb.CONTACT, version=version)
    note_contact_made(session, matter, now)
    note(session, matter, Verb.CONTACT, actor=actor, now=now, words=words, way=way)
