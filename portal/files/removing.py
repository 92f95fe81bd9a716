"""Taking files off the shelf: erased ones after the commit, and those that no row speaks of."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.outbox import Delivery
from portal.core.runtime import runtime
from portal.core.shelf import shelf_of
from portal.core.sweeps import Sweep
from portal.core.tenant import current_institution_id
from portal.files.models import Attachment
from portal.files.queries import own_shelf

#: How long a file may wait for its row. No act takes a hundredth of that, so that a file as old
#: as this either has its row by now or will never have one.
GRACE = timedelta(days=1)
#: Files that one statement asks about.
BATCH = 500


def removal_of(attachment: Attachment) -> dict[str, Any]:
    """What the outbox keeps of a file that is to go."""
    return {"attachment": attachment.id, "stored_name": attachment.stored_name}


def _load(session: Session, entry: dict[str, Any]) -> tuple[int, str] | None:
    """Where the file lies; none while its row says that it is kept."""
    if list_kept(session, [entry["stored_name"]]):
        return None
    return current_institution_id(), entry["stored_name"]


def _remove(place: tuple[int, str] | None, _key: str) -> None:
    if place is not None:
        institution_id, name = place
        shelf_of(runtime().config, institution_id).remove(name)


def _note_nothing(_session: Session, _entry: dict[str, Any], _result: None, _now: datetime) -> None:
    """That it was to go stands in its row already."""


REMOVING: Delivery[tuple[int, str] | None, None] = Delivery(
    "files.removing", _load, _remove, _note_nothing
)


def list_kept(session: Session, names: list[str]) -> set[str]:
    """Which of these files a row says are kept."""
    kept = select(Attachment.stored_name).where(
        Attachment.stored_name.in_(names), Attachment.erased_at.is_(None)
    )
    return set(session.scalars(kept))


def remove_orphans(session: Session, now: datetime) -> None:
    """Sweep: take away files whose act was rolled back or cut off, and no others.

    The shelf is looked through before the rows are asked: a row that came meanwhile is seen.
    """
    shelf = own_shelf()
    old = shelf.list_older(GRACE)
    for at in range(0, len(old), BATCH):
        names = old[at : at + BATCH]
        kept = list_kept(session, names)
        for name in names:
            if name not in kept:
                shelf.remove(name)


SWEEP = Sweep("files.orphans", timedelta(days=1), remove_orphans)
