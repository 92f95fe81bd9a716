"""Finding matters among very many: those that somebody may see, by words or in order of urgency.

Nothing here grows with the number of matters: each statement reads a bounded piece of an index.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Subquery, case, intersect, literal, select, union
from sqlalchemy.orm import Session

from portal.core.listing import PAGE, Listing, nearest
from portal.matters.models import Matter
from portal.matters.queries import Viewer, is_seen, list_matters_by_id, seen_parts
from portal.records.rules import read_serial
from portal.search.models import Posting
from portal.search.queries import NEWEST, contains, newest_with, order_grams, read_grams

#: Matters that a list has at most; those after them are found by number, place or name.
LISTED = 500
KIND = "matter"
#: So many times as many are looked at where among the newest there are nearly enough.
DEEPER = 5
#: With each of the rarest runs, the newest that may have half of them all.
FEW = 200
_LIVE = Matter.ended_at.is_(None)


def find_matters(session: Session, viewer: Viewer, query: str) -> list[Matter]:
    """What somebody may see of the matters that a question names, the newest first.

    All of its words must stand in title, place, name or number; where none has all of them,
    those with at least half of the two-character runs are found.
    """
    if (serial := read_serial(query)) is not None:
        year, number = serial
        named = select(Matter).where(Matter.year == year, Matter.number == number)
        return list(session.scalars(named.where(is_seen(viewer))))
    counts = order_grams(session, KIND, read_grams(query))
    if not counts:
        return []
    grams = list(counts)
    found = _find_all(session, viewer, grams, counts[grams[0]])
    return found or _find_half(session, viewer, grams)


def _find_all(session: Session, viewer: Viewer, grams: Sequence[str], number: int) -> list[Matter]:
    """Those with every gram; ``number`` is how many have the first, which is the rarest."""
    if not number:
        return []
    ids = session.scalars(_find_newest(viewer, grams, 0, NEWEST, PAGE)).all()
    if len(ids) < PAGE <= len(ids) * DEEPER and number > NEWEST:
        # At this rate there are enough a little further back.
        deeper = _find_newest(viewer, grams, NEWEST, NEWEST * DEEPER, PAGE - len(ids))
        ids = [*ids, *session.scalars(deeper)]
    if len(ids) < PAGE and number > NEWEST:
        ids = session.scalars(_find_common(viewer, grams)).all()
    return _in_order(session, ids)


def _find_newest(
    viewer: Viewer, grams: Sequence[str], start: int, most: int, wanted: int
) -> Executable:
    """The ids of those with every gram, the newest first; looked for among so many of the first."""
    first, *others = grams
    newest = newest_with(KIND, first).offset(start).limit(most).subquery()
    # One by one and no join, for the same reason as in ``contains``.
    own = select(Matter.id).where(Matter.id == newest.c.ref_id, is_seen(viewer))
    found = (
        select(newest.c.ref_id)
        .where(own.scalar_subquery().is_not(None), *_has(others, newest.c.ref_id))
        .order_by(newest.c.ref_id.desc())
        .limit(wanted)
    )
    # So said, the session knows whose rows lie below.
    return select(Posting.ref_id).from_statement(found)


def _find_common(viewer: Viewer, grams: Sequence[str]) -> Executable:
    """The ids of those with every gram, where all are common and few of the newest fit."""
    if viewer.seen is None:
        # Of everything to be seen, what has both of the rarest.
        both = (newest_with(KIND, gram).order_by(None) for gram in grams[:2])
        seen: Any = intersect(*both).subquery().c.ref_id
        named = select(Posting.ref_id)
    else:
        seen = _seen(viewer).c.id
        named = select(Matter.id)
    # In order below, so that the words are looked for until there are enough, and no longer.
    ordered = select(seen).order_by(seen.desc()).subquery()
    [one] = ordered.c
    fitting = select(one).where(*_has(grams, one)).order_by(one.desc()).limit(PAGE)
    return named.from_statement(fitting)


def _has(grams: Sequence[str], matter_id: Any) -> list[ColumnElement[bool]]:
    return [contains(KIND, gram, matter_id) for gram in grams]


def _find_half(session: Session, viewer: Viewer, grams: Sequence[str]) -> list[Matter]:
    """Those with at least half of the grams, the most first, of the newest with the rarest."""
    wanted = (len(grams) + 1) // 2
    if wanted == len(grams):
        return []
    # Whatever has half of them has one of these.
    rarest = [
        newest_with(KIND, gram).limit(FEW).subquery() for gram in grams[: len(grams) - wanted + 1]
    ]
    some = union(*(select(newest.c.ref_id) for newest in rarest))
    hits = sum((case((has, 1), else_=0) for has in _has(grams, Matter.id)), start=literal(0))
    found = (
        select(Matter)
        .where(Matter.id.in_(some), is_seen(viewer), hits >= wanted)
        .order_by(hits.desc(), Matter.id.desc())
        .limit(PAGE)
    )
    return list(session.scalars(found))


def _seen(viewer: Viewer, *conditions: ColumnElement[bool], limit: int | None = None) -> Subquery:
    """What somebody may see, put together reason by reason, at most so many for each."""
    seen = select(Matter.id, Matter.due_at).where(*conditions)
    if viewer.seen is None and limit is not None:
        # Nothing else leads to those of everybody but the order of promised times.
        seen = seen.order_by(Matter.due_at, Matter.id)
    parts = (seen.where(part) for part in seen_parts(viewer))
    # Each limit in a select of its own: the embedded database takes none inside a union.
    return union(*(select(part.limit(limit).subquery()) for part in parts)).subquery()


def list_seen(session: Session, viewer: Viewer, page: int) -> Listing[Matter]:
    """A page of the live matters that somebody may see: what is due first comes first.

    What has no promised time yet comes before all: somebody waits to hear it.
    """
    ids = _list_few(session, viewer)
    total = min(len(ids), LISTED)
    number = nearest(page, total)
    skipped = (number - 1) * PAGE
    is_cut = len(ids) > LISTED
    shown = _walk(session, viewer, skipped) if is_cut else ids[skipped : skipped + PAGE]
    return Listing(_in_order(session, shown), number, total, is_cut)


def _list_few(session: Session, viewer: Viewer, *conditions: ColumnElement[bool]) -> Sequence[int]:
    """The live matters that somebody may see, in order.

    Where there are more than ``LISTED``, so many of them and one more, whichever.
    """
    seen = _seen(viewer, _LIVE, *conditions, limit=LISTED + 1)
    order = (seen.c.due_at.is_not(None), seen.c.due_at, seen.c.id)
    few = select(seen.c.id).order_by(*order).limit(LISTED + 1)
    # So said, the session knows whose rows lie below.
    return session.scalars(select(Matter.id).from_statement(few)).all()


def _walk(session: Session, viewer: Viewer, skipped: int) -> list[int]:
    """A page of very many, along the index of promised times, in which untold ones lie apart."""
    order, last = (Matter.due_at, Matter.id), skipped + PAGE
    live = select(Matter.id).where(_LIVE, is_seen(viewer)).order_by(*order)
    untold = _list_few(session, viewer, Matter.due_at.is_(None))
    if len(untold) > LISTED and viewer.seen is not None:
        # Too many of several reasons are not the first of all; of everybody's they are.
        untold = session.scalars(live.where(Matter.due_at.is_(None)).limit(last)).all()
    shown = list(untold[skipped:last])
    if len(shown) < PAGE:
        told = live.where(Matter.due_at.is_not(None)).offset(max(0, skipped - len(untold)))
        shown += session.scalars(told.limit(PAGE - len(shown)))
    return shown


def _in_order(session: Session, ids: Sequence[int]) -> list[Matter]:
    by_id = {matter.id: matter for matter in list_matters_by_id(session, ids)}
    return [by_id[each] for each in ids]
