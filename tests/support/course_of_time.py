"""What happens to a course from outside: time, changes of hours, the worker and its outages."""

import itertools
from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import select

from portal.appointments.availability import Asker, list_days, list_times
from portal.appointments.models import PublishedDay, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.publishing import publish_slots
from tests.support.course import CLERK, Course, Time
from tests.support.promises import Offered, by_time
from tests.support.stage import RULES, SERVICES
from tests.support.world import SHANGHAI

HOURS = st.sampled_from(
    [(), ((540, 720),), ((810, 1020),), ((540, 1140),), ((1320, 1800),), ((0, 360), (1200, 1500))]
)
WAITS = st.sampled_from([1, 11, 31, 90])
services = st.sampled_from(SERVICES)


class CourseOfTime(Course):
    """A course in which days go by, hours change, and the worker comes or does not."""

    @initialize(is_worker_out=st.booleans())
    def open_doors(self, is_worker_out: bool) -> None:
        self.begin()
        self.publish()
        self.is_worker_out = is_worker_out

    @rule(minutes=WAITS)
    def wait(self, minutes: int) -> None:
        self.stage.world.wait(minutes=minutes)
        self.come_round()

    @rule(at=st.sampled_from([time(6, 30), time(9, 5), time(12)]))
    def jump(self, at: time) -> None:
        """To the next release, the first people of a day, or the noon at which places open."""
        today = self.promises.day(self.now)
        moments = (datetime.combine(today + timedelta(days=n), at, SHANGHAI) for n in (0, 1))
        self.stage.wait_until(min(moment for moment in moments if moment > self.now))
        self.come_round()

    @rule()
    def fail_or_recover(self) -> None:
        """The worker dies, or is there again."""
        self.is_worker_out = not self.is_worker_out
        self.come_round()

    def come_round(self) -> None:
        if not self.is_worker_out:
            self.publish()
            self.sweep_holds()
            self.gateway.work()

    @rule(offset=st.integers(0, 4), hours=HOURS, service=services)
    def change_hours(self, offset: int, hours: tuple[tuple[int, int], ...], service: str) -> None:
        """Other hours on one date, once; what lies outside them closes at once.

        New slots follow when the worker comes round; who is booked outside waits for the end.
        """
        self._change_hours(self.promises.day(self.now) + timedelta(days=offset), hours, service)

    @rule(number=st.integers(0, 11), hours=HOURS)
    def close_on_somebody(self, number: int, hours: tuple[tuple[int, int], ...]) -> None:
        """Other hours on a date for which somebody has booked."""
        given = self.pick_booking(number)
        if given is not None and given.starts_at > self.now:
            code = next(c for c in SERVICES if self.stage.offers[c][0].service == given.service)
            self._change_hours(self.promises.day(given.starts_at), hours, code)

    def _change_hours(self, day: date, hours: tuple[tuple[int, int], ...], service: str) -> None:
        if day in self.stage.offers[service][0].special:
            return
        self.stage.change_hours(service, day, hours, CLERK)
        closed = {
            slot.id
            for offer in self.stage.offers[service]
            for slot in self.seen.slots
            if (slot.service_id, slot.post_id) == (offer.service, offer.post)
            and self.promises.day(slot.starts_at) == day
            and slot.ends_at > self.now
            and not offer.stands(slot.starts_at, slot.ends_at, SHANGHAI)
        }
        self.promises.holds = {
            holder: held for holder, held in self.promises.holds.items() if held.slot not in closed
        }

    @rule(
        service=services,
        minutes=st.sampled_from([60, 90]),
        capacity=st.integers(1, 4),
    )
    def change_offer(self, service: str, minutes: int, capacity: int) -> None:
        self.stage.change_offer(service, minutes, capacity, CLERK)

    def publish(self) -> None:
        """The worker comes round."""
        self.stage.world.do(lambda session: publish_slots(session, self.now))
        self.allowed = self.check_published()

    def sweep_holds(self) -> None:
        self.stage.world.do(lambda session: return_expired_holds(session, self.now))
        self.promises.holds = self.promises.running(self.now)
        assert len(self.stage.look().holds) == len(self.promises.holds)

    @rule(is_up=st.booleans())
    def break_gateway(self, is_up: bool) -> None:
        """What the worker delivers to may be down."""
        self.gateway.is_up = is_up

    @rule(service=services, channel=st.sampled_from(Channel), priority=st.booleans())
    def look(self, service: str, channel: Channel, priority: bool) -> None:
        """What people are shown is what they could have."""
        now, asker = self.now, Asker(channel, has_priority=priority)
        chosen, slots = self.stage.offers[service][0].service, self.seen.slots
        left: Counter[datetime] = Counter()
        for slot in slots:
            if slot.service_id == chosen and self.promises.is_open(slot, asker, now):
                left[slot.starts_at] += max(0, slot.capacity - self.promises.taken(slot.id, now))
        today = self.promises.day(now)
        days = self.stage.world.do(
            lambda session: list_days(
                session,
                service_id=chosen,
                first=today,
                last=today + timedelta(days=9),
                asker=asker,
                now=now,
            )
        )
        for day in days:
            expected = {at: n for at, n in left.items() if self.promises.day(at) == day.day}
            assert day.has_place == any(expected.values())
            assert not (day.has_place and day.closed == "all")
            shown = partial(list_times, service_id=chosen, day=day.day, asker=asker, now=now)
            times = self.stage.world.do(shown)
            assert {time.starts_at: time.left for time in times} == expected

    def check_published(self) -> dict[Time, int]:
        """Every released time stands with its places; returns how many people each may have."""
        today = self.promises.day(self.now)
        days = [today + timedelta(days=n) for n in range(RULES.horizon_days + 2)]
        standing = by_time(self.stage.look().slots)
        published = {
            (row.service_id, row.local_date): row for row in self.stage.read(select(PublishedDay))
        }
        allowed = dict(self.allowed)
        for offer in itertools.chain(*self.stage.offers.values()):
            for day in days:
                assert published[offer.service, day].is_current
                allowed |= self._check_day(offer, day, standing)
        return allowed

    def _check_day(
        self, offer: Offered, day: date, standing: dict[Time, list[Slot]]
    ) -> dict[Time, int]:
        wanted = {(offer.service, offer.post, at) for at in offer.starts(day, SHANGHAI)}
        keys = {
            key
            for key in standing
            if key[:2] == (offer.service, offer.post) and self.promises.day(key[2]) == day
        }
        assert wanted <= keys
        release = datetime.combine(day - timedelta(days=RULES.horizon_days), time(6, 30), SHANGHAI)
        kept = datetime.combine(day - timedelta(days=1), time(12), SHANGHAI)
        allowed = {}
        for key in keys:
            taken = sum(slot.booked for slot in standing[key])
            places = sum(s.booked if s.is_withdrawn else s.capacity for s in standing[key])
            offered = offer.capacity if key in wanted else 0
            for slot in standing[key]:
                opens = release if slot.pool == "public" else kept
                assert slot.is_withdrawn or slot.public_from == opens
            assert places == max(offered, taken), "publishing lost or invented places"
            allowed[key] = places
        return allowed
