"""Any course of days at two windows and a night desk: never empty, or told in time (I-19, I-4).

Who is where is kept in plain Python beside the database, minute by minute; the hours of the hall
are spelled out here once more, so that the calendar is checked as well.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

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

from portal.alarms.models import Alarm, Watch
from portal.calendar.models import HolidayRow
from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.duty.models import Presence
from tests.support.duty import Hall, open_hall
from tests.support.world import SHANGHAI, make_institution

pytestmark = pytest.mark.hypothesis

MINUTE = timedelta(minutes=1)
PEOPLE, POSTS = ("a", "b", "c"), ("window", "desk", "night")
PLACES = {"window": "abc", "desk": "bc", "night": "ca"}
PLACES_OF = {person: [post for post in POSTS if person in PLACES[post]] for person in PEOPLE}
#: A public holiday of the town in the middle of the week.
HOLIDAY = date(2026, 11, 25)
LIMIT = {"window": 5, "desk": 5, "night": 1}
who, where = st.sampled_from(PEOPLE), st.sampled_from(POSTS)
#: From a sip of tea to a weekend; a course begins on Monday at nine.
PAUSES = st.sampled_from([1, 2, 4, 5, 6, 11, 30, 61, 180, 16 * 60, 24 * 60, 63 * 60])


def is_open(post: str, at: datetime) -> bool:
    """The hours once more: mornings and afternoons of working days; the night desk always."""
    if post == "night":
        return True
    local = at.astimezone(SHANGHAI)
    if local.weekday() >= 5 or local.date() == HOLIDAY:
        return False
    minute = local.hour * 60 + local.minute
    return 540 <= minute < 720 or 810 <= minute < 1020


@dataclass
class Stay:
    """Somebody signed in at a post, away from it or not; ids as the database gave them."""

    who: str
    id: int
    is_away: bool = False
    #: The end of the approval, for a second post.
    until: datetime | None = None


class DutyCourse(RuleBasedStateMachine):
    """Three people, each named for two posts or three, and a clock that jumps."""

    app: ClassVar[Flask]
    numbers: ClassVar[Iterator[int]]

    @initialize()
    def begin(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()
        self.hall: Hall = open_hall(make_institution(self.app, f"hall-{next(self.numbers)}"))
        holiday = HolidayRow(day=HOLIDAY, kind="holiday", name={"zh_Hant": "鎮慶"})
        self.hall.world.do(lambda session: session.add(holiday))
        #: The clock of the course, which the institution's follows.
        self.now = self.hall.world.now
        self.own: dict[str, Stay] = {}
        self.covers: dict[str, Stay] = {}
        #: Approvals by person and post, with their ends.
        self.granted: dict[tuple[str, str], datetime] = {}
        #: Since when an open post has had nobody, as far as the course has seen.
        self.empty_since: dict[str, datetime | None] = dict.fromkeys(POSTS)
        self.hall.sweep()
        self._look()

    def _id(self, name: str) -> int:
        found = getattr(self.hall, name)
        assert isinstance(found, int)
        return found

    def _try(self, work: Callable[[], int | None]) -> int | None:
        """Do something; none when a rule refused it."""
        try:
            return work() or 0
        except DomainError:
            return None

    def _own_of(self, person: str) -> list[tuple[str, Stay]]:
        return [(post, stay) for post, stay in self.own.items() if stay.who == person]

    def _cover_of(self, person: str) -> list[tuple[str, Stay]]:
        return [(post, stay) for post, stay in self.covers.items() if stay.who == person]

    def _end_lapsed(self) -> None:
        for post, stay in list(self.own.items()):
            if stay.until is not None and stay.until <= self.now:
                del self.own[post]
                self.covers.pop(post, None)

    def is_attended(self, post: str) -> bool:
        return post in self.covers or (post in self.own and not self.own[post].is_away)

    def _look(self) -> None:
        """Note of each post since when it has been empty, from what has just happened."""
        for post in POSTS:
            if self.is_attended(post) or not is_open(post, self.now):
                self.empty_since[post] = None
            elif self.empty_since[post] is None:
                self.empty_since[post] = self.now

    @rule(person=who, choice=st.integers(0, 11), minutes=st.sampled_from([1, 10, 30]))
    def do_what_is_possible(self, person: str, choice: int, minutes: int) -> None:
        """Somebody does one of the things that are to be done where that person is."""
        own, free = self._own_of(person), [p for p in PLACES_OF[person] if p not in self.own]
        calls = [
            post
            for post in PLACES_OF[person]
            if post in self.own and self.own[post].is_away and post not in self.covers
        ]
        possible: list[Callable[[], None]] = [
            *(lambda post=post: self.cover(person, post) for post in calls),
        ]
        if not own and free:
            possible.append(lambda: self.sign_in(person, free[0]))
        if self._cover_of(person):
            possible.append(lambda: self.sign_out(person, is_cover=True))
        if own and own[0][1].is_away:
            possible += [
                lambda: self.come_back(person),
                lambda: self.sign_out(person, is_cover=False),
            ]
        elif own:
            possible += [lambda: self.step_away(person, minutes)] * 2
            possible.append(lambda: self.sign_out(person, is_cover=False))
        if any(stay.until is None for _post, stay in own) and free:
            possible.append(lambda: self.be_at_a_second_post(person, free[0], 1 + choice % 3))
        if possible:
            possible[choice % len(possible)]()

    def be_at_a_second_post(self, person: str, post: str, hours: int) -> None:
        """Asked for, granted, and used."""
        request = self._try(lambda: self.hall.ask(self._id(person), self._id(post), hours=hours))
        assert request is not None
        self.hall.decide(request, self.hall.head)
        until = self.now + timedelta(hours=hours)
        self.granted[person, post] = max(until, self.granted.get((person, post), until))
        self.sign_in(person, post)

    @rule(person=who, post=where)
    def sign_in(self, person: str, post: str) -> None:
        made = self._try(lambda: self.hall.sign_in(self._id(person), self._id(post)))
        own, until = self._own_of(person), self.granted.get((person, post))
        is_first = not any(stay.until is None for _post, stay in own)
        is_granted = is_first or (until is not None and until > self.now)
        is_allowed = not own or (is_granted and len(own + self._cover_of(person)) == 1)
        expected = person in PLACES[post] and post not in self.own and is_allowed
        assert (made is not None) == expected, (person, post)
        if made is not None:
            self.own[post] = Stay(person, made, until=None if is_first else until)
        self._look()

    @rule(person=who, minutes=st.sampled_from([1, 10, 30, 31]))
    def step_away(self, person: str, minutes: int) -> None:
        for _post, stay in self._own_of(person)[:1]:
            made = self._try(lambda stay=stay: self.hall.step_away(stay.id, minutes))  # type: ignore[misc]
            is_refused = stay.is_away or minutes > 30 or self._cover_of(person)
            assert (made is None) == bool(is_refused)
            stay.is_away = stay.is_away or made is not None
        self._look()

    @rule(person=who)
    def come_back(self, person: str) -> None:
        for post, stay in self._own_of(person)[-1:]:
            made = self._try(lambda stay=stay: self.hall.come_back(stay.id))  # type: ignore[misc]
            assert (made is not None) == stay.is_away
            if made is not None:
                stay.is_away = False
                self.covers.pop(post, None)
        self._look()

    def sign_out(self, person: str, is_cover: bool) -> None:
        for post, stay in self._cover_of(person) if is_cover else self._own_of(person)[:1]:
            made = self._try(lambda stay=stay: self.hall.sign_out(stay.id))  # type: ignore[misc]
            assert made is not None
            self.covers.pop(post, None)
            if not is_cover:
                del self.own[post]
        self._look()

    @rule(person=who, post=where)
    def cover(self, person: str, post: str) -> None:
        made = self._try(lambda: self.hall.cover(self._id(person), self._id(post)))
        away = self.own.get(post)
        own = self._own_of(person)
        expected = (
            person in PLACES[post]
            and away is not None
            and away.is_away
            and away.who != person
            and post not in self.covers
            and not self._cover_of(person)
            and not any(stay.is_away or stay.until is not None for _post, stay in own)
        )
        assert (made is not None) == expected, (person, post)
        if made is not None:
            self.covers[post] = Stay(person, made)
        self._look()

    @rule(minutes=PAUSES, rounds=st.sampled_from(["each minute", "at the end", "none"]))
    def wait(self, minutes: int, rounds: str) -> None:
        """Time passes, with the worker's rounds, or in an outage that may last on."""
        is_watched = rounds == "each minute" and minutes <= 11
        for _minute in range(minutes):
            self.now += MINUTE
            # What ends by itself ended at its own moment, whenever that is looked at.
            self._end_lapsed()
            self._look()
            if is_watched:
                self.all_is_told()
        self._set_clock()
        if rounds != "none":
            self.all_is_told()

    def _set_clock(self) -> None:
        self.hall.world.wait(seconds=(self.now - self.hall.world.now).total_seconds())

    def all_is_told(self) -> None:
        """After a round of the worker: what has been empty for long enough is alarmed."""
        self._set_clock()
        self.hall.sweep()
        watching = select(Watch.subject_id, Watch.due_at, Watch.level).where(
            Watch.subject_kind == "post", Watch.ended_at.is_(None)
        )
        raised = (
            select(Watch.subject_id)
            .join(Alarm, Alarm.watch_id == Watch.id)
            .where(Watch.subject_kind == "post", Alarm.ended_at.is_(None))
        )
        watched = self.hall.do(
            lambda session, _now: {row[0]: (row[1], row[2]) for row in session.execute(watching)}
        )
        told = self.hall.do(lambda session, _now: set(session.scalars(raised)))
        for post in POSTS:
            since, post_id = self.empty_since[post], self._id(post)
            if since is None:
                assert post_id not in watched, f"{post} is staffed or closed, and yet watched"
                assert post_id not in told
                continue
            due_at = since + LIMIT[post] * MINUTE
            if not is_open(post, due_at):
                assert post_id not in watched, f"{post} closes before it is due"
                continue
            assert watched[post_id][0] == due_at, post
            assert (post_id in told) == (due_at <= self.now), post

    def teardown(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()

    @invariant()
    def it_stands_in_the_database_as_it_should(self) -> None:
        if not hasattr(self, "own"):
            return
        standing = select(Presence).where(Presence.signed_out_at.is_(None))
        rows = self.hall.do(lambda session, _now: list(session.scalars(standing)))
        posts = {self._id(name): name for name in POSTS}
        own = {posts[row.post_id]: row for row in rows if not row.is_cover}
        covers = {posts[row.post_id]: row for row in rows if row.is_cover}
        assert {post: stay.id for post, stay in self.own.items()}.items() <= {
            post: row.id for post, row in own.items()
        }.items()
        for post, stay in self.own.items():
            assert (own[post].left_at is not None) == stay.is_away
        for post, stay in self.covers.items():
            assert covers[post].id == stay.id
        for person in PEOPLE:
            mine = [row for row in rows if row.staff_id == self._id(person)]
            assert len(mine) <= 2
            assert sum(not row.is_cover and row.concurrency_id is None for row in mine) <= 1


def test_i_19_no_open_post_is_empty_without_being_told(app: Flask) -> None:
    class Here(DutyCourse):
        pass

    Here.app = app
    Here.numbers = itertools.count(1)
    assert settings.default
    some = settings(max_examples=max(1, settings.default.max_examples // 5))
    run_state_machine_as_test(Here, settings=some)


@pytest.mark.parametrize("seed", [1, 2])
def test_i_19_in_long_courses_where_people_do_what_is_to_be_done(app: Flask, seed: int) -> None:
    """Hypothesis looks for short ways to a fault; these are days as they are, with outages."""
    chance = random.Random(seed)
    DutyCourse.app, DutyCourse.numbers = app, itertools.count(seed)
    course = DutyCourse()
    course.begin()
    happened: Counter[str] = Counter()
    for _step in range(150):
        person, post = chance.choice(PEOPLE), chance.choice(POSTS)
        kind = chance.choice(["do", "do", "do", "wait", "vain"])
        if kind == "do":
            course.do_what_is_possible(person, chance.randrange(12), chance.choice([1, 10, 30]))
        elif kind == "wait":
            rounds = chance.choice(["each minute", "at the end", "none"])
            course.wait(chance.choice([1, 2, 4, 5, 6, 11, 61, 180, 16 * 60]), rounds)
        else:
            course.cover(person, post)
            course.sign_in(person, post)
        course.it_stands_in_the_database_as_it_should()
        happened.update(one for one in POSTS if course.empty_since[one])
        happened.update(["cover"] * len(course.covers))
        happened.update("second" for stay in course.own.values() if stay.until)
    course.teardown()
    assert min(happened[one] for one in (*POSTS, "cover", "second")) > 0, happened
