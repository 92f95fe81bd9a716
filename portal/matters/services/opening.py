"""How a matter comes in: taken down by any member of staff, sent by the person, taken up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.files.rules import CheckedFile
from portal.files.services import attach
from portal.identity.queries.heads import find_senior
from portal.identity.queries.staff import get_working_staff
from portal.matters.intake_rules import Channel, Identity, Kind, Severity
from portal.matters.models import Matter
from portal.matters.rules import ENDED, STATE_LABELS, State, Verb, WrongState
from portal.matters.services.contacting import await_contact
from portal.matters.services.judging import freeze_unmet
from portal.matters.services.stepping import lock, move, note
from portal.records.rules import write_serial
from portal.records.services import draw_serial
from portal.search.services import index

#: The book of serial numbers, and the kind of thing in the search.
BOOK = KIND = "matter"
#: The box of a form that a file which cannot be taken is told at.
PHOTOS = "photos"
#: What a visitor is offered (P-4.1.1c).
RECEPTION = ("seat", "tea", "form")


class NeedsReason(DomainError):
    """What a visitor was not offered needs its reason; so does a void number."""

    default = N_("Write the reason.")


@dataclass(frozen=True)
class Bringer:
    """Who brings a matter; the contact can be sent messages, ``phone`` is for calling back."""

    identity: Identity
    name: str = ""
    contact_id: int | None = None
    phone: str = ""
    language: str = "zh_Hant"


@dataclass(frozen=True)
class Account:
    """What is brought, as it was heard."""

    kind: Kind
    channel: Channel
    title: str
    body: str
    place: str = ""
    reception: tuple[str, ...] = ()
    reception_note: str = ""
    photos: Sequence[CheckedFile] = ()
    severity: Severity = Severity.NORMAL


def open_matter(
    session: Session,
    *,
    account: Account,
    bringer: Bringer,
    first_asked_id: int,
    prefix: str,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
    together_with_id: int | None = None,
) -> Matter:
    """A member of staff takes a matter up (受理): that person is the first asked (P-3.2, W-SW-1).

    Where two were asked together it is whoever ranks higher, and the course names both. Raises
    NeedsReason when a visitor was not offered everything and nobody says why, TooManyFiles on
    ``photos``.
    """
    asked_as_well = together_with_id
    if together_with_id is not None:
        senior = find_senior(session, first_asked_id, together_with_id)
        asked_as_well = first_asked_id if senior == together_with_id else together_with_id
        first_asked_id = senior
    _check_reception(account)
    get_working_staff(session, first_asked_id)
    matter = _new(session, account, bringer, prefix=prefix, zone=zone, now=now)
    matter.state, matter.accepted_at = State.RECEIVED, now
    matter.opened_by_id, matter.first_asked_id = actor.id, first_asked_id
    matter.holder_staff_id = first_asked_id
    matter.severity = account.severity
    return _keep(session, matter, account.photos, actor=actor, now=now, asked_as_well=asked_as_well)


def submit_matter(
    session: Session,
    *,
    account: Account,
    bringer: Bringer,
    post_id: int,
    prefix: str,
    zone: ZoneInfo,
    now: datetime,
) -> Matter:
    """A person writes it down online; until somebody takes it up, the post holds it.

    Raises TooManyFiles on ``photos``.
    """
    matter = _new(session, account, bringer, prefix=prefix, zone=zone, now=now)
    await_contact(session, matter, now=now, on_own_page=True)
    matter.state, matter.holder_post_id = State.SUBMITTED, post_id
    actor = Actor("citizen", bringer.contact_id)
    return _keep(session, matter, account.photos, actor=actor, now=now)


def take_up(session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime) -> None:
    """Somebody of the post takes up what came online, and is the first asked from then on."""
    assert actor.id is not None
    lock(session, matter, version)
    taker = get_working_staff(session, actor.id)
    move(session, matter, Verb.TAKE, version=version)
    matter.first_asked_id = matter.holder_staff_id = taker.id
    matter.holder_post_id = None
    matter.accepted_at = now
    note(session, matter, Verb.TAKE, actor=actor, now=now)


def agree(session: Session, *, matter: Matter, version: int, actor: Actor, now: datetime) -> None:
    """The person has looked at what stands on the own page and says that it is right (復清楚).

    Raises WrongState once it is recorded; saying it twice changes nothing.
    """
    lock(session, matter, version)
    if State(matter.state) not in (State.SUBMITTED, State.RECEIVED):
        raise WrongState(state=STATE_LABELS[State(matter.state)])
    if matter.agreed_at is None:
        matter.agreed_at = now
        note(session, matter, "agreed", actor=actor, now=now)


def void(
    session: Session, *, matter: Matter, version: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Void a number that was drawn by mistake (作廢); it is never given again (P-3.1b)."""
    if not reason.strip():
        raise NeedsReason(field="reason")
    move(session, matter, Verb.VOID, version=version)
    freeze_unmet(session, matter, now=now)
    matter.ended_at = now
    # Whoever wrote it down reads why.
    is_public = matter.opened_by_id is None
    note(session, matter, Verb.VOID, actor=actor, now=now, words=reason, is_public=is_public)


