"""A town in which a pretended thing is watched: who answers for it is said in the test itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.alarms.events import (
    AlarmRaised,
    RecipientsAsked,
    Subject,
    SubjectsAsked,
    alarm_raised,
    recipients_asked,
    subjects_asked,
)
from portal.alarms.models import Alarm, Watch
from portal.alarms.permissions import OVERSEE
from portal.alarms.rules import Kind, Ladder, Level, Limit, Unit, Wait
from portal.alarms.services.raising import raise_due
from portal.alarms.services.watching import arm, end, move_due, pause, resume
from portal.core.actor import SYSTEM
from portal.identity.models import Staff
from portal.messages.models import Message
from tests.support.world import World, add_staff, furnish

T = TypeVar("T")
THING = "pretended"
#: Warned half an hour before, chased at the moment, the head told two hours later.
LADDER: Ladder = (
    Level(Wait(-30), ("holder",), Kind.WARN),
    Level(Wait(0), ("holder",), Kind.CHASE),
    Level(Wait(120, Unit.WORKING_MINUTES), ("unit_head",), Kind.ESCALATE),
)
LIMIT = Limit(THING, 1, "AL-04")


@dataclass
class Pretence:
    """Things that no feature has, and the people who answer for them."""

    world: World
    holder: int
    head: int
    overseer: int
    #: Staff ids by role; what is not here is answered with nothing.
    roles: dict[str, list[int]] = field(default_factory=dict)
    #: Called before a role is answered.
    on_ask: Callable[[RecipientsAsked], object] = lambda _question: None
    on_raised: Callable[[AlarmRaised], object] = lambda _event: None
    raised: list[AlarmRaised] = field(default_factory=list)
    #: Nobody says any more what the things are called.
    is_nameless: bool = False

    def answer(self, question: RecipientsAsked) -> list[int]:
        if question.subject_kind != THING:
            return []
        self.on_ask(question)
        return self.roles.get(question.role, [])

    def name(self, question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
        return {
            (THING, each): Subject(
                {"zh_Hant": f"{each}號事項", "en": f"Matter {each}"}, "today.choose"
            )
            for each in ([] if self.is_nameless else question.ids.get(THING, ()))
        }

    def note(self, event: AlarmRaised) -> None:
        self.on_raised(event)
        self.raised.append(event)

    @property
    def now(self) -> datetime:
        return self.world.now

    def due_in(self, minutes: int) -> datetime:
        return self.now + timedelta(minutes=minutes)

    def arm(self, minutes: int = 60, *, ladder: Ladder = LADDER, limit: Limit = LIMIT) -> datetime:
        """Watch a limit that is due in so many minutes; when it is."""
        due_at, now = self.due_in(minutes), self.now
        self.world.do(
            lambda session: arm(
                session, limit=limit, ladder=ladder, due_at=due_at, actor=SYSTEM, now=now
            )
        )
        return due_at

    def act(self, verb: Callable[..., Any], limit: Limit = LIMIT, **more: Any) -> Any:
        now = self.now
        return self.world.do(lambda s: verb(s, limit=limit, actor=SYSTEM, now=now, **more))

    def move(self, minutes: int) -> None:
        self.act(move_due, due_at=self.due_in(minutes))

    def pause(self) -> None:
        self.act(pause)

    def resume(self, length: int, unit: Unit = Unit.MINUTES) -> None:
        self.act(resume, length=Wait(length, unit))

    def end(self) -> None:
        self.act(end)

    def tick(self, **length: float) -> None:
        """Let time pass and look at what is due then."""
        self.world.wait(**length)
        now = self.now
        self.world.do(lambda session: raise_due(session, now))

    def read(self, statement: Select[T]) -> list[T]:
        """Rows as they are now, free of their session."""

        def rows(session: Session) -> list[T]:
            found = list(session.scalars(statement))
            session.expunge_all()
            return found

        return self.world.do(rows, is_read_only=True)

    def watch(self, limit: Limit = LIMIT) -> Watch:
        [found] = self.read(
            select(Watch).where(Watch.subject_id == limit.subject_id, Watch.code == limit.code)
        )
        return found

    def alarms(self, *, is_open: bool = True) -> list[Alarm]:
        found = select(Alarm).order_by(Alarm.id)
        return self.read(found.where(Alarm.ended_at.is_(None)) if is_open else found)

    def told(self, *, is_open: bool = True) -> list[tuple[int, int]]:
        """Level and recipient of each alarm, in the order in which they were raised."""
        return [(alarm.level, alarm.recipient_id) for alarm in self.alarms(is_open=is_open)]

    def messages(self) -> list[Message]:
        return self.read(select(Message).order_by(Message.id))

    def give(self, staff_id: int, **values: str | None) -> None:
        """Write a person's own e-mail or telephone down."""

        def write(session: Session) -> None:
            staff = session.get_one(Staff, staff_id)
            for name, value in values.items():
                setattr(staff, name, value)

        self.world.do(write)


@contextmanager
def connected(pretence: Pretence) -> Iterator[Pretence]:
    answers = (
        (recipients_asked, pretence.answer),
        (subjects_asked, pretence.name),
        (alarm_raised, pretence.note),
    )
    for signal, handler in answers:
        signal.connect(handler, weak=False)
    try:
        yield pretence
    finally:
        for signal, handler in answers:
            signal.disconnect(handler)


@pytest.fixture
def town(institution: World) -> World:
    """One unit with its hours, and three people."""
    furnish(institution)
    return institution


@pytest.fixture
def thing(town: World) -> Iterator[Pretence]:
    """A thing with a holder and a head, in a town with one who oversees."""
    holder, head = add_staff(town, "1001", []), add_staff(town, "2001", [])
    overseer = add_staff(town, "3001", [OVERSEE])
    roles = {"holder": [holder], "unit_head": [head]}
    with connected(Pretence(town, holder, head, overseer, roles)) as pretence:
        yield pretence
