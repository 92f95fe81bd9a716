"""Looking things up by their postings: the same code and speed on both databases."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.core.script import bigrams
from portal.search.models import Posting

#: Grams of a question that are looked up; more add nothing.
ASKED = 12
#: How many things with a gram are looked at before other ways are tried.
NEWEST = 750


def read_grams(query: str) -> list[str]:
    """The two-character runs that a question asks for; words apart are looked for apart.

    A question of one character has none.
    """
    found = (gram for word in query.split() for gram in bigrams(word))
    return list(dict.fromkeys(gram for gram in found if len(gram) == 2))[:ASKED]


def find_refs(
    session: Session, query: str, *, kinds: Sequence[str] = (), limit: int = 20
) -> list[tuple[str, int]]:
    """Kind and id of the things that contain at least half of the two-character runs asked for.

    The best come first: those with the most of them; a question of one character finds nothing.
    For things of which an institution has few; among many, ``order_grams`` begins.
    """
    grams = list(dict.fromkeys(gram for gram in bigrams(query) if len(gram) == 2))[:ASKED]
    if not grams:
        return []
    hits = func.count(Posting.gram.distinct())
    statement = (
        select(Posting.kind, Posting.ref_id)
        .where(Posting.gram.in_(grams))
        .group_by(Posting.kind, Posting.ref_id)
        .having(hits >= max(1, (len(grams) + 1) // 2))
        .order_by(hits.desc(), Posting.kind, Posting.ref_id)
        .limit(limit)
    )
    if kinds:
        statement = statement.where(Posting.kind.in_(kinds))
    return [(kind, ref_id) for kind, ref_id in session.execute(statement)]


def order_grams(session: Session, kind: str, grams: Sequence[str]) -> dict[str, int]:
    """In how many things of a kind each gram stands, the rarest first; one statement.

    Nothing is counted beyond ``NEWEST``, so that a common word costs no more than a rare one.
    """
    if not grams:
        return {}
    columns = (Posting.institution_id, Posting.gram, Posting.ref_id)
    newest = [
        select(*columns).where(Posting.gram == gram, Posting.kind == kind).limit(NEWEST + 1)
        for gram in grams
    ]
    # Each limit in a select of its own: the embedded database takes none inside a union.
    looked_at = union_all(*(select(part.subquery()) for part in newest)).subquery()
    counted = aliased(Posting, looked_at)
    found = select(counted.gram, func.count(counted.ref_id)).group_by(counted.gram)
    numbers = dict.fromkeys(grams, 0) | dict(session.execute(found).all())
    return dict(sorted(numbers.items(), key=lambda item: item[1]))


def newest_with(kind: str, gram: str) -> Select[int]:
    """The ids of the things of a kind in which a gram stands, the newest first."""
    return (
        select(Posting.ref_id)
        .where(Posting.gram == gram, Posting.kind == kind)
        .order_by(Posting.ref_id.desc())
    )


def contains(kind: str, gram: str, ref_id: Any) -> ColumnElement[bool]:
    """Whether a gram stands in the thing that a column of a statement names.

    Looked up thing by thing, in the order of the statement and only until it has enough: a
    database that joins the two instead reads all that have the gram.
    """
    posting = aliased(Posting)
    found = select(posting.id).where(
        posting.gram == gram, posting.kind == kind, posting.ref_id == ref_id
    )
    return found.limit(1).scalar_subquery().is_not(None)
