"""What matters keep of a person: shown to that person, erased when it was kept long enough.

That there was a matter, and how long it took, stays; who it was and what was said goes.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM, Actor
from portal.core.errors import N_, DomainError
from portal.files.models import Attachment
from portal.files.queries import list_attachments_of
from portal.files.rules import MediaType
from portal.files.services import erase
from portal.identity.events import (
    Correctable,
    Erasing,
    PersonalDataAsked,
    Retention,
    Section,
    Term,
    Value,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.matters.models import Matter, MatterWords
from portal.matters.notice_data import erase_notices
from portal.matters.queries import matter_token
from portal.matters.rules import ENDED, STATE_LABELS, State
from portal.matters.services.opening import KIND
from portal.search.services import forget

#: Matters that one person's page shows, and that one round erases.
SHOWN = 200
_ENDED = [str(state) for state in sorted(ENDED)]


class StillOpen(DomainError):
    """Somebody still answers for a matter of this person."""

    default = N_("Somebody still works on a matter of yours. Withdraw it first, or wait.")


@personal_data_asked.connect
def show_matters(question: PersonalDataAsked) -> list[Section]:
    """The matters of a contact that still say whose they are, the latest first."""
    matters = question.session.scalars(
        select(Matter)
        .where(Matter.contact_id == question.contact_id, Matter.erased_at.is_(None))
        .order_by(Matter.opened_at.desc(), Matter.id)
        .limit(SHOWN)
    ).all()
    if not matters:
        return []
    subjects = [(KIND, matter.id) for matter in matters]
    files = list_attachments_of(question.session, KIND, [matter.id for matter in matters])
    rows = [_row(matter, files[matter.id]) for matter in matters]
    names = {(KIND, matter.id): matter.reference for matter in matters}
    return [Section(N_("Matters"), rows, subjects=subjects, names=names, order=20)]


def _row(matter: Matter, files: list[Attachment]) -> list[tuple[str, Value]]:
    row: list[tuple[str, Value]] = [
        (N_("Its number"), _own_page(matter)),
        (N_("What you brought"), matter.title or ""),
        (N_("State"), Term(STATE_LABELS[State(matter.state)])),
        (N_("Taken down"), matter.opened_at),
    ]
    for label, text in (
        (N_("Person"), matter.name),
        (N_("In the person's own words"), matter.body),
        (N_("Where"), matter.place),
        (N_("Other number to call back"), matter.phone),
        (N_("Photos and papers"), ", ".join(_named(file) for file in files)),
    ):
        if text:
            row.append((label, text))
    return row


def _own_page(matter: Matter) -> Correctable:
    """Its number, with the way to the page on which the person reads and acts."""
    values = {"serial": matter.reference, "matter_token": matter_token(matter.reference)}
    return Correctable(matter.reference, "own_matter.show", values, N_("See how it stands"))


def _named(file: Attachment) -> str:
    """A file by its own name, or by its place where it came without one."""
    return file.name or f"{file.position}.{MediaType(file.media_type).ending}"


@personal_data_erasing.connect
def erase_matters(event: Erasing) -> None:
    """Erase what the matters of a contact say; refuses while one is open."""
    is_own = Matter.contact_id == event.contact_id
    still = select(Matter.id).where(is_own, Matter.state.not_in(_ENDED)).limit(1)
    if event.session.scalar(still) is not None:
        raise StillOpen
    _erase(event.session, is_own, event.actor, event.now)


@retention_ending.connect
def end_matters(event: Retention) -> None:
    """Erase what was brought, once it has been kept long enough."""
    _erase(event.session, Matter.ended_at < event.before, SYSTEM, event.now)


def _erase(session: Session, wanted: ColumnElement[bool], actor: Actor, now: datetime) -> None:
    # In ascending order as all rows are locked; the sum keeps a database from finding them so,
    # which would be to walk through all numbers.
    found = select(Matter.id).where(wanted, Matter.erased_at.is_(None)).order_by(Matter.id + 0)
    # Locked first: what somebody adds at the same moment waits, and finds it erased.
    while ids := session.scalars(found.limit(SHOWN).with_for_update(of=Matter)).all():
        session.execute(
            update(MatterWords)
            .where(MatterWords.matter_id.in_(ids))
            .values(words=None, papers=None)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Matter)
            .where(Matter.id.in_(ids))
            .values(
                title=None,
                body=None,
                place=None,
                name=None,
                phone=None,
                reception_note=None,
                erased_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        erase_notices(session, ids)
        for matter_id in ids:
            forget(session, KIND, matter_id)
            # The rows of the matters are in hand by now, so that nobody attaches meanwhile.
            erase(session, subject=(KIND, matter_id), actor=actor, now=now)
