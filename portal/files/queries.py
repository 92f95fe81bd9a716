"""Reads of attached files."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.core.errors import N_, NotFound
from portal.core.runtime import runtime
from portal.core.shelf import Shelf, shelf_of
from portal.core.tenant import current_institution_id
from portal.files.models import Attachment

#: A thing of another feature: its kind and its id.
Subject = tuple[str, int]


def own_shelf() -> Shelf:
    """The shelf of the institution whose scope is open."""
    return shelf_of(runtime().config, current_institution_id())


def list_attachments(session: Session, subject: Subject) -> list[Attachment]:
    """The files of a thing that are still there, in their order."""
    return list(
        session.scalars(
            select(Attachment)
            .where(*_of(subject), Attachment.erased_at.is_(None))
            .order_by(Attachment.position)
        )
    )


def list_attachments_of(
    session: Session, kind: str, subject_ids: Collection[int]
) -> dict[int, list[Attachment]]:
    """The files of several things of one kind, by the things' ids; none without asking."""
    found: dict[int, list[Attachment]] = {subject_id: [] for subject_id in subject_ids}
    if not found:
        return found
    rows = session.scalars(
        select(Attachment)
        .where(
            Attachment.subject_kind == kind,
            Attachment.subject_id.in_(found),
            Attachment.erased_at.is_(None),
        )
        .order_by(Attachment.subject_id, Attachment.position)
    )
    for row in rows:
        found[row.subject_id].append(row)
    return found


def get_attachment(session: Session, subject: Subject, attachment_id: int) -> Attachment:
    """A file of just this thing; raises NotFound when it is another's, erased, or none."""
    found = session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, *_of(subject), Attachment.erased_at.is_(None)
        )
    )
    if found is None:
        raise NotFound
    return found


def read_content(attachment: Attachment) -> bytes:
    """What a file holds; raises NotFound when it was erased at this very moment."""
    try:
        return own_shelf().read(attachment.stored_name)
    except FileNotFoundError:
        raise NotFound(N_("This file is no longer kept.")) from None


def count_places(session: Session, subject: Subject) -> tuple[int, int]:
    """How many files of a thing are there, and the last place that was ever taken."""
    live = func.count(Attachment.id).filter(Attachment.erased_at.is_(None))
    row = session.execute(
        select(live, func.coalesce(func.max(Attachment.position), 0)).where(*_of(subject))
    ).one()
    return row[0], row[1]


def _of(subject: Subject) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    kind, subject_id = subject
    return Attachment.subject_kind == kind, Attachment.subject_id == subject_id
