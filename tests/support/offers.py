"""Two crews that give each other shifts, as tests of offered shifts need them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.duty.offer_models import ShiftOffer
from portal.duty.offer_queries import KEPT
from portal.duty.roster_models import Shift
from portal.duty.services import offering
from portal.identity.models import Staff
from tests.support.rosters import NEXT, Hall, never_close


def keep_in_shifts(hall: Hall) -> None:
    """Window 3 never closes: 沈慧 from Monday to Thursday, 趙小燕 on the other days, H1 at night.

    B1 stands by at every shift. The coming week is published, and all can be written to.
    """
    never_close(hall)
    for number in ("C1", "H1"):
        hall.place(number, "B")
    hall.add_pattern("A1", 6, 18, [0, 1, 2, 3], b="B1")
    hall.add_pattern("C1", 6, 18, [4, 5, 6], b="B1")
    hall.add_pattern("H1", 18, 30, list(range(7)), b="B1")
    hall.draft()
    hall.publish(NEXT)

    def reach(session: Session) -> None:
        for number, staff_id in hall.people.items():
            session.get_one(Staff, staff_id).email = f"{number.lower()}@town.example"

    hall.world.do(reach)


def shift_of(hall: Hall, number: str, place: int = 0) -> int:
    """A shift of the coming week that somebody keeps, counted from its first."""
    found = select(Shift.id).where(
        Shift.staff_id == hall.people[number],
        Shift.state == "published",
        Shift.part.in_([str(part) for part in KEPT]),
    )
    ids = hall.world.do(lambda session: list(session.scalars(found.order_by(Shift.starts_at))))
    return ids[place]


def offer(hall: Hall, shift_id: int, to: str, *, back_id: int | None = None) -> int:
    """Whoever keeps a shift offers it; the offer's id."""

    def work(session: Session) -> int:
        shift = session.get_one(Shift, shift_id)
        return offering.offer_shift(
            session,
            shift=shift,
            to_staff_id=hall.people[to],
            back=session.get_one(Shift, back_id) if back_id else None,
            actor=Actor("staff", shift.staff_id),
            now=hall.world.now,
        ).id

    return hall.world.do(work)


def answer(hall: Hall, offer_id: int, verb: str, *, version: int = 0, by: str = "") -> None:
    """Whom it is offered to accepts or declines; who made it withdraws."""

    def work(session: Session) -> None:
        row = session.get_one(ShiftOffer, offer_id)
        own = row.from_staff_id if verb == "withdraw" else row.to_staff_id
        getattr(offering, f"{verb}_offer")(
            session,
            offer=row,
            version=version,
            actor=Actor("staff", hall.people[by] if by else own),
            now=hall.world.now,
        )

    hall.world.do(work)
