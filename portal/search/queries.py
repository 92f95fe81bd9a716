"""Looking things up by their postings: the same code and speed on both databases."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.script import bigrams
from portal.search.models import Posting

#: Grams of a question that are looked up; more add nothing.
ASKED = 12


def find_refs(
    session: Session, query: str, *, kinds: Sequence[str] = (), limit: int = 20
) -> list[tuple[str, int]]:
    """Kind and id of the things that contain at least half of the two-character runs asked for.

    The best come first: those with the most of them; a question of one character finds nothing.
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
