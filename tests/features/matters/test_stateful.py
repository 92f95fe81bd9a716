"""Any course of a matter: one holder, the first asked for ever, nothing promised or closed untold.

What should have come of each step is kept in plain Python beside the database, by the rulebooks:
who holds it, who may take it, whether the step is possible at all.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.services.raising import raise_due
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.identity.models import Unit
from portal.identity.queries.heads import find_head, list_headed
from portal.identity.services import staffing
from portal.identity.services.granting import EDIT_ROLES, EDIT_STAFF
from portal.matters.intake_rules import Confirmation, Told
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import State
from portal.matters.services import (
    contacting,
    contesting,
    escalating,
    extending,
    handling,
    opening,
    recording,
    referring,
)
from portal.matters.services.recording import Head
from tests.support.matters import Town, build_town, staff_office
from tests.support.world import add_staff, furnish, make_institution

pytestmark = pytest.mark.hypothesis

ENDED = {"closed", "withdrawn", "voided"}
PEOPLE = ("gardener", "head", "colleague", "mayor", "engineer", "plumber")
Work = Callable[[Session, Matter, dict[str, Any]], object]
#: Lengths from a coffee to a week: over noon, nights, the weekend.
PAUSES = st.sampled_from([5, 29, 30, 31, 180, 16 * 60, 24 * 60, 72 * 60, 7 * 24 * 60])
#: Where the person may still say that nothing is wanted any more.
OPEN = {"received", "verified", "reported", "in_progress", "offered", "disputed", "waiting"}
who = st.sampled_from(PEOPLE)
which = st.integers(0, 2)


@dataclass
class Life:
    """What a matter should be by now."""

    holder: int
    first: int
    #: Who answers in the place of the first asked.
    stands_in: int | None = None
    state: str = "received"
    had_it: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    offered_to: int | None = None
    returns: int = 0
    extensions: int = 0
    due: datetime | None = None
    wanted: datetime | None = None
    round: int = 1
    #: The person objects to the pause; it lies before the leader.
    is_contested: bool = False
    is_escalated: bool = False

    def hand_to(self, taker: int) -> None:
        if taker != self.holder:
            self.had_it.add(self.holder)
        self.had_it.discard(taker)
        self.holder, self.state, self.offered_to = taker, "in_progress", None

    def pass_from(self, leaver: int, successor: int) -> None:
        if self.offered_to == leaver or (self.holder == leaver and self.offered_to == successor):
            self.state, self.offered_to = "in_progress", None
        if (self.stands_in or self.first) == leaver:
            self.stands_in = None if successor == self.first else successor
        if self.holder == leaver:
            self.had_it.add(leaver)
            self.had_it.discard(successor)
            self.holder = successor


class MatterCourse(RuleBasedStateMachine):
    """A gardener, two units with heads, a mayor over both, and up to three matters."""

    app: ClassVar[Flask]
    numbers: ClassVar[Iterator[int]]

    @initialize()
    def begin(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()
        self.world = make_institution(self.app, f"course-{next(self.numbers)}")
        furnish(self.world)
        self.town: Town = build_town(staff_office(self.world))
        self.lives: dict[int, Life] = {}
        add_staff(self.world, "01", [EDIT_STAFF, EDIT_ROLES])

    def _id(self, name: str) -> int:
        owner = self.town.office if name in ("gardener", "head", "colleague") else self.town
        found = getattr(owner, name)
        assert isinstance(found, int)
        return found

    def _try(self, which: int, actor: int | None, work: Work) -> tuple[Life, int, bool] | None:
        """Make a step on one of the matters; whether it was possible."""
        if not self.lives:
            return None
        # What has ended is tried seldom: when nothing else is there, or it was the last choice.
        standing = [one for one, life in self.lives.items() if life.state not in ENDED]
        choices = sorted(self.lives if which == 2 or not standing else standing)
        matter_id = choices[which % len(choices)]

        def step(session: Session) -> None:
            matter = session.get_one(Matter, matter_id)
            person = Actor("citizen", None) if actor is None else Actor("staff", actor)
            work(
                session,
                matter,
                {
                    "matter": matter,
                    "version": matter.version,
                    "actor": person,
                    "now": self.world.now,
                },
            )

        try:
            self.world.do(step)
        except DomainError:
            return self.lives[matter_id], matter_id, False
        return self.lives[matter_id], matter_id, True

    @rule(name=who)
    def bring(self, name: str) -> None:
        if sum(life.state not in ENDED for life in self.lives.values()) == 2:
            return
        first = self._id(name)
        office = self.town.office
        matter_id = self.world.do(lambda s: office.take_up(s, first).id)
        self.lives[matter_id] = Life(holder=first, first=first)

    @rule(name=who)
    def bring_in_hand(self, name: str) -> None:
        """One that came without delay to where things begin to happen."""
        before = set(self.lives)
        self.bring(name)
        for matter_id in set(self.lives) - before:
            office = self.town.office
            office.bring_to(State.IN_PROGRESS, matter_id)
            life = self.lives[matter_id]
            life.due = self._read(matter_id).due_at
            life.hand_to(office.head)

    @rule(which=which)
    def confirm(self, which: int) -> None:
        made = self._try(
            which,
            self._id("gardener"),
            lambda s, _m, known: recording.confirm(s, way=Confirmation.WORD, hours=72, **known),
        )
        if made:
            life, matter_id, happened = made
            assert happened == (life.state == "received")
            if happened:
                life.state, life.due = "verified", self._read(matter_id).due_at

    @rule(which=which, yard=st.booleans())
    def report(self, which: int, yard: bool) -> None:
        def work(session: Session, _matter: Matter, known: dict[str, Any]) -> None:
            unit = self.town.yard if yard else self.town.office.unit
            head = find_head(session, unit)
            assert head is not None
            recording.report(session, head=Head(unit, head.id), **known)

        if made := self._try(which, self._id("gardener"), work):
            life, _id, happened = made
            assert happened == (life.state == "verified")
            if happened:
                life.state = "reported"

    @rule(which=which, name=who)
    def acknowledge(self, which: int, name: str) -> None:
        made = self._try(
            which, self._id(name), lambda s, _m, known: recording.acknowledge(s, **known)
        )
        if made:
            life, _id, happened = made
            assert happened == (life.state == "reported")
            if happened:
                life.hand_to(self._id(name))

    @rule(which=which, name=who)
    def refer(self, which: int, name: str) -> None:
        recipient = self._id(name)
        made = self._try(
            which,
            self._id("mayor"),
            lambda s, _m, known: referring.refer(
                s, recipient_id=recipient, words="請辦", papers="", minutes=30, **known
            ),
        )
        if made:
            life, _id, happened = made
            is_free = recipient != life.holder and recipient not in life.had_it
            assert happened == (life.state in ("verified", "in_progress") and is_free)
            if happened:
                life.state, life.offered_to, life.wanted = "offered", recipient, None
                life.asked.append(recipient)

    @rule(which=which)
    def accept(self, which: int) -> None:
        made = self._try(
            which, self._id("mayor"), lambda s, _m, known: referring.accept(s, **known)
        )
        if made:
            life, _id, happened = made
            assert happened == (life.state == "offered")
            if happened:
                assert life.offered_to is not None
                life.hand_to(life.offered_to)

    @rule(which=which)
    def give_back(self, which: int) -> None:
        made = self._try(
            which,
            self._id("mayor"),
            lambda s, _m, known: referring.give_back(s, reason="不歸我管", **known),
        )
        if made:
            life, _id, happened = made
            assert happened == (life.state == "offered")
            if happened:
                self._came_back(life)

    @rule(which=which, name=who)
    def offer_in_vain(self, which: int, name: str) -> None:
        """What makes people ask who is to do it: offered, and returned at once."""
        self.refer(which, name)
        self.give_back(which)

    @rule(which=which)
    def take_back(self, which: int) -> None:
        made = self._try(
            which, self._id("mayor"), lambda s, _m, known: referring.take_back(s, **known)
        )
        if made:
            life, _id, happened = made
            assert happened == (life.state == "offered")
            if happened:
                life.state, life.offered_to = "in_progress", None

    @rule(which=which, name=who)
    def decide(self, which: int, name: str) -> None:
        taker = self._id(name)
        made = self._try(
            which,
            self._id("mayor"),
            lambda s, _m, known: referring.decide(s, taker=taker, reason="依權責", **known),
        )
        if made:
            life, _id, happened = made
            asked = {life.holder, *life.asked}
            may_decide = self._id("mayor") not in asked and taker in asked
            assert happened == (life.state == "disputed" and may_decide)
            if happened:
                life.hand_to(taker)

    @rule(minutes=PAUSES)
    def stand_still(self, minutes: int) -> None:
        """An outage: time passes, and nothing comes round until time passes once more.

        What people do meanwhile goes by what stands there: an offer that is over can be accepted.
        """
        self.world.wait(minutes=minutes)

    @rule(minutes=PAUSES)
    def wait(self, minutes: int) -> None:
        """Time passes; each minute of the sweep that matters is the last one."""
        self.world.wait(minutes=minutes)
        self._take_back_what_is_silent()
        self._raise_what_is_due()

    def _take_back_what_is_silent(self) -> None:
        due = {
            matter_id
            for matter_id, life in self.lives.items()
            if life.state == "offered" and self._has_to_be_answered(matter_id)
        }
        self.world.do(lambda s: referring.return_silent(s, self.world.now))
        for matter_id in due:
            self._came_back(self.lives[matter_id])

    def _raise_what_is_due(self) -> None:
        """However much was missed, of each limit one level is raised, and of nothing that ended."""
        before = self.world.do(lambda s: set(s.scalars(select(Alarm.id))))
        self.world.do(lambda s: raise_due(s, self.world.now))

        def read(session: Session) -> list[tuple[Watch, Alarm]]:
            raised = select(Watch, Alarm).join(Alarm, Alarm.watch_id == Watch.id)
            return [(watch, alarm) for watch, alarm in session.execute(raised)]

        fresh = [pair for pair in self.world.do(read) if pair[1].id not in before]
        assert len({watch.id for watch, _alarm in fresh}) == len(
            {(watch.id, alarm.level) for watch, alarm in fresh}
        )
        for watch, _alarm in fresh:
            assert watch.failures == 0
            assert watch.ended_at is None
            assert self.lives[watch.subject_id].state not in ENDED

    def _has_to_be_answered(self, matter_id: int) -> bool:
        until = self._read(matter_id).answer_until
        return until is not None and until <= self.world.now

    def _came_back(self, life: Life) -> None:
        life.returns, life.offered_to = life.returns + 1, None
        life.state = "disputed" if life.returns >= 2 else "in_progress"

    @rule(which=which, days=st.integers(0, 12))
    def ask_time(self, which: int, days: int) -> None:
        day = (self.world.now + timedelta(days=days)).date()
        made = self._try(
            which,
            self._id("mayor"),
            lambda s, _m, known: extending.ask_time(s, day=day, reason="等零件", **known),
        )
        if made:
            life, matter_id, happened = made
            if happened:
                assert life.state == "in_progress"
                assert life.wanted is None
                assert life.due is not None
                assert self.world.now < life.due
                assert life.extensions < 2
                life.wanted = self._read(matter_id).wanted_due_at
                assert life.wanted is not None
                assert life.wanted > life.due

    @rule(which=which, is_allowed=st.booleans())
    def answer_time(self, which: int, is_allowed: bool) -> None:
        make = extending.grant_time if is_allowed else extending.refuse_time
        made = self._try(
            which, self._id("mayor"), lambda s, _m, known: make(s, words="等零件", **known)
        )
        if made:
            life, _id, happened = made
            is_open = life.state == "in_progress" and life.wanted is not None
            in_time = life.due is not None and self.world.now < life.due
            assert happened == (is_open and (in_time or not is_allowed))
            if happened:
                if is_allowed:
                    life.due, life.extensions = life.wanted, life.extensions + 1
                life.wanted = None

    @rule(which=which, is_allowed=st.booleans())
    def answer_too_late(self, which: int, is_allowed: bool) -> None:
        """More time is asked for in time, and answered when the promise is over."""
        self.ask_time(which, 12)
        self.wait(72 * 60)
        self.answer_time(which, is_allowed)

    @rule(which=which)
    def pause(self, which: int) -> None:
        made = self._try(
            which,
            self._id("gardener"),
            lambda s, _m, known: handling.pause(s, reason="等您在家", **known),
        )
        if made:
            life, _id, happened = made
            assert happened == (life.state == "in_progress" and not life.is_escalated)
            if happened:
                life.state, life.wanted = "waiting", None

    @rule(which=which)
    def resume(self, which: int) -> None:
        life = self._simple(
            which, lambda s, _m, known: handling.resume(s, **known), {"waiting"}, "in_progress"
        )
        if life:
            life[0].due, life[0].is_contested = self._read(life[1]).due_at, False

    @rule(which=which, is_by_person=st.booleans())
    def argue_about_the_pause(self, which: int, is_by_person: bool) -> None:
        make, actor = (
            (contesting.contest, None) if is_by_person else (contesting.uphold, self._id("mayor"))
        )
        made = self._try(which, actor, lambda s, _m, known: make(s, words="零件有貨", **known))
        if made:
            life, _id, happened = made
            assert happened == (life.state == "waiting" and life.is_contested != is_by_person)
            if happened:
                life.is_contested = is_by_person

    @rule(which=which)
    def speak(self, which: int) -> None:
        made = self._try(
            which,
            self._id("gardener"),
            lambda s, _m, known: contacting.contact(s, words="明天來", way=Told.PHONE, **known),
        )
        if made:
            life, _id, happened = made
            assert happened == (life.state in {"in_progress", "offered", "disputed", "waiting"})

    @rule(which=which, is_decided=st.booleans())
    def put_before_the_leader(self, which: int, is_decided: bool) -> None:
        def work(session: Session, _matter: Matter, known: dict[str, Any]) -> None:
            if is_decided:
                escalating.settle(session, words="同意", amount=None, **known)
            else:
                escalating.escalate(session, words="要停水", amount=None, **known)

        if made := self._try(which, self._id("mayor"), work):
            life, _id, happened = made
            assert happened == (life.state == "in_progress" and life.is_escalated == is_decided)
            if happened:
                life.is_escalated = not is_decided

    @rule(which=which)
    def finish(self, which: int) -> None:
        made = self._try(
            which,
            self._id("mayor"),
            lambda s, _m, known: handling.finish(s, result="修好了", **known),
        )
        if made:
            life, _id, happened = made
            is_in_hand = life.state in {"verified", "reported", "in_progress"}
            assert happened == (is_in_hand and not life.is_escalated)
            if happened:
                life.state, life.wanted = "done", None

    @rule(which=which)
    def feed_back(self, which: int) -> None:
        made = self._simple(
            which, lambda s, _m, known: handling.feed_back(s, **known), {"done"}, "fed_back"
        )
        if made:
            life = made[0]
            answers = life.stands_in or life.first
            if answers != life.holder:
                life.had_it.add(life.holder)
            life.had_it.discard(answers)
            life.holder = answers

    @rule(which=which)
    def tell(self, which: int) -> None:
        self._simple(
            which,
            lambda s, _m, known: handling.tell(s, words="修好了", way=Told.PHONE, **known),
            {"fed_back"},
            "told",
        )

    @rule(which=which)
    def solved(self, which: int) -> None:
        self._simple(
            which,
            lambda s, _m, known: handling.confirm_solved(s, **known),
            {"told"},
            "closed",
            by_staff=False,
        )

    @rule(which=which)
    def not_solved(self, which: int) -> None:
        made = self._simple(
            which,
            lambda s, _m, known: handling.reopen(s, words="還在漏", hours=72, **known),
            {"told", "closed"},
            "in_progress",
            by_staff=False,
        )
        if made:
            life, matter_id = made
            matter = self._read(matter_id)
            assert matter.due_at is not None
            life.round, life.returns, life.extensions = life.round + 1, 0, 0
            life.due, life.had_it, life.asked = matter.due_at, set(), []
            life.is_contested = life.is_escalated = False
            life.holder = matter.first_received_id or life.stands_in or life.first

    @rule(name=who, successor=who)
    def leave(self, name: str, successor: str) -> None:
        """Somebody leaves, and is taken back later: what was handed over stays where it is."""
        leaver, taker = self._id(name), self._id(successor)
        if leaver == taker:
            return
        known: dict[str, Any] = {"actor": SYSTEM, "now": self.world.now}
        self.world.do(lambda s: staffing.hand_over(s, staff_id=leaver, to_staff_id=taker, **known))
        for life in self.lives.values():
            if life.state not in ENDED:
                life.pass_from(leaver, taker)
        headed = self.world.do(lambda s: [unit.id for unit in list_headed(s, leaver)])
        self.world.do(lambda s: staffing.let_go(s, staff_id=leaver, **known))
        self.nothing_is_left_to_who_has_gone(leaver)
        self.all_is_as_it_should_be()

        def come_back(session: Session) -> None:
            staffing.take_back(session, staff_id=leaver, password_hash="x", **known)
            for unit_id in headed:
                session.get_one(Unit, unit_id).head_id = leaver

        self.world.do(come_back)

    def nothing_is_left_to_who_has_gone(self, leaver: int) -> None:
        for matter_id, life in self.lives.items():
            matter = self._read(matter_id)
            if life.state not in ENDED:
                owing = {matter.holder_staff_id, matter.offered_to_id}
                owing.add(matter.stands_in_id or matter.first_asked_id)
                owing |= {matter.arbiter_id} if life.state == "disputed" else set()
                owing |= {matter.reported_to_id} if life.state == "reported" else set()
                assert leaver not in owing

    @rule(which=which)
    def withdraw(self, which: int) -> None:
        self._simple(
            which,
            lambda s, _m, known: handling.withdraw(s, words="不用了", **known),
            {"received", "verified", "reported", "in_progress"}
            | {"offered", "disputed", "waiting"},
            "withdrawn",
            by_staff=False,
        )

    @rule(which=which)
    def void(self, which: int) -> None:
        self._simple(
            which,
            lambda s, _m, known: opening.void(s, reason="寫錯了", **known),
            {"received"},
            "voided",
        )

    def _simple(
        self, which: int, work: Work, sources: set[str], target: str, *, by_staff: bool = True
    ) -> tuple[Life, int] | None:
        made = self._try(which, self._id("gardener") if by_staff else None, work)
        if made is None:
            return None
        life, matter_id, happened = made
        assert happened == (life.state in sources), (life.state, target)
        if not happened:
            return None
        life.state = target
        if target in ("done", "waiting"):
            life.wanted = None
        if target == "withdrawn":
            life.offered_to = None
        return life, matter_id

    def _read(self, matter_id: int) -> Matter:
        return self.world.do(lambda s: s.get_one(Matter, matter_id))

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        if not getattr(self, "lives", None):
            return

        def read(session: Session) -> tuple[list[Matter], list[MatterEvent]]:
            matters = session.scalars(select(Matter).order_by(Matter.id))
            events = session.scalars(select(MatterEvent).order_by(MatterEvent.id))
            return list(matters), list(events)

        matters, events = self.world.do(read)
        assert {matter.id for matter in matters} == set(self.lives)
        for matter in matters:
            life = self.lives[matter.id]
            assert matter.state == life.state
            assert (matter.holder_staff_id, matter.holder_post_id) == (life.holder, None)
            assert (matter.first_asked_id, matter.stands_in_id) == (life.first, life.stands_in)
            assert matter.offered_to_id == life.offered_to
            assert (matter.round, matter.returns) == (life.round, life.returns)
            assert matter.due_at == life.due
            assert (matter.due_told_at is None) == (matter.due_at is None)
            if matter.state == "closed":
                made = [
                    event.code
                    for event in events
                    if event.matter_id == matter.id and event.round == matter.round
                ]
                assert made.index("finish") < made.index("feed_back") < made.index("tell")

    def teardown(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()


def test_any_course_of_a_matter_has_one_holder_and_tells_what_it_promises(app: Flask) -> None:
    class Here(MatterCourse):
        pass

    Here.app = app
    Here.numbers = itertools.count(1)
    assert settings.default
    some = settings(max_examples=max(1, settings.default.max_examples // 5))
    run_state_machine_as_test(Here, settings=some)
