"""Reads of what is kept about citizens, and of who looked at it."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.identity.contact_models import AccessLog, Contact

ACCESS_PAGE = 50


def get_contact(session: Session, contact_id: int) -> Contact:
    """A contact by id; raises NotFound, also for one that was erased."""
    contact = find_contact(session, contact_id)
    if contact is None:
        raise NotFound
    return contact


def find_contact(session: Session, contact_id: int | None) -> Contact | None:
    """A contact that still says whose it is, if there is one."""
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    return contact if contact is not None and contact.erased_at is None else None


def list_access(
    session: Session, subjects: Iterable[tuple[str, int]], *, limit: int = ACCESS_PAGE
) -> list[AccessLog]:
    """Which members of staff looked at some things, the newest look first."""
    ids = defaultdict(list)
    for kind, subject_id in subjects:
        ids[kind].append(subject_id)
    if not ids:
        return []
    wanted = (
        and_(AccessLog.subject_kind == kind, AccessLog.subject_id.in_(found))
        for kind, found in sorted(ids.items())
    )
    # Says no more than ``wanted``, but in a way in which SQLite sees its index.
    findable = AccessLog.subject_kind.in_(ids), AccessLog.subject_id.in_(chain(*ids.values()))
    return list(
        session.scalars(
            select(AccessLog)
            .where(*findable, or_(*wanted), AccessLog.actor_kind == "staff")
            # By the moment first: SQLite would walk through all there is for the order of ids.
            .order_by(AccessLog.at.desc(), AccessLog.id.desc())
            .limit(limit)
        )
    )
