"""Matters as tests need them: a unit with a head, colleagues, and one that has come so far."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.identity.models import Unit
from portal.matters.models import Matter
from portal.matters.rules import Channel, Confirmation, Identity, Kind, State, Told
from portal.matters.services import handling, opening, recording
from portal.matters.services.opening import Account, Bringer
from portal.matters.services.recording import Head
from tests.support.world import SHANGHAI, World, add_staff


def staff(staff_id: int) -> Actor:
    """A member of staff as services are told."""
    return Actor("staff", staff_id)


ACCOUNT = Account(
    kind=Kind.REPAIR,
    channel=Channel.PHONE,
    title="廚房天花板滲水",
    body="早上起來吊頂在滴水",
    place="3號樓201",
)
BRINGER = Bringer(Identity.NAMED, name="張麗華")


@dataclass(frozen=True)
class Office:
    """A gardener who is asked, the head of the unit, and a colleague; by their ids."""

    world: World
    gardener: int
    head: int
    colleague: int
    unit: int

    def open(self, account: Account = ACCOUNT, bringer: Bringer = BRINGER) -> int:
        """The gardener takes a matter up; its id."""

        def take(session: Session) -> int:
            return opening.open_matter(
                session,
                account=account,
                bringer=bringer,
                first_asked_id=self.gardener,
                prefix="Q",
                zone=SHANGHAI,
                actor=Actor("staff", self.gardener),
                now=self.world.now,
            ).id

        return self.world.do(take)

    def bring_to(self, state: State, matter_id: int | None = None) -> int:
        """A matter that has come so far on the straight way; its id."""
        matter_id = self.open() if matter_id is None else matter_id
        way = [
            (State.VERIFIED, self._confirm),
            (State.REPORTED, self._report),
            (State.IN_PROGRESS, self._acknowledge),
            (State.DONE, self._finish),
            (State.FED_BACK, self._feed_back),
            (State.TOLD, self._tell),
        ]
        course = [State.RECEIVED, *(reached for reached, _make in way)]
        standing = course.index(State(self.read(matter_id).state))
        for _reached, make in way[standing : course.index(state)]:
            self._make(make, matter_id)
        assert self.read(matter_id).state == state
        return matter_id

    def _make(self, make: Callable[[Session, Matter], None], matter_id: int) -> None:
        self.world.do(lambda session: make(session, session.get_one(Matter, matter_id)))

    def read(self, matter_id: int) -> Matter:
        """The matter as it stands."""
        return self.world.do(lambda session: session.get_one(Matter, matter_id))

    def _confirm(self, session: Session, matter: Matter) -> None:
        recording.confirm(
            session,
            matter=matter,
            version=matter.version,
            way=Confirmation.WORD,
            hours=72,
            actor=Actor("staff", self.gardener),
            now=self.world.now,
        )

    def _report(self, session: Session, matter: Matter) -> None:
        recording.report(
            session,
            matter=matter,
            version=matter.version,
            head=Head(self.unit, self.head),
            actor=Actor("staff", self.gardener),
            now=self.world.now,
        )

    def _acknowledge(self, session: Session, matter: Matter) -> None:
        recording.acknowledge(
            session,
            matter=matter,
            version=matter.version,
            actor=Actor("staff", self.head),
            now=self.world.now,
        )

    def _finish(self, session: Session, matter: Matter) -> None:
        handling.finish(
            session,
            matter=matter,
            version=matter.version,
            result="關了閥門，換了墊片",
            actor=Actor("staff", self.head),
            now=self.world.now,
        )

    def _feed_back(self, session: Session, matter: Matter) -> None:
        handling.feed_back(
            session,
            matter=matter,
            version=matter.version,
            actor=Actor("staff", self.gardener),
            now=self.world.now,
        )

    def _tell(self, session: Session, matter: Matter) -> None:
        handling.tell(
            session,
            matter=matter,
            version=matter.version,
            words="已經修好，不漏了",
            way=Told.PHONE,
            actor=Actor("staff", self.gardener),
            now=self.world.now,
        )


def staff_office(world: World) -> Office:
    """Three people without any permission; the second is head of the only unit."""
    gardener, head, colleague = (add_staff(world, number, []) for number in ("11", "12", "13"))

    def name_head(session: Session) -> int:
        unit = session.scalars(select(Unit)).first()
        assert unit is not None
        unit.head_id = head
        for post in session.scalars(select(Post)):
            session.add(PostStaff(post_id=post.id, staff_id=colleague, position="A"))
        return unit.id

    return Office(world, gardener, head, colleague, world.do(name_head))
