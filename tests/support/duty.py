"""Two posts with their people, as duty needs them, and what people do there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.models import Watch
from portal.alarms.permissions import OVERSEE
from portal.alarms.queries import list_alarms_of
from portal.alarms.services.raising import raise_due
from portal.calendar.models import ScheduleRow
from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.duty.models import Absence, Concurrency, Presence
from portal.duty.queries import Seat, read_seat
from portal.duty.rules import AwayReason, Standing
from portal.duty.services import concurring, covering, presence
from portal.duty.services.concurring import lapse_requests
from portal.duty.services.presence import end_lapsed
from portal.duty.services.watching import watch_posts
from portal.identity.models import Staff, Unit
from tests.support.world import World, add_staff, furnish, local

T = TypeVar("T")
#: The Monday on which every test begins, at its window's opening.
TODAY = date(2026, 11, 23)


def staff(staff_id: int) -> Actor:
    """A member of staff as services are told."""
    return Actor("staff", staff_id)


@dataclass(frozen=True)
class Hall:
    """Window 3 with A, B and C, the enquiry desk with its own A, a head and a leader; by ids.

    B of the window is A of the enquiry desk. The night desk never closes and has nobody.
    """

    world: World
    window: int
    desk: int
    night: int
    a: int
    b: int
    c: int
    head: int
    leader: int

    def do(self, work: Callable[[Session, datetime], T]) -> T:
        """Run a unit of work at the present moment."""
        return self.world.do(lambda session: work(session, self.world.now))

    def at(self, hour: int, minute: int = 0, day: date = TODAY) -> None:
        """Let time pass until then."""
        moment = local(day, hour, minute)
        assert moment >= self.world.now
        self.world.wait(seconds=(moment - self.world.now).total_seconds())

    def sign_in(self, staff_id: int, post_id: int | None = None) -> int:
        """Somebody signs in at a post, at the window unless told otherwise; the presence's id."""

        def work(session: Session, now: datetime) -> int:
            post = session.get_one(Post, post_id or self.window)
            return presence.sign_in(session, post=post, actor=staff(staff_id), now=now).id

        return self.do(work)

    def step_away(self, presence_id: int, minutes: int = 15) -> None:
        """Whoever it is leaves for so long."""

        def work(session: Session, now: datetime) -> None:
            row = session.get_one(Presence, presence_id)
            presence.step_away(
                session,
                presence=row,
                reason=AwayReason.MEAL,
                minutes=minutes,
                actor=staff(row.staff_id),
                now=now,
            )

        self.do(work)

    def come_back(self, presence_id: int) -> None:
        """Whoever it is comes back."""
        self._change(presence.come_back, presence_id)

    def sign_out(self, presence_id: int) -> None:
        """Whoever it is signs out, or ends standing in."""
        self._change(presence.sign_out, presence_id)

    def cover(self, staff_id: int, post_id: int | None = None) -> int:
        """Somebody stands in at a post; the presence's id."""

        def work(session: Session, now: datetime) -> int:
            post = session.get_one(Post, post_id or self.window)
            return covering.cover(session, post=post, actor=staff(staff_id), now=now).id

        return self.do(work)

    def ask(self, staff_id: int, post_id: int, *, hours: float = 2) -> int:
        """Somebody asks for a second post for so long; the request's id."""

        def work(session: Session, now: datetime) -> int:
            return concurring.ask(
                session,
                post=session.get_one(Post, post_id),
                reason="今天只有我一個人",
                until_at=now + timedelta(hours=hours),
                actor=staff(staff_id),
                now=now,
            ).id

        return self.do(work)

    def decide(self, request_id: int, staff_id: int, *, is_granted: bool = True) -> None:
        """Somebody allows it, or does not."""

        def work(session: Session, now: datetime) -> None:
            row = session.get_one(Concurrency, request_id)
            concurring.decide(
                session, row=row, is_granted=is_granted, actor=staff(staff_id), now=now
            )

        self.do(work)

    def _change(self, change: Callable[..., None], presence_id: int) -> None:
        def work(session: Session, now: datetime) -> None:
            row = session.get_one(Presence, presence_id)
            change(session, presence=row, actor=staff(row.staff_id), now=now)

        self.do(work)

    def seat(self, post_id: int | None = None) -> Seat:
        """How it stands with a post."""

        def work(session: Session, now: datetime) -> Seat:
            return read_seat(session, session.get_one(Post, post_id or self.window), now)

        return self.do(work)

    def standing(self, post_id: int | None = None) -> Standing:
        """The same in one word."""
        return self.seat(post_id).standing

    def sweep(self) -> None:
        """The worker's round: what is over ends, posts are looked at, what is due is raised."""
        self.do(end_lapsed)
        self.do(lapse_requests)
        self.do(watch_posts)
        self.do(raise_due)

    def told(self, staff_id: int) -> list[str]:
        """The codes of what somebody has open."""
        listing = self.do(lambda session, _now: list_alarms_of(session, staff_id))
        return [row.watch.code for row in listing.rows]

    def watched(self, post_id: int | None = None) -> dict[str, datetime]:
        """What is watched of a post, and when it is due."""
        of_post = select(Watch.code, Watch.due_at).where(
            Watch.subject_kind == "post",
            Watch.subject_id == (post_id or self.window),
            Watch.ended_at.is_(None),
        )
        return self.do(lambda session, _now: dict(session.execute(of_post).all()))

    def read(self, model: type[T], row_id: int) -> T:
        """A row as it stands."""
        return self.do(lambda session, _now: session.get_one(model, row_id))

    def absences(self) -> list[Absence]:
        """All of them, in order."""
        ordered = select(Absence).order_by(Absence.id)
        return self.do(lambda session, _now: list(session.scalars(ordered)))


def open_hall(world: World) -> Hall:
    """Furnish an institution; nobody in it needs any permission to be at a post."""
    furnish(world)
    numbers = {"A1": [], "B1": [], "C1": [], "H1": [], "L1": [OVERSEE]}
    a, b, c, head, leader = (add_staff(world, *person) for person in numbers.items())

    def build(session: Session) -> tuple[int, int, int]:
        unit = session.scalars(select(Unit)).one()
        unit.head_id = head
        always = ScheduleRow(code="always", name={"zh_Hant": "全天"}, is_always_open=True)
        session.add(always)
        session.flush()
        window = session.scalars(select(Post)).one()
        desk = Post(unit_id=unit.id, code="enquiry", name={"zh_Hant": "諮詢臺"}, plate="諮")
        night = Post(
            unit_id=unit.id,
            code="night",
            name={"zh_Hant": "值班室"},
            plate="值",
            schedule_id=always.id,
        )
        session.add_all([desk, night])
        session.flush()
        for post, person, position in (
            (window, a, "A"),
            (window, b, "B"),
            (window, c, "C"),
            (desk, b, "A"),
            (desk, c, "B"),
            (night, c, "A"),
            (night, a, "B"),
        ):
            session.add(PostStaff(post_id=post.id, staff_id=person, position=position))
        names = {a: "林秀蘭", b: "周志明", c: "吳國棟", head: "方敏", leader: "鎮長"}
        for staff_id, name in names.items():
            session.get_one(Staff, staff_id).name = name
        return window.id, desk.id, night.id

    window, desk, night = world.do(build)
    return Hall(world, window, desk, night, a, b, c, head, leader)
