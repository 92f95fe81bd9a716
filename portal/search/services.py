"""Keeping the postings of a thing in step with its texts."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.core.script import bigrams
from portal.search.models import Posting

#: Characters of a text that are indexed; longer texts are found by their beginning.
INDEXED = 400


def index(session: Session, kind: str, ref_id: int, texts: Iterable[str]) -> None:
    """Replace the postings of a thing by those of its texts, in both scripts folded."""
    forget(session, kind, ref_id)
    grams = {gram for text in texts for gram in bigrams(text[:INDEXED])}
    session.add_all(Posting(kind=kind, gram=gram, ref_id=ref_id) for gram in sorted(grams))
    session.flush()


def forget(session: Session, kind: str, ref_id: int) -> None:
    """Remove a thing from the postings."""
    session.execute(
        delete(Posting)
        .where(Posting.kind == kind, Posting.ref_id == ref_id)
        .execution_options(synchronize_session=False)
    )