def add_words(
    session: Session,
    *,
    matter: Matter,
    words: str,
    is_public: bool,
    photos: Sequence[CheckedFile] = (),
    actor: Actor,
    now: datetime,
) -> None:
    """Add to what is recorded; nothing written before changes (記清楚).

    It is right whatever happened meanwhile, so no version is asked for. Raises WrongState where the
    person adds to what has ended, which nobody would read; with photos also what ``add_photos``
    does.
    """
    lock(session, matter)
    if actor.kind == "citizen":
        _check_open(matter)
    if photos:
        _attach(session, matter, photos, actor=actor, now=now)
    _unsay(matter)
    note(session, matter, "added", actor=actor, now=now, words=words, is_public=is_public)


def add_photos(
    session: Session,
    *,
    matter: Matter,
    photos: Sequence[CheckedFile],
    actor: Actor,
    now: datetime,
) -> None:
    """Add photos or papers to what is recorded; the person sees them as well.

    Raises WrongState once the matter has ended, and TooManyFiles on ``photos``.
    """
    lock(session, matter)
    _attach(session, matter, photos, actor=actor, now=now)
    _unsay(matter)
    note(session, matter, "attached", actor=actor, now=now)


def _unsay(matter: Matter) -> None:
    """Whoever said that it is right has not seen what comes now."""
    if matter.confirmed_at is None:
        matter.agreed_at = None


def _check_open(matter: Matter) -> None:
    state = State(matter.state)
    if state in ENDED:
        raise WrongState(state=STATE_LABELS[state])


def _attach(
    session: Session, matter: Matter, photos: Sequence[CheckedFile], *, actor: Actor, now: datetime
) -> None:
    """Give files to a matter in hand, so that two at once never give it more than it may have."""
    _check_open(matter)
    attach(session, subject=(KIND, matter.id), files=photos, actor=actor, now=now, field=PHOTOS)


def _check_reception(account: Account) -> None:
    is_short = set(account.reception) != set(RECEPTION)
    if account.channel is Channel.VISIT and is_short and not account.reception_note.strip():
        raise NeedsReason(field="reception_note")


def _new(
    session: Session,
    account: Account,
    bringer: Bringer,
    *,
    prefix: str,
    zone: ZoneInfo,
    now: datetime,
) -> Matter:
    is_anonymous = bringer.identity is Identity.ANONYMOUS
    matter = Matter(
        year=now.astimezone(zone).year,
        kind=account.kind,
        channel=account.channel,
        title=account.title,
        body=account.body or None,
        place=account.place or None,
        identity=bringer.identity,
        name=None if is_anonymous else bringer.name or None,
        phone=bringer.phone or None,
        contact_id=bringer.contact_id,
        language=bringer.language,
        reception=[code for code in RECEPTION if code in account.reception],
        reception_note=account.reception_note or None,
        opened_at=now,
    )
    # Last, because others wait for the number until the transaction ends.
    matter.number = draw_serial(session, book=BOOK, year=matter.year)
    matter.reference = write_serial(prefix, matter.year, matter.number)
    return matter


def _keep(
    session: Session,
    matter: Matter,
    photos: Sequence[CheckedFile],
    *,
    actor: Actor,
    now: datetime,
    asked_as_well: int | None = None,
) -> Matter:
    session.add(matter)
    session.flush()
    texts = (matter.reference, matter.title, matter.place, matter.name)
    index(session, KIND, matter.id, [text for text in texts if text])
    note(session, matter, "opened", actor=actor, now=now, staff_id=asked_as_well)
    _attach(session, matter, photos, actor=actor, now=now)
    return matter
