"""A course of bookings that come due: time, workers and their outages, and what always holds."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.services.breaches import note_breaches
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.offers import expire_offers
from portal.appointments.services.publishing import publish_slots
from portal.appointments.services.reminders import send_reminders
from portal.core.errors import DomainError
from portal.core.ledger_chain import seal_entries
from portal.core.ledger_verify import verify
from tests.support.kept_promises import KEPT, LIMIT, LIVE, MINUTE, Kept, KeptPromises, Offered
from tests.support.kept_stage import BEGINNINGS, RULES, Beginning, KeptStage, WatchedGateway

SECOND = timedelta(seconds=1)
near = st.integers(0, 11)


class KeptCourse(RuleBasedStateMachine):
    """One window in one zone; what people do is added by rules."""

    app: ClassVar[Flask]
    numbers: ClassVar[Any] = itertools.count(1)
    #: What all courses together have been through.
    happened: ClassVar[Counter[str]]

    @initialize(beginning=st.sampled_from(BEGINNINGS))
    def open_doors(self, beginning: Beginning) -> None:
        self.stage = KeptStage(self.app, next(self.numbers), beginning)
        self.gateway = WatchedGateway(self.stage.world)
        self.promises = KeptPromises(self.stage.zone)
        self.workers = 1
        self.seen = self.stage.look()
        self.come_round()
        self.have_people_coming()

    def have_people_coming(self) -> None:
        """Those with whom the course begins."""

    @property
    def now(self) -> datetime:
        return self.stage.world.now

    def attempt(self, work: Callable[[Session], Any]) -> tuple[str, Any]:
        """Run a unit of work as a request would; the error's name, or nothing, and the result."""
        try:
            return "", self.stage.world.do(work)
        except DomainError as error:
            return type(error).__name__, None

    def pick_slot(self, number: int) -> Slot | None:
        """One of the next times, or the one that has just begun."""
        since = self.now - 20 * MINUTE
        coming = [slot for slot in self.seen.slots if slot.starts_at > since]
        return coming[number % min(len(coming), 9)] if coming else None

    def pick(self, number: int) -> Kept | None:
        """One of the youngest bookings that somebody still comes with; else of all."""
        everyone = list(self.promises.bookings.values())
        kept = ([kept for kept in everyone if kept.state in LIVE] or everyone)[-5:]
        return kept[number % len(kept)] if kept else None

    # Time and workers.

    @rule(number=st.integers(0, 5), is_late=st.booleans())
    def wait(self, number: int, is_late: bool) -> None:
        """Until one of the next moments that matter to somebody, or just after it."""
        moments = sorted({moment for moment in self._moments() if moment > self.now})
        if moments:
            self.pass_to(moments[min(number, len(moments) - 1)] + is_late * SECOND)

    def _moments(self) -> list[datetime]:
        moments = [each.until for each in self.promises.offers.values() if each.state == "open"]
        for kept in self.promises.bookings.values():
            moments += [moment for r in kept.ahead for moment in (r.at, r.latest)]
            if kept.state in LIVE:
                start, end = kept.starts_at, kept.ends_at
                moments += [start, start + LIMIT, start + 3 * LIMIT, end, end + LIMIT]
        return moments

    @rule(to=st.sampled_from(["midnight", "month", "clocks"]), is_late=st.booleans())
    def jump(self, to: str, is_late: bool) -> None:
        """Over a midnight, a month's end or a change of the clocks, if one is near."""
        hours = (
            self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=n)
            for n in range(1, 49)
        )
        for hour in hours:
            if to in self._borders(hour):
                self.pass_to(hour + (SECOND if is_late else -SECOND))
                return

    def _borders(self, hour: datetime) -> set[str]:
        local = hour.astimezone(self.stage.zone)
        before = (hour - SECOND).astimezone(self.stage.zone)
        return {
            name
            for name, is_border in {
                "midnight": local.date() != before.date(),
                "month": local.month != before.month,
                "clocks": local.utcoffset() != before.utcoffset(),
            }.items()
            if is_border
        }

    @rule(hours=st.sampled_from([3, 26, 200]))
    def sleep(self, hours: int) -> None:
        """All workers were out for so long; then one, or two at once, come round."""
        workers, self.workers = self.workers or 2, 0
        self.pass_to(self.now + timedelta(hours=hours))
        self.workers = workers
        self.come_round()

    @rule(count=st.integers(0, 2), is_up=st.booleans())
    def change_workers(self, count: int, is_up: bool) -> None:
        """None, one or two workers from now on; what they deliver to may be down."""
        self.workers, self.gateway.is_up = count, is_up
        self.come_round()

    def pass_to(self, moment: datetime) -> None:
        """Let time pass, noting what borders it passes, and have the workers come round."""
        before = self.now
        if moment <= before:
            return
        first = before.replace(minute=0, second=0, microsecond=0)
        for n in range(1, int((moment - first).total_seconds()) // 3600 + 1):
            self.happened.update(self._borders(first + timedelta(hours=n)))
        self.stage.wait_until(moment)
        self.come_round()

    def come_round(self) -> None:
        """Every sweep of every worker, in the order in which they stand in the manifest."""
        if not self.workers:
            return
        now = self.now
        for sweep in (publish_slots, expire_offers, return_expired_holds, send_reminders):
            self.stage.by_workers(self.workers, sweep)
        for offer in self.promises.offers.values():
            if offer.state == "open" and offer.until <= now:
                offer.state = "expired"
                self.happened["expired"] += 1
        for kept in self.promises.bookings.values():
            self.happened["reminded"] += kept.look(now)
        self.stage.by_workers(self.workers, note_breaches)
        self._foretell_breaches(now)
        self._deliver(now)

    def _foretell_breaches(self, now: datetime) -> None:
        seen = self.seen = self.stage.look()
        standing = iter([offer for offer in seen.offers if offer.id not in self.promises.offers])
        for kept in self.promises.bookings.values():
            # Where serving has begun, that itself wrote it down.
            if kept.began_at is None and kept.is_let_down(now):
                self.break_promise(kept, now, standing)
        assert next(standing, None) is None, "a place was kept for nobody"

    def break_promise(self, kept: Kept, now: datetime, standing: Iterator[Offer]) -> None:
        """Once for each promise; whoever still waits and can be told has three new times."""
        if kept.promise in self.promises.broken:
            return
        has_begun = kept.began_at is not None
        self.promises.broken[kept.promise] = has_begun
        kept.version += 1
        self.happened["broken"] += 1
        if has_begun or kept.contact is None:
            return
        for slot in sorted(self.promises.new_times(self.seen.slots, now), key=lambda s: s.id):
            row = next(standing)
            self.promises.offers[row.id] = Offered(row.id, slot.id, kept.promise, now + KEPT)
            self.happened["offered"] += 1

    def _deliver(self, now: datetime) -> None:
        """What leaves is still true: a reminder of a time at which somebody is expected."""
        already = len(self.gateway.left)
        self.gateway.work()
        messages = {message.id: message for message in self.stage.look().messages}
        for message_id, has_left in self.gateway.left[already:]:
            message = messages[message_id]
            if "reminder" not in message.template:
                assert has_left
                continue
            kept = self.promises.bookings[message.subject_id or 0]
            _, _, time_of, _ = message.key.split(":")
            is_same = kept.state == "booked" and f"{kept.starts_at:%Y%m%dT%H%M}" == time_of
            is_late = message.expires_at is not None and message.expires_at < now
            assert has_left == (is_same and not is_late)
            self.happened["held back"] += not has_left

    def note_booking(self, row: Booking, *, contact: int | None) -> Kept:
        kept = Kept(row.id, row.slot_id, row.starts_at, row.ends_at, contact, row.is_overbooked)
        kept.tell("confirmed", "0")
        kept.arm(self.stage.zone, self.now)
        self.promises.bookings[row.id] = kept
        return kept

    # What must hold after each step.

    @invariant()
    def everything_holds(self) -> None:
        """Count the tables, all read at one moment, and compare them with what was promised."""
        self.seen = self.stage.look()
        self._check_places()
        self._check_times()
        self._check_bookings()
        self._check_broken()
        self._check_messages()
        self._check_ledger()

    def _check_places(self) -> None:
        seen, now = self.seen, self.now
        held = Counter(hold.slot_id for hold in seen.holds)
        given = Counter(
            row.slot_id
            for row in seen.bookings
            if row.state != "cancelled" and not row.is_overbooked
        )
        for slot in seen.slots:
            assert 0 <= slot.booked <= slot.capacity
            assert slot.booked == held[slot.id] + given[slot.id], "a place was lost or invented"
        running = Counter(hold.slot_id for hold in seen.holds if hold.expires_at > now)
        assert running == Counter(o.slot for o in self.promises.offers.values() if o.is_open(now))

    def _check_times(self) -> None:
        """Each local date has exactly the hours that its clocks go through."""
        by_day: dict[Any, list[datetime]] = {}
        for slot in self.seen.slots:
            by_day.setdefault(self.promises.day(slot.starts_at), []).append(slot.starts_at)
            assert slot.ends_at - slot.starts_at == timedelta(hours=1)
        if self.workers:
            assert self.promises.day(self.now) + timedelta(days=RULES.horizon_days) in by_day
        for day, starts in by_day.items():
            assert Counter(starts) == Counter(self.stage.starts(day))

    def _check_bookings(self) -> None:
        assert {
            row.id: (row.state, row.version, row.slot_id, row.arrived_at, row.started_at)
            for row in self.seen.bookings
        } == {
            kept.id: (kept.state, kept.version, kept.slot, kept.came_at, kept.began_at)
            for kept in self.promises.bookings.values()
        }
        for row in self.seen.bookings:
            assert row.local_date == self.promises.day(row.starts_at)

    def _check_broken(self) -> None:
        """Each broken promise stands once and for good; each offer has its one answer."""
        broken = [((b.booking_id, b.slot_id), b.started_at is not None) for b in self.seen.breaches]
        assert broken == list(self.promises.broken.items())
        promises = {row.id: (row.booking_id, row.slot_id) for row in self.seen.breaches}
        assert {promises[row.breach_id]: row.booking_id for row in self.seen.settlements} == (
            self.promises.settled
        )
        assert {row.id: (row.slot_id, row.state, row.expires_at) for row in self.seen.offers} == {
            offer.id: (offer.slot, offer.state, offer.until)
            for offer in self.promises.offers.values()
        }

    def _check_messages(self) -> None:
        told = Counter(row.key for row in self.seen.messages)
        apologies = (
            f"booking:{row.booking_id}:breach-{row.id}:broken"
            for row in self.seen.breaches
            if self.promises.bookings[row.booking_id].contact is not None
        )
        promised = itertools.chain(*(kept.told for kept in self.promises.bookings.values()))
        assert told == Counter([*promised, *apologies])

    def _check_ledger(self) -> None:
        told: dict[tuple[str, int | None], list[str]] = {}
        for entry in self.seen.ledger:
            past = entry.code.rpartition(".")[2]
            told.setdefault((entry.subject_kind, entry.subject_id), []).append(past)
        for kept in self.promises.bookings.values():
            assert told.pop(("booking", kept.id)) == kept.history
        for breach in self.seen.breaches:
            is_settled = (breach.booking_id, breach.slot_id) in self.promises.settled
            assert told.pop(("breach", breach.id)) == ["recorded"] + ["settled"] * is_settled
        for offer in self.promises.offers.values():
            answer = [] if offer.state == "open" else [offer.state]
            assert told.pop(("offer", offer.id)) == ["made", *answer]
        assert not any(kind in {"booking", "breach", "offer"} for kind, _id in told)

    def teardown(self) -> None:
        """In the end all that was still true has arrived, once, and the ledger verifies."""
        if not hasattr(self, "gateway"):
            return
        self.gateway.is_up = True
        self.gateway.drain()
        messages = self.stage.look().messages
        assert {m.state for m in messages if "reminder" not in m.template} <= {"sent"}
        assert {message.state for message in messages} <= {"sent", "dropped"}
        assert Counter(self.gateway.sent) == Counter(f"message:{m.id}" for m in messages)
        self.stage.world.do(lambda session: seal_entries(session, self.now))
        verdict = self.stage.world.do(lambda session: verify(session, [], self.now))
        assert verdict.finding is None
        self.stage.reset_clock()
