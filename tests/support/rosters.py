"""A hall with two windows and the people who keep them, as tests of the roster need it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.models import ScheduleRow
from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.duty.permissions import EDIT
from portal.duty.roster_models import Shift
from portal.duty.services import patterns, rostering, shifting
from portal.identity.models import Staff, Unit
from portal.tenancy.queries import Tenant, get_tenant
from tests.support.world import World, add_staff, furnish, local, make_institution

#: The Monday on which every test begins, and the one after it.
MONDAY, NEXT = date(2026, 11, 23), date(2026, 11, 30)
NAMES = {"H1": "周主任", "A1": "沈慧", "A2": "李建國", "B1": "王麗華", "C1": "趙小燕"}


@dataclass(frozen=True)
class Hall:
    """Windows 3 and 4, each open on weekdays 9:00–12:00 and 13:30–17:00; people by number."""

    world: World
    people: dict[str, int]
    posts: dict[str, int]

    @property
    def head(self) -> Actor:
        return Actor("staff", self.people["H1"])

    def put(self, number: str, start: datetime, end: datetime, *, post: str = "w3") -> int:
        """The head puts somebody at a window; the id of the shift."""

        def work(session: Session) -> int:
            return shifting.put_there(
                session,
                post=session.get_one(Post, self.posts[post]),
                staff_id=self.people[number],
                start=start,
                end=end,
                actor=self.head,
                now=self.world.now,
            ).id

        return self.world.do(work)

    def publish(self, monday: date = NEXT) -> int:
        """The head publishes a week; how many units that were."""

        def work(session: Session) -> int:
            weeks = rostering.publish_week(
                session, monday=monday, within=None, actor=self.head, now=self.world.now
            )
            return len(weeks)

        return self.world.do(work)

    def draft(self) -> int:
        """The head has drafts made; how many came."""
        return self.world.do(
            lambda session: rostering.make_drafts(
                session, within=None, actor=self.head, now=self.world.now
            )
        )

    def add_pattern(
        self,
        number: str,
        start: int,
        end: int,
        days: list[int],
        *,
        cycle: int = 7,
        b: str = "",
        post: str = "w3",
        anchor: date = MONDAY,
    ) -> int:
        """A pattern of a window, from one full hour to another."""

        def work(session: Session) -> int:
            details = patterns.PatternDetails(
                name={"zh_Hant": "早班"},
                start_minute=60 * start,
                end_minute=60 * end,
                cycle_days=cycle,
                anchor=anchor,
                days=days,
                staff_a_id=self.people[number],
                staff_b_id=self.people[b] if b else None,
            )
            return patterns.add_pattern(
                session,
                post=session.get_one(Post, self.posts[post]),
                details=details,
                actor=self.head,
                now=self.world.now,
            ).id

        return self.world.do(work)

    def place(self, number: str, position: str, *, post: str = "w3") -> None:
        """Give somebody a place at a window."""
        row = PostStaff(post_id=self.posts[post], staff_id=self.people[number], position=position)
        self.world.do(lambda session: session.add(row))

    def shifts(self) -> list[Shift]:
        """All shifts that stand, by when they begin."""
        found = select(Shift).where(Shift.state != "dropped").order_by(Shift.starts_at, Shift.id)
        return self.world.do(lambda session: list(session.scalars(found)))

    def tenant(self) -> Tenant:
        return self.world.do(get_tenant)


def open_hall(app: Flask, slug: str = "qingxi") -> Hall:
    """A institution of its own with a hall."""
    return fill_hall(make_institution(app, slug))


def fill_hall(world: World) -> Hall:
    """A and B of window 3 are 沈慧 and 王麗華, of window 4 李建國 and 王麗華."""
    furnish(world)
    people = {
        number: add_staff(world, number, [EDIT] if number == "H1" else []) for number in NAMES
    }

    def arrange(session: Session) -> dict[str, int]:
        for number, name in NAMES.items():
            session.get_one(Staff, people[number]).name = name
        unit = session.scalars(select(Unit)).one()
        unit.head_id = people["H1"]
        first = session.scalars(select(Post)).one()
        second = Post(
            unit_id=unit.id,
            code="w4",
            name={"zh_Hant": "四號窗口", "en": "Window 4"},
            plate="4",
            position=4,
        )
        session.add(second)
        session.flush()
        for post, number, position in (
            (first, "A1", "A"),
            (first, "B1", "B"),
            (second, "A2", "A"),
            (second, "B1", "B"),
        ):
            session.add(PostStaff(post_id=post.id, staff_id=people[number], position=position))
        return {"w3": first.id, "w4": second.id}

    return Hall(world, people, world.do(arrange))


def never_close(hall: Hall, post: str = "w3") -> None:
    """Let a window be open day and night (24小時值班)."""

    def work(session: Session) -> None:
        row = ScheduleRow(code="always", name={"zh_Hant": "24小時"}, is_always_open=True)
        session.add(row)
        session.flush()
        session.get_one(Post, hall.posts[post]).schedule_id = row.id

    hall.world.do(work)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment by the clocks of the hall; hours from 24 on are those of the next day."""
    return local(day, 0) + timedelta(hours=hour, minutes=minute)
