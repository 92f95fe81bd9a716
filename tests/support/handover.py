"""A hall in which things are handed over: A and B of window 3, what A has in hand, and PINs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.catalog.models import Post
from portal.handover.models import Handover, HandoverItem
from portal.handover.queries import list_items
from portal.handover.rules import Kind, Reason
from portal.handover.services import listing, ordering, returning, signing
from portal.handover.services.signing import Signing
from portal.identity.models import Staff
from portal.identity.passwords import hash_password
from portal.identity.services.signing_code import TypedCode
from portal.matters.models import Matter
from portal.matters.services.opening import open_matter
from tests.support.closing import book
from tests.support.duty import TODAY, Hall, open_hall, staff
from tests.support.matters import ACCOUNT, BRINGER
from tests.support.world import SHANGHAI, World, local

T = TypeVar("T")
PIN = "480215"


@dataclass(frozen=True)
class Relay:
    """What people do with what they hand over; everybody in the hall has the same PIN."""

    hall: Hall

    @property
    def world(self) -> World:
        """Where it all happens."""
        return self.hall.world

    def do(self, work: Callable[[Session, datetime], T]) -> T:
        """Run a unit of work at the present moment."""
        return self.hall.do(work)

    def open_matter(self, staff_id: int) -> int:
        """Somebody takes a matter up and holds it; its id."""

        def work(session: Session, now: datetime) -> int:
            return open_matter(
                session,
                account=ACCOUNT,
                bringer=BRINGER,
                first_asked_id=staff_id,
                prefix="Q",
                zone=SHANGHAI,
                actor=staff(staff_id),
                now=now,
            ).id

        return self.do(work)

    def book(self, hour: int, minute: int = 0, who: str = "張麗華") -> int:
        """Somebody books a time of today at the window; the booking's id."""
        return self.book_at(local(TODAY, hour, minute), who)

    def book_at(self, at: datetime, who: str = "張麗華") -> int:
        """The same at any time that is published."""
        return book(self.world, at, who=who, phone="").id

    def begin(
        self, giver: int, receiver: int, reason: Reason = Reason.SHIFT, post_id: int | None = None
    ) -> int:
        """Somebody begins to hand the window over; the handover's id."""

        def work(session: Session, now: datetime) -> int:
            return listing.begin(
                session,
                post=session.get_one(Post, post_id or self.hall.window),
                receiver_id=receiver,
                reason=reason,
                actor=staff(giver),
                now=now,
            ).id

        return self.do(work)

    def add(self, handover_id: int, kind: Kind, words: str) -> int:
        """The giver writes a thing down; the line's id."""

        def work(session: Session, now: datetime) -> int:
            row = session.get_one(Handover, handover_id)
            return listing.add_item(
                session,
                handover=row,
                version=row.version,
                kind=kind,
                words=words,
                actor=staff(row.giver_id),
                now=now,
            ).id

        return self.do(work)

    def offer(self, handover_id: int, pin: str = PIN) -> Signing:
        """The giver signs."""

        def work(session: Session, now: datetime) -> Signing:
            row = session.get_one(Handover, handover_id)
            return signing.offer(
                session,
                handover=row,
                version=row.version,
                typed=self.type(session, row.giver_id, pin),
                actor=staff(row.giver_id),
                now=now,
            )

        return self.do(work)

    def confirm(
        self,
        handover_id: int,
        item_ids: list[int] | None = None,
        pin: str = PIN,
        version: int | None = None,
    ) -> Signing:
        """The receiver ticks these lines, all unless told otherwise, and signs."""

        def work(session: Session, now: datetime) -> Signing:
            row = session.get_one(Handover, handover_id)
            assert row.receiver_id is not None
            return signing.confirm(
                session,
                handover=row,
                version=row.version if version is None else version,
                item_ids=self.ids(session, handover_id) if item_ids is None else item_ids,
                typed=self.type(session, row.receiver_id, pin),
                actor=staff(row.receiver_id),
                now=now,
            )

        return self.do(work)

    def refuse(self, handover_id: int, item_id: int, reason: str = "少了一把") -> None:
        """The receiver does not take a line."""

        def work(session: Session, now: datetime) -> None:
            row = session.get_one(Handover, handover_id)
            assert row.receiver_id is not None
            signing.refuse(
                session,
                handover=row,
                version=row.version,
                item=session.get_one(HandoverItem, item_id),
                reason=reason,
                actor=staff(row.receiver_id),
                now=now,
            )

        self.do(work)

    def withdraw(self, handover_id: int) -> None:
        """The giver hands nothing over after all."""

        def work(session: Session, now: datetime) -> None:
            row = session.get_one(Handover, handover_id)
            listing.withdraw(
                session, handover=row, version=row.version, actor=staff(row.giver_id), now=now
            )

        self.do(work)

    def order(self, giver: int, receiver: int, by: int | None = None) -> int:
        """The head moves everything at once; the handover's id."""

        def work(session: Session, now: datetime) -> int:
            head = by or self.hall.head
            outcome, row = ordering.order(
                session,
                post=session.get_one(Post, self.hall.window),
                giver_id=giver,
                receiver_id=receiver,
                words="突然暈倒，送醫院",
                typed=self.type(session, head, PIN),
                actor=staff(head),
                now=now,
            )
            assert outcome is Signing.DONE
            assert row is not None
            return row.id

        return self.do(work)

    def sign_after(self, handover_id: int) -> Signing:
        """The giver signs after an emergency."""

        def work(session: Session, now: datetime) -> Signing:
            row = session.get_one(Handover, handover_id)
            return signing.sign_after(
                session,
                handover=row,
                version=row.version,
                typed=self.type(session, row.giver_id, PIN),
                actor=staff(row.giver_id),
                now=now,
            )

        return self.do(work)

    def give_back(self, handover_id: int) -> int:
        """The receiver begins to hand it back; the new handover's id."""

        def work(session: Session, now: datetime) -> int:
            row = session.get_one(Handover, handover_id)
            assert row.receiver_id is not None
            return returning.give_back(
                session,
                original=row,
                version=row.version,
                actor=staff(row.receiver_id),
                now=now,
            ).id

        return self.do(work)

    def hand_over(self, giver: int, receiver: int, reason: Reason = Reason.SHIFT) -> int:
        """From the list to both signatures; the handover's id."""
        handover_id = self.begin(giver, receiver, reason)
        assert self.offer(handover_id) is Signing.DONE
        assert self.confirm(handover_id) is Signing.DONE
        return handover_id

    def type(self, session: Session, staff_id: int, pin: str) -> TypedCode:
        """What hashing finds out about a PIN; any other than the right one is wrong."""
        stored = session.get_one(Staff, staff_id).pin_hash
        return TypedCode(pin, stored if stored is not None and pin == PIN else "")

    def ids(self, session: Session, handover_id: int) -> list[int]:
        """All lines of a list."""
        return [item.id for item in list_items(session, [handover_id]).get(handover_id, [])]

    def items(self, handover_id: int) -> list[HandoverItem]:
        """All lines of a list as they stand."""
        return self.do(
            lambda session, _now: list_items(session, [handover_id]).get(handover_id, [])
        )

    def read(self, handover_id: int) -> Handover:
        """A handover as it stands."""
        return self.do(lambda session, _now: session.get_one(Handover, handover_id))

    def matter(self, matter_id: int) -> Matter:
        """A matter as it stands."""
        return self.do(lambda session, _now: session.get_one(Matter, matter_id))

    def booking(self, booking_id: int) -> Booking:
        """A booking as it stands."""
        return self.do(lambda session, _now: session.get_one(Booking, booking_id))

    def handovers(self) -> list[Handover]:
        """All of them, in order."""
        ordered = select(Handover).order_by(Handover.id)
        return self.do(lambda session, _now: list(session.scalars(ordered)))


def open_relay(world: World) -> Relay:
    """The hall with its times published; everybody has set a PIN."""
    hall = open_hall(world)
    world.publish()
    give_pins(world)
    return Relay(hall)


def give_pins(world: World) -> None:
    """Let everybody sign with PIN."""
    with world.app.app_context():
        pin_hash = hash_password(PIN)

    def work(session: Session) -> None:
        for person in session.scalars(select(Staff)):
            person.pin_hash = pin_hash

    world.do(work)
