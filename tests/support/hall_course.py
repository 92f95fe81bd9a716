"""A course of days in a hall: who is there, who is on leave, what is booked, held and handed over.

Whatever people do, and whatever a rule refuses them, four things hold after each step: a live
matter has one holder, who changes only by what both sides agreed to or a named person ordered; an
open post is staffed, or told of in time; no appointment is lost or left to nobody; and nobody goes
on leave from a post that is empty then. Holders are kept in plain Python beside the database, and
the hours of the hall are spelled out once more.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, ClassVar, TypeVar

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.app import FEATURES
from portal.appointments.closure_models import ClosedBooking
from portal.appointments.models import Booking
from portal.appointments.services.bookings import cancel_booking
from portal.calendar.models import HolidayRow
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveKind
from portal.duty.models import Presence
from portal.duty.offer_models import ShiftOffer
from portal.duty.roster_models import Shift
from portal.duty.services import leaving, offering, rostering, shifting
from portal.handover.models import Handover
from portal.handover.rules import ANSWERED, Kind, Reason, State
from portal.handover.services.signing import Signing
from portal.matters.intake_rules import Confirmation, Told
from portal.matters.models import Matter, MatterEvent
from portal.matters.services import handling, recording, referring
from portal.tenancy.settings import BookingRules
from tests.support.closing import close, find_wrong, settle_all
from tests.support.duty import staff
from tests.support.handover import Relay, open_relay
from tests.support.world import SHANGHAI, local, make_institution

T = TypeVar("T")
PEOPLE, POSTS = ("a", "b", "c"), ("window", "desk", "night")
#: Who has a place where: A first.
PLACES = {"window": "abc", "desk": "bc", "night": "ca"}
LIMIT = {"window": 5, "desk": 5, "night": 1}
#: The town's own day in the middle of the week, and the Saturday on which it is made up for.
HOLIDAY, MAKE_UP = date(2026, 11, 25), date(2026, 11, 28)
ENDED = {"closed", "withdrawn", "voided"}
OPEN_HANDOVERS = (State.LISTING, State.OFFERED, State.REFUSED)
#: What the worker does of itself; messages and feeds to people outside are not what this is about.
SWEEPS = [
    sweep
    for feature in FEATURES
    for sweep in feature.sweeps
    if feature.name in {"duty", "handover", "matters", "alarms"}
    or sweep.name in {"appointments.publish", "appointments.breaches"}
]
#: What is due by then is raised in the same round.
SWEEPS.sort(key=lambda sweep: sweep.name.startswith("alarms"))
who, where, choice = st.sampled_from(PEOPLE), st.sampled_from(POSTS), st.integers(0, 5)
#: From a sip of tea to a long weekend; a course begins on Monday at nine.
PAUSES = st.sampled_from([1, 4, 6, 20, 31, 61, 180, 8 * 60, 16 * 60, 24 * 60, 63 * 60])


def is_open(post: str, at: datetime) -> bool:
    """The hours once more: mornings and afternoons of working days; the night desk always."""
    if post == "night":
        return True
    here = at.astimezone(SHANGHAI)
    day = here.date()
    if day == HOLIDAY or (here.weekday() >= 5 and day != MAKE_UP):
        return False
    minute = here.hour * 60 + here.minute
    return 540 <= minute < 720 or 810 <= minute < 1020


def opened_at(post: str, at: datetime) -> datetime | None:
    """When the opening began in which a moment lies; None: always open."""
    if post == "night":
        return None
    here = at.astimezone(SHANGHAI)
    morning = here.hour * 60 + here.minute < 720
    return local(here.date(), 9) if morning else local(here.date(), 13, 30)


class HallCourse(RuleBasedStateMachine):
    """Three people with two or three places each, a head, a leader, and a clock that jumps."""

    app: ClassVar[Flask]
    numbers: ClassVar[Iterator[int]]
    #: What came about in all courses of a test, so that it can be seen not to be nothing.
    happened: ClassVar[Counter[str]]

    @initialize()
    def begin(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()
        self.relay: Relay = open_relay(make_institution(self.app, f"course-{next(self.numbers)}"))
        self.hall, self.world = self.relay.hall, self.relay.world
        self.ids = {name: getattr(self.hall, name) for name in (*PEOPLE, *POSTS)}
        self.names = {self.ids[person]: person for person in PEOPLE}
        self.holders: dict[int, str] = {}
        self.asked: dict[int, str] = {}
        self.bookings: set[int] = set()
        self.cancelled: set[int] = set()
        days = [HolidayRow(day=HOLIDAY, kind="holiday", name={"zh_Hant": "鎮慶"})]
        days.append(HolidayRow(day=MAKE_UP, kind="makeup", name={"zh_Hant": "補班"}))
        self.world.do(lambda session: session.add_all(days))
        self.publish_week(0)
        self.work()

    def teardown(self) -> None:
        with self.app.app_context():
            runtime().clock.offset = timedelta()

    def attempt(self, name: str, act: Callable[..., T], *args: Any, **known: Any) -> T | None:
        """Do something; None when a rule refused it, and then it has changed nothing."""
        try:
            result = act(*args, **known)
        except DomainError:
            self.happened[f"{name}: refused"] += 1
            return None
        self.happened[name] += 1
        return result

    def read(self, found: Any) -> list[Any]:
        """All rows of a query."""
        return self.relay.do(lambda session, _now: list(session.scalars(found)))

    def at_post(self, post: str) -> list[Presence]:
        """Who is signed in there or covers."""
        open_ones = select(Presence).where(
            Presence.signed_out_at.is_(None), Presence.post_id == self.ids[post]
        )
        return self.read(open_ones)

    def own_of(self, person: str) -> list[Presence]:
        """Where somebody is signed in."""
        mine = select(Presence).where(
            Presence.signed_out_at.is_(None), Presence.staff_id == self.ids[person]
        )
        return self.read(mine.order_by(Presence.id))

    # --- Being there

    @rule(person=who, post=where)
    def sign_in(self, person: str, post: str) -> None:
        self.attempt("sign in", self.hall.sign_in, self.ids[person], self.ids[post])

    @rule()
    def open_all(self) -> None:
        """Everybody comes to where they have the first place."""
        for post in POSTS:
            self.sign_in(PLACES[post][0], post)

    @rule(person=who, choice=choice)
    def do_at_the_post(self, person: str, choice: int) -> None:
        """Step away, come back, cover for somebody, or sign out; whatever is to be done."""
        here = self.own_of(person)
        if not here:
            return
        row = here[choice % len(here)]
        if row.is_cover or choice == 0:
            self.attempt("sign out", self.hall.sign_out, row.id)
        elif row.left_at is not None:
            self.attempt("come back", self.hall.come_back, row.id)
        else:
            self.attempt("step away", self.hall.step_away, row.id, 10 * choice)

    @rule(person=who, post=where)
    def cover(self, person: str, post: str) -> None:
        self.attempt("cover", self.hall.cover, self.ids[person], self.ids[post])

    @rule(choice=choice)
    def cover_whoever_is_away(self, choice: int) -> None:
        """Whoever is named for such a post, too, comes when called."""
        for post in POSTS:
            if any(row.left_at is not None for row in self.at_post(post)):
                self.cover(PLACES[post][choice % len(PLACES[post])], post)

    # --- Matters

    @rule(person=who)
    def bring(self, person: str) -> None:
        """Somebody is asked, and answers to the end."""
        if len(self.live()) >= 6:
            return
        matter_id = self.relay.open_matter(self.ids[person])
        self.holders[matter_id] = self.asked[matter_id] = person
        self.step(matter_id, recording.confirm, person, way=Confirmation.WORD, hours=72)

    @rule(choice=choice, to=who)
    def refer(self, choice: int, to: str) -> None:
        for matter in self.live()[choice:][:1]:
            holder, known = self.holders[matter.id], {"words": "請辦", "papers": "", "minutes": 30}
            self.step(matter.id, referring.refer, holder, recipient_id=self.ids[to], **known)

    @rule(choice=choice, how=st.sampled_from(["accept", "give back", "take back"]))
    def answer(self, choice: int, how: str) -> None:
        """What was offered is taken, returned, or taken back by the giver."""
        offered = [matter for matter in self.live() if matter.offered_to_id is not None]
        for matter in offered[choice % max(1, len(offered)) :][:1]:
            asked, holder = self.names[matter.offered_to_id], self.holders[matter.id]
            if how == "give back":
                self.step(matter.id, referring.give_back, asked, reason="不歸我管")
            elif how == "take back":
                self.step(matter.id, referring.take_back, holder)
            elif self.step(matter.id, referring.accept, asked):
                self.holders[matter.id] = asked

    @rule(choice=choice, to=who)
    def refer_in_vain(self, choice: int, to: str) -> None:
        """What makes people ask whose it is: offered, and returned at once."""
        self.refer(choice, to)
        self.answer(0, "give back")

    @rule(to=who)
    def decide(self, to: str) -> None:
        """The head says whose a matter is that came back twice."""
        for matter in [one for one in self.live() if one.state == "disputed"][:1]:
            known = {"taker": self.ids[to], "reason": "依權責"}
            if self.step(matter.id, referring.decide, "head", **known):
                self.holders[matter.id] = to

    @rule(choice=choice)
    def end(self, choice: int) -> None:
        """Done, fed back to whoever answers for it, told; and solved, or not said to be."""
        for matter in self.live()[choice:][:1]:
            if not self.step(matter.id, handling.finish, self.holders[matter.id], result="辦好了"):
                continue
            assert self.step(matter.id, handling.feed_back, self.holders[matter.id])
            answerer = matter.stands_in_id or matter.first_asked_id
            self.holders[matter.id] = self.names[answerer]
            known = {"words": "辦好了", "way": Told.PHONE}
            assert self.step(matter.id, handling.tell, self.holders[matter.id], **known)
            if choice % 2 == 0:
                assert self.step(matter.id, handling.confirm_solved, "")

    def step(self, matter_id: int, make: Callable[..., object], by: str, **values: Any) -> bool:
        """One step of a matter, by somebody here or by whoever brought it; was it possible?"""
        actor = staff(getattr(self.hall, by)) if by else Actor("citizen", None)

        def work(session: Session, now: datetime) -> bool:
            matter = session.get_one(Matter, matter_id)
            make(session, matter=matter, version=matter.version, actor=actor, now=now, **values)
            return True

        name = getattr(make, "__name__", "step")
        return bool(self.attempt(f"matter: {name}", self.relay.do, work))

    def live(self) -> list[Matter]:
        """What is not over yet."""
        found = self.read(select(Matter).order_by(Matter.id))
        return [matter for matter in found if matter.state not in ENDED]

    # --- Appointments

    @rule(day=st.integers(0, 9), half_hour=st.integers(0, 13))
    def book(self, day: int, half_hour: int) -> None:
        """Somebody books a time at the window, if there is one."""
        at = local(self.today() + timedelta(days=day), 10 + half_hour // 2, 30 * (half_hour % 2))
        if at <= self.world.now:
            return
        try:
            self.bookings.add(self.relay.book_at(at, who=f"某{len(self.bookings)}"))
        except (AssertionError, DomainError):
            # Nothing is published there any more, or it is taken or closed.
            return
        self.happened["book"] += 1

    @rule(choice=choice)
    def cancel(self, choice: int) -> None:
        """Somebody does not come after all."""
        for booking_id in sorted(self.bookings - self.cancelled)[choice * 2 :][:1]:

            def work(session: Session, now: datetime, booking_id: int = booking_id) -> bool:
                row = session.get_one(Booking, booking_id)
                known = {"version": row.version, "rules": BookingRules(), "zone": SHANGHAI}
                actor = Actor("citizen", None)
                cancel_booking(session, booking=row, actor=actor, now=now, **known)  # type: ignore[arg-type]
                return True

            if self.attempt("cancel", self.relay.do, work):
                self.cancelled.add(booking_id)

    @rule(day=st.integers(0, 4), is_morning=st.booleans())
    def close_hours(self, day: int, is_morning: bool) -> None:
        """The window closes for half a day, and whoever is booked is moved or told."""
        from_at = local(self.today() + timedelta(days=day), 8 if is_morning else 13)
        self.attempt("close", close, self.world, from_at, from_at + timedelta(hours=4))
        settle_all(self.world)

    def today(self) -> date:
        """By the clocks of the hall."""
        return self.world.now.astimezone(SHANGHAI).date()

    # --- The roster, and leave

    @rule(person=who, day=st.integers(0, 5), cover=st.sampled_from(["", *PEOPLE]), is_urgent=choice)
    def take_leave(self, person: str, day: int, cover: str, is_urgent: int) -> None:
        """Leave is asked for, accepted and approved; or, seldom, written down in an emergency."""
        start = local(self.today() + timedelta(days=day), 8)
        details = leaving.LeaveDetails(
            staff_id=self.ids[person],
            start=start,
            end=start + timedelta(hours=4 if day % 2 else 10),
            kind=LeaveKind.PERSONAL,
            reason="家裡有事",
            cover_id=self.ids[cover] if cover else None,
        )
        if is_urgent < 2:
            self.by_head("emergency leave", leaving.write_emergency, details=details, seen=99)
            settle_all(self.world)
            return
        actor = staff(self.ids[person])
        asked = self.attempt(
            "ask leave",
            self.relay.do,
            lambda s, now: leaving.ask_leave(s, details=details, actor=actor, now=now).id,
        )
        if asked is not None and is_urgent < 5:
            self.answer_leave(asked)

    @rule(choice=choice)
    def answer_old_leave(self, choice: int) -> None:
        """What lay there is answered later, when much may have changed."""
        waiting = self.read(select(Leave.id).where(Leave.state == "asked").order_by(Leave.id))
        for leave_id in waiting[choice % 2 :][:1]:
            self.answer_leave(leave_id)

    def answer_leave(self, leave_id: int) -> None:
        """Whoever covers says yes, the head approves."""
        (leave,) = self.read(select(Leave).where(Leave.id == leave_id))
        if leave.cover_staff_id is not None and leave.cover_accepted_at is None:
            self.on_leave("accept leave", leave_id, leaving.accept_cover, leave.cover_staff_id)
        self.on_leave("approve leave", leave_id, leaving.approve, self.hall.head, words="")

    @rule(choice=choice)
    def withdraw_leave(self, choice: int) -> None:
        for leave in self.read(select(Leave).order_by(Leave.id.desc()))[choice:][:1]:
            self.on_leave("withdraw leave", leave.id, leaving.withdraw, leave.staff_id)

    def on_leave(
        self, name: str, leave_id: int, make: Callable[..., object], by: int, **values: Any
    ) -> None:
        def work(session: Session, now: datetime) -> None:
            row = session.get_one(Leave, leave_id)
            make(session, leave=row, version=row.version, actor=staff(by), now=now, **values)

        self.attempt(name, self.relay.do, work)

    def by_head(self, name: str, make: Callable[..., object], **values: Any) -> None:
        actor = staff(self.hall.head)
        self.attempt(
            name, self.relay.do, lambda s, now: bool(make(s, actor=actor, now=now, **values))
        )

    @rule(person=who, post=where, day=st.integers(0, 8), is_morning=st.booleans())
    def put_there(self, person: str, post: str, day: int, is_morning: bool) -> None:
        start = local(self.today() + timedelta(days=day), 9 if is_morning else 13)
        known = {"staff_id": self.ids[person], "start": start, "end": start + timedelta(hours=4)}

        def put(session: Session, actor: Actor, now: datetime) -> Shift:
            row = session.get_one(Post, self.ids[post])
            return shifting.put_there(session, post=row, actor=actor, now=now, **known)

        self.by_head("put there", put)

    @rule(week=st.integers(0, 1))
    def publish_week(self, week: int) -> None:
        monday = shifting.monday_of(self.today()) + timedelta(days=7 * week)
        self.by_head("publish week", rostering.publish_week, monday=monday, within=None)

    @rule(choice=choice, is_accepted=st.booleans())
    def swap(self, choice: int, is_accepted: bool) -> None:
        """A published shift is offered, and taken or declined."""
        later = select(Shift).where(Shift.state == "published", Shift.starts_at > self.world.now)
        for shift in self.read(later.order_by(Shift.id))[choice // 2 :][:1]:
            post = next(name for name in POSTS if self.ids[name] == shift.post_id)
            others = [one for one in PLACES[post] if self.ids[one] != shift.staff_id]
            self.pass_on(shift.id, self.ids[others[choice % len(others)]], is_accepted)

    def pass_on(self, shift_id: int, taker_id: int, is_accepted: bool) -> None:
        """A shift is offered to somebody, who answers."""

        def offer(session: Session, now: datetime) -> int:
            row = session.get_one(Shift, shift_id)
            return offering.offer_shift(
                session,
                shift=row,
                to_staff_id=taker_id,
                back=None,
                actor=staff(row.staff_id),
                now=now,
            ).id

        offered = self.attempt("offer shift", self.relay.do, offer)
        if offered is None:
            return

        def reply(session: Session, now: datetime) -> None:
            row = session.get_one(ShiftOffer, offered)
            make = offering.accept_offer if is_accepted else offering.decline_offer
            make(session, offer=row, version=row.version, actor=staff(taker_id), now=now)

        self.attempt("accept shift" if is_accepted else "decline shift", self.relay.do, reply)

    # --- Handing over

    def open_ones(self, *states: State) -> list[Handover]:
        """Handovers of which something is still to be done."""
        return [row for row in self.relay.handovers() if row.state in states]

    @rule(giver=who, receiver=who, reason=st.sampled_from([Reason.SHIFT, Reason.LEAVE]))
    def list_it(self, giver: str, receiver: str, reason: Reason) -> None:
        """Somebody begins to hand over where they are signed in, else the window."""
        here = [row.post_id for row in self.own_of(giver) if not row.is_cover]
        ids = self.ids[giver], self.ids[receiver]
        post = (here or [self.ids["window"]])[0]
        self.attempt("begin handover", self.relay.begin, *ids, reason, post)

    @rule(choice=choice)
    def offer_it(self, choice: int) -> None:
        for row in self.open_ones(State.LISTING, State.REFUSED)[choice % 2 :][:1]:
            if row.receiver_id is not None:
                self.attempt("add a line", self.relay.add, row.id, Kind.KEY, "鑰匙")
                while self.attempt("offer handover", self.relay.offer, row.id) is Signing.CHANGED:
                    pass

    @rule(choice=choice, leaves_out=st.booleans())
    def confirm_it(self, choice: int, leaves_out: bool) -> None:
        for row in self.open_ones(State.OFFERED)[choice % 2 :][:1]:
            ids = [item.id for item in self.relay.items(row.id)]
            before = self.is_at(row.post_id, row.giver_id)
            sent = ids[1:] if leaves_out else ids
            if self.attempt("confirm handover", self.relay.confirm, row.id, sent) is Signing.DONE:
                assert not leaves_out
                self.moved(row, was_there=before)

    @rule(choice=choice, is_refused=st.booleans())
    def refuse_it(self, choice: int, is_refused: bool) -> None:
        for row in self.open_ones(State.OFFERED)[choice % 2 :][:1]:
            if is_refused:
                first = self.relay.items(row.id)[0].id
                self.attempt("refuse handover", self.relay.refuse, row.id, first)
            else:
                self.attempt("withdraw handover", self.relay.withdraw, row.id)

    @rule(giver=who, receiver=who)
    def order_it(self, giver: str, receiver: str) -> None:
        """An emergency: the head moves everything at the window."""
        before = self.is_at(self.ids["window"], self.ids[giver])
        ids = self.ids[giver], self.ids[receiver]
        if (ordered := self.attempt("order handover", self.relay.order, *ids)) is not None:
            self.moved(self.relay.read(ordered), was_there=before, is_order=True)

    @rule(choice=choice)
    def sign_afterwards(self, choice: int) -> None:
        for row in self.open_ones(State.ORDERED)[choice % 2 :][:1]:
            self.attempt("giver signs late", self.relay.sign_after, row.id)
            self.attempt("receiver signs late", self.relay.confirm, row.id)

    @rule(choice=choice)
    def give_it_back(self, choice: int) -> None:
        for row in self.open_ones(State.CONFIRMED)[choice:][:1]:
            self.attempt("give back", self.relay.give_back, row.id)

    def is_at(self, post_id: int, staff_id: int) -> bool:
        """Whether somebody is signed in there."""
        held = self.own_of(self.names[staff_id])
        return any(row.post_id == post_id and not row.is_cover for row in held)

    def moved(self, row: Handover, *, was_there: bool, is_order: bool = False) -> None:
        """What the second signature, or the order, moves; and that nothing was forgotten."""
        assert row.receiver_id is not None
        giver, receiver = self.names[row.giver_id], self.names[row.receiver_id]
        items = [item for item in self.relay.items(row.id) if item.gone_at is None]
        for item in items:
            if item.kind == Kind.MATTER and item.state != ANSWERED:
                assert item.matter_id is not None
                assert self.holders[item.matter_id] == giver
                self.holders[item.matter_id] = receiver
            assert is_order or item.ticked_at is not None
        if row.reason != Reason.RETURN:
            stays = any(not one.is_cover for one in self.own_of(giver))
            if row.reason != Reason.SHIFT or not stays:
                assert giver not in {self.holders[matter.id] for matter in self.live()}
            self.all_who_come_are_named(row, {item.booking_id for item in items})
        assert not self.is_at(row.post_id, row.giver_id)
        if was_there and not is_order:
            assert self.is_at(row.post_id, row.receiver_id)

    def all_who_come_are_named(self, row: Handover, listed: set[int | None]) -> None:
        """W-YY-2: each appointment of the next fourteen days was a line."""
        now = self.world.now
        coming = select(Booking.id).where(
            Booking.post_id == row.post_id,
            Booking.state == "booked",
            Booking.starts_at > now,
            Booking.starts_at < now + timedelta(days=14),
        )
        assert set(self.read(coming)) <= listed

    # --- Time

    @rule(minutes=PAUSES)
    def stand_still(self, minutes: int) -> None:
        """An outage: time passes, and the worker does nothing until later."""
        self.world.wait(minutes=minutes)

    @rule(minutes=PAUSES)
    def wait(self, minutes: int) -> None:
        """Time passes, and the worker comes round."""
        self.world.wait(minutes=minutes)
        self.work()
        self.no_open_post_is_empty_without_being_told()

    def work(self) -> None:
        """A round of all that the worker does by the clock."""
        for sweep in SWEEPS:
            self.relay.do(sweep.run)

    def no_open_post_is_empty_without_being_told(self) -> None:
        """I-19, by who was there when and the hours of the hall."""
        now = self.world.now
        standing = select(Watch.subject_id).join(Alarm, Alarm.watch_id == Watch.id)
        of_posts = Watch.subject_kind == "post", Watch.ended_at.is_(None), Alarm.ended_at.is_(None)
        told = set(self.read(standing.where(*of_posts)))
        for post in POSTS:
            rows = self.read(select(Presence).where(Presence.post_id == self.ids[post]))
            is_attended = any(row.left_at is None for row in rows)
            if is_attended or not is_open(post, now):
                assert self.ids[post] not in told, f"{post} is staffed or closed, and yet told of"
                continue
            ends = [row.left_at for row in rows if row.left_at is not None]
            known = [moment for moment in (opened_at(post, now), *ends) if moment is not None]
            if not known:
                continue
            due_at = max(known) + timedelta(minutes=LIMIT[post])
            if due_at <= now:
                assert self.ids[post] in told, f"{post} is empty since {max(known)}"
                self.happened[f"told: {post}"] += 1
            else:
                assert self.ids[post] not in told

    # --- What holds after each step

    @invariant()
    def all_holds(self) -> None:
        """Read at once, so that nothing happens in between."""
        if hasattr(self, "relay"):
            self.relay.do(self.look)
            assert find_wrong(self.world) == []

    def look(self, session: Session, _now: datetime) -> None:
        """The four things that hold in any course."""

        def read(model: type[T]) -> list[T]:
            return list(session.scalars(select(model)))

        self.each_matter_has_the_one_holder_that_was_agreed(read(Matter))
        steps = select(MatterEvent.at).where(MatterEvent.code == "handed_over")
        self.what_moved_was_signed_twice_or_ordered(read(Handover), set(session.scalars(steps)))
        closed = set(session.scalars(select(ClosedBooking.booking_id)))
        self.no_appointment_is_lost(read(Booking), closed)
        self.nobody_is_on_leave_from_an_empty_post(read(Leave), read(Shift))

    def each_matter_has_the_one_holder_that_was_agreed(self, matters: list[Matter]) -> None:
        """I-1; who was asked first stays so for ever."""
        for matter in matters:
            if matter.state not in ENDED:
                assert matter.holder_staff_id is not None
                assert self.names[matter.holder_staff_id] == self.holders[matter.id]
                assert self.names[matter.first_asked_id] == self.asked[matter.id]

    def what_moved_was_signed_twice_or_ordered(
        self, rows: list[Handover], steps: set[datetime]
    ) -> None:
        """I-6: at that second and at no other."""
        moved = [row for row in rows if row.moved_at is not None]
        assert steps <= {row.moved_at for row in moved}
        for row in moved:
            if row.ordered_by_id is None:
                assert row.giver_signed_at is not None
                assert row.moved_at is not None
                assert row.giver_signed_at <= row.moved_at == row.receiver_signed_at
            else:
                assert row.ordered_by_id == self.hall.head

    def no_appointment_is_lost(self, rows: list[Booking], by_closing: set[int]) -> None:
        """What is cancelled was cancelled by its person, or as part of a closure that tells it."""
        assert self.bookings <= {row.id for row in rows}
        for row in rows:
            if row.state == "cancelled":
                assert row.id in self.cancelled | by_closing, "cancelled by nobody"
            assert row.id not in self.cancelled or row.state == "cancelled"

    def nobody_is_on_leave_from_an_empty_post(
        self, leaves: list[Leave], shifts: list[Shift]
    ) -> None:
        """I-5, half hour by half hour; what the head wrote in an emergency is told, not refused."""
        away = [row for row in leaves if row.state == "approved"]
        there = [row for row in shifts if row.state in ("draft", "published")]
        for leave in away:
            if leave.decided_at == leave.asked_at:
                continue
            at = leave.from_at
            while at < leave.until_at:
                for post in POSTS:
                    if is_open(post, at):
                        assert self.could_keep(post, at, away, there), (post, at)
                at += timedelta(minutes=30)

    def could_keep(self, post: str, at: datetime, leaves: list[Leave], shifts: list[Shift]) -> bool:
        """Whether somebody is named for a post and not away, or was put there by name."""
        away = [row for row in leaves if row.from_at <= at < row.until_at]
        urgent = {row.staff_id for row in away if row.decided_at == row.asked_at}
        put = {
            row.staff_id
            for row in shifts
            if row.post_id == self.ids[post] and row.starts_at <= at < row.ends_at
        }
        named = {self.ids[person] for person in PLACES[post]}
        return bool((named - {row.staff_id for row in away}) | put | (named & urgent))


def walk(course: HallCourse, chance: Random, steps: int) -> None:
    """Take steps as they come in such a hall; people mostly do what is to be done."""
    pick, number = chance.choice, chance.randrange
    acts: list[tuple[int, Callable[[], None]]] = [
        (4, lambda: course.sign_in(pick(PEOPLE), pick(POSTS))),
        (5, course.open_all),
        (8, lambda: course.do_at_the_post(pick(PEOPLE), number(6))),
        (2, lambda: course.cover(pick(PEOPLE), pick(POSTS))),
        (9, lambda: course.cover_whoever_is_away(number(6))),
        (6, lambda: course.bring(pick(PEOPLE))),
        (6, lambda: course.refer(number(6), pick(PEOPLE))),
        (7, lambda: course.answer(number(6), pick(["accept", "accept", "give back", "take back"]))),
        (6, lambda: course.refer_in_vain(number(3), pick(PEOPLE))),
        (4, lambda: course.decide(pick(PEOPLE))),
        (2, lambda: course.end(number(6))),
        (8, lambda: course.book(number(10), number(14))),
        (2, lambda: course.cancel(number(6))),
        (1, lambda: course.close_hours(number(5), pick([True, False]))),
        (5, lambda: course.take_leave(pick(PEOPLE), number(6), pick(["", *PEOPLE]), number(6))),
        (1, lambda: course.answer_old_leave(number(6))),
        (2, lambda: course.withdraw_leave(number(6))),
        (4, lambda: course.put_there(pick(PEOPLE), pick(POSTS), number(9), pick([True, False]))),
        (2, lambda: course.publish_week(number(2))),
        (9, lambda: course.swap(number(6), pick([True, True, False]))),
        (7, lambda: course.list_it(pick(PEOPLE), pick(PEOPLE), pick([Reason.SHIFT, Reason.LEAVE]))),
        (8, lambda: course.offer_it(number(6))),
        (9, lambda: course.confirm_it(number(6), pick([True, False, False]))),
        (1, lambda: course.refuse_it(number(6), pick([True, False]))),
        (1, lambda: course.order_it(pick(PEOPLE), pick(PEOPLE))),
        (3, lambda: course.sign_afterwards(number(6))),
        (3, lambda: course.give_it_back(number(6))),
        (2, lambda: course.stand_still(pick([4, 61, 16 * 60]))),
        (8, lambda: course.wait(pick([1, 4, 6, 20, 31, 61, 180, 16 * 60, 24 * 60]))),
    ]
    weights = [weight for weight, _act in acts]
    course.begin()
    for _weight, act in chance.choices(acts, weights, k=steps):
        act()
        course.all_holds()
    course.teardown()
