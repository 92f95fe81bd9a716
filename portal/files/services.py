"""Taking files in, giving them to a thing, and erasing them for good."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.core import outbox
from portal.core.actor import Actor
from portal.core.ledger import record, salted
from portal.core.shelf import new_name
from portal.files import pdf
from portal.files.models import Attachment
from portal.files.photos import repaint
from portal.files.queries import Subject, count_places, list_attachments, own_shelf
from portal.files.recognising import measure, recognise, refuse_two_things
from portal.files.removing import REMOVING, removal_of
from portal.files.rules import (
    MOST_BYTES,
    MOST_FILES,
    BadFile,
    CheckedFile,
    EmptyFile,
    MediaType,
    TooLarge,
    TooManyFiles,
    TooManyPixels,
    clean_name,
)


def check_upload(storage: FileStorage) -> CheckedFile:
    """A sent file as it may be kept. Asks no database, and takes its time: call it before one does.

    Decided by the content; its name and what the browser calls it count for nothing. Raises a
    BadFile that names the file and says what to do instead.
    """
    name = clean_name(storage.filename)
    # Whoever is asked a second time, because a race was lost, reads from the beginning.
    storage.stream.seek(0)
    try:
        content, media_type = _check(storage.stream.read(MOST_BYTES + 1))
    except BadFile as error:
        error.params["name"] = name
        raise
    digest = hashlib.sha256(content).hexdigest()
    return CheckedFile(name, media_type, content, digest, new_name())


def _check(content: bytes) -> tuple[bytes, MediaType]:
    if not content:
        raise EmptyFile
    if len(content) > MOST_BYTES:
        raise TooLarge
    media_type = recognise(content)
    refuse_two_things(content)
    if not media_type.is_photo:
        pdf.refuse_harmful(content)
        return content, media_type
    width, height = measure(content, media_type)
    if width * height > media_type.most_pixels:
        raise TooManyPixels
    return repaint(content, media_type)


def keep(files: Sequence[CheckedFile]) -> None:
    """Put files on the shelf of the institution in scope before they are attached.

    The disk is waited for here, with no transaction open. What is never attached is swept.
    """
    shelf = own_shelf()
    for file in files:
        shelf.put(file.stored_name, file.content)


def attach(
    session: Session,
    *,
    subject: Subject,
    files: Sequence[CheckedFile],
    actor: Actor,
    now: datetime,
    field: str | None = None,
) -> list[Attachment]:
    """Give files to a thing, behind those that it has.

    They lie on the disk before the rows are committed, so that no row is ever without its file.
    Raises TooManyFiles on ``field`` when the thing would have more than MOST_FILES; who may attach
    to it, its own feature decides.
    """
    if not files:
        return []
    count, last = count_places(session, subject)
    if count + len(files) > MOST_FILES:
        raise TooManyFiles(field=field)
    keep(files)
    added = [
        Attachment(
            subject_kind=subject[0],
            subject_id=subject[1],
            position=position,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=file.sha256,
            stored_name=file.stored_name,
            actor_kind=actor.kind,
            actor_id=actor.id,
            uploaded_at=now,
        )
        for position, file in enumerate(files, last + 1)
    ]
    session.add_all(added)
    session.flush()
    for row in added:
        record(
            session,
            "files.attachment.added",
            subject=subject,
            actor=actor,
            now=now,
            attachment=row.id,
            # Proves the content as long as the row with its random name stands.
            content=salted(row.sha256, row.stored_name),
            media_type=row.media_type,
        )
    return added


def erase(session: Session, *, subject: Subject, actor: Actor, now: datetime) -> int:
    """Erase names and contents of a thing's files; how many there were.

    That there was a file, when, and its hash stay; the content goes right after the commit.
    """
    rows = list_attachments(session, subject)
    for row in rows:
        row.name, row.erased_at = None, now
        outbox.put(session, REMOVING.kind, removal_of(row), key=f"files:{row.id}", due=now)
        record(
            session,
            "files.attachment.erased",
            subject=subject,
            actor=actor,
            now=now,
            attachment=row.id,
        )
    session.flush()
    return len(rows)
