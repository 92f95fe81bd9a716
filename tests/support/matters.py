"""Matters as tests need them: a unit with a head, colleagues, and one that has come so far."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.identity.models import Staff, Unit
from portal.matters.intake_rules import Channel, Confirmation, Identity, Kind, Told
from portal.matters.models import Matter
from portal.matters.rules import State
from portal.matters.services import extending, handling, opening, recording, referring
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

        return self.world.do(
            lambda session: self.take_up(session, self.gardener, account, bringer).id
        )

    def take_up(
        self,
        session: Session,
        first: int,
        account: Account = ACCOUNT,
        bringer: Bringer = BRINGER,
    ) -> Matter:
        """Somebody takes a matter up, inside a unit of work."""
        return opening.open_matter(
            session,
            account=account,
            bringer=bringer,
            first_asked_id=first,
            prefix="Q",
            zone=SHANGHAI,
            actor=Actor("staff", first),
            now=self.world.now,
        )

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

    def reopen(self, matter_id: int) -> None:
        """The person says that it is not solved."""
        self._make(self._reopen, matter_id)

    def withdraw(self, matter_id: int) -> None:
        """The person does not want it any more."""
        self._make(self._withdraw, matter_id)

    def _reopen(self, session: Session, matter: Matter) -> None:
        handling.reopen(
            session,
            matter=matter,
            version=matter.version,
            words="還在漏",
            hours=72,
            actor=Actor("citizen", None),
            now=self.world.now,
        )

    def _withdraw(self, session: Session, matter: Matter) -> None:
        handling.withdraw(
            session,
            matter=matter,
            version=matter.version,
            words="自己修好了",
            actor=Actor("citizen", None),
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


@dataclass(frozen=True)
class Town:
    """The office below a town hall, and a works yard beside it; by their ids."""

    office: Office
    mayor: int
    engineer: int
    plumber: int
    yard: int

    def refer(self, matter_id: int, giver: int, recipient: int, papers: str = "") -> None:
        """Somebody offers the matter to somebody else."""
        self._step(
            matter_id,
            referring.refer,
            giver,
            recipient_id=recipient,
            words="請派人查看",
            papers=papers,
            minutes=30,
        )

    def accept(self, matter_id: int, recipient: int) -> None:
        self._step(matter_id, referring.accept, recipient)

    def give_back(self, matter_id: int, recipient: int) -> None:
        self._step(matter_id, referring.give_back, recipient, reason="不歸本單位管")

    def take_back(self, matter_id: int, giver: int) -> None:
        self._step(matter_id, referring.take_back, giver)

    def decide(self, matter_id: int, taker: int) -> None:
        self._step(matter_id, referring.decide, self.mayor, taker=taker, reason="管線由工務所負責")

    def ask_time(self, matter_id: int, holder: int, day: date) -> None:
        self._step(matter_id, extending.ask_time, holder, day=day, reason="零件要等三天")

    def grant_time(self, matter_id: int, approver: int) -> None:
        self._step(matter_id, extending.grant_time, approver, words="零件要等三天")

    def refuse_time(self, matter_id: int, approver: int) -> None:
        self._step(matter_id, extending.refuse_time, approver, words="本週要辦完")

    def _step(
        self, matter_id: int, make: Callable[..., None], staff_id: int, **values: object
    ) -> None:
        world = self.office.world

        def work(session: Session) -> None:
            matter = session.get_one(Matter, matter_id)
            make(
                session,
                matter=matter,
                version=matter.version,
                actor=Actor("staff", staff_id),
                now=world.now,
                **values,
            )

        world.do(work)


def build_town(office: Office) -> Town:
    """A mayor over both units; an engineer heads the yard, where a plumber works."""
    numbers = ("21", "22", "23")
    mayor, engineer, plumber = (add_staff(office.world, number, []) for number in numbers)

    def build(session: Session) -> int:
        hall = session.get_one(Unit, office.unit)
        top = Unit(code="town", name={"zh_Hant": "鎮公所", "en": "Town hall"})
        session.add(top)
        session.flush()
        yard = Unit(code="yard", name={"zh_Hant": "工務所", "en": "Works"}, parent_id=top.id)
        session.add(yard)
        session.flush()
        hall.parent_id, top.head_id, yard.head_id = top.id, mayor, engineer
        names = {mayor: ("鎮長", top.id), engineer: ("林工", yard.id), plumber: ("水電", yard.id)}
        for staff_id, (name, unit_id) in names.items():
            person = session.get_one(Staff, staff_id)
            person.name, person.unit_id = name, unit_id
        return yard.id

    return Town(office, mayor, engineer, plumber, office.world.do(build))
