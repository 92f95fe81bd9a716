"""Drawing the next number of a book."""

from sqlalchemy.orm import Session

from portal.core.tenant import current_institution_id
from portal.core.upsert import insert_into
from portal.records.models import SerialCounter


def draw_serial(session: Session, *, book: str, year: int) -> int:
    """The next number of a book in a year: 1, 2, 3 … in each institution, without gaps (P-3.1b).

    Whoever draws waits for the one before: its number counts only when that transaction is
    committed, and comes again when it is not.
    """
    counter = insert_into(session, SerialCounter).values(
        institution_id=current_institution_id(), book=book, year=year, last=1
    )
    drawn = session.scalars(
        counter.on_conflict_do_update(
            index_elements=["institution_id", "book", "year"],
            set_={"last": SerialCounter.last + 1},
        ).returning(SerialCounter.last),
        execution_options={"populate_existing": True},
    )
    return drawn.one()
