"""What must be true of holds and bookings, kept apart from the portal in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.appointments.availability import Asker
from portal.appointments.models import Slot
from portal.appointments.rules import Channel
from portal.tenancy.settings import BookingRules

LIVE = {"booked", "arrived", "serving"}
MORNING, AFTERNOON = (540, 720), (810, 1020)


@dataclass
class Held:
    """A hold."""

    slot: int
    network: str
    contact: int | None
    until: datetime


@dataclass
class Given:
    """A booking."""

    id: int
    reference: str
    service: int
    slot: int
    starts_at: datetime
    ends_at: datetime
    person: str | None
    contact: int | None
    is_overbooked: bool
    has_priority: bool
    has_next: bool = False
    state: str = "booked"
    version: int = 0
    #: What its person must have been told: version and template.
    told: list[tuple[int, str]] = field(default_factory=list)
    #: What the ledger must say of it, in order.
    history: list[str] = field(default_factory=list)


@dataclass
class Promises:
    """All holds and bookings; each ``…_fails`` names the error that must come, or is empty."""

    rules: BookingRules
    zone: ZoneInfo
    holds: dict[str, Held] = field(default_factory=dict)
    bookings: dict[int, Given] = field(default_factory=dict)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def running(self, now: datetime) -> dict[str, Held]:
        """The holds that have not expired."""
        return {holder: held for holder, held in self.holds.items() if held.until > now}

    def taken(self, slot: int, now: datetime) -> int:
        """The places of a slot that are gone."""
        return sum(held.slot == slot for held in self.running(now).values()) + self.booked(slot)

    def booked(self, slot: int) -> int:
        """The places of a slot that bookings have; one that was missed or served keeps its own."""
        return sum(
            given.slot == slot and given.state != "cancelled" and not given.is_overbooked
            for given in self.bookings.values()
        )

    def is_open(self, slot: Slot, asker: Asker, now: datetime) -> bool:
        if slot.starts_at <= now or slot.is_withdrawn:
            return False
        if slot.public_from <= now:
            return True
        if slot.pool == "priority":
            return asker.has_priority
        return asker.channel is not Channel.ONLINE

    def hold_fails(
        self,
        holder: str,
        alike: list[Slot],
        network: str,
        contact: int | None,
        asker: Asker,
        now: datetime,
    ) -> set[str]:
        """What may come of it: which of the slots of one moment is tried first is chance."""
        free = [
            slot
            for slot in alike
            if self.is_open(slot, asker, now) and self.taken(slot.id, now) < slot.capacity
        ]
        if not free:
            return {"SlotTaken"}
        others = [held for name, held in self.running(now).items() if name != holder]
        if contact is not None:
            own = sum(held.contact == contact for held in others)
            return {"TooMany"} if own >= self.rules.live_per_contact else {""}
        unverified = [held for held in others if held.contact is None]
        if sum(held.network == network for held in unverified) >= self.rules.holds_per_network:
            return {"TooMany"}
        return {
            "SlotTaken"
            if sum(held.slot == slot.id for held in unverified) >= max(1, slot.capacity // 2)
            else ""
            for slot in free
        }

    def person_fails(
        self,
        at: Slot | Given,
        person: str | None,
        contact: int | None,
        now: datetime,
        *,
        but: int = 0,
    ) -> str:
        live = [g for g in self.bookings.values() if g.state in LIVE and g.id != but]
        ahead = sum(g.contact == contact and g.ends_at > now for g in live)
        if contact is not None and at.ends_at > now and ahead >= self.rules.live_per_contact:
            return "TooManyBookings"
        service = at.service if isinstance(at, Given) else at.service_id
        return self.day_fails(service, at.starts_at, person, but=but)

    def online_fails(self, person: str | None, contact: int, now: datetime) -> str:
        """Three missed within ninety days, of the contact or of the person: closed for thirty."""
        missed = sorted(
            given.starts_at
            for given in self.bookings.values()
            if given.state == "no_show"
            and (given.contact == contact or (person is not None and given.person == person))
        )
        is_closed = any(
            third - first <= timedelta(days=90) and now < third + timedelta(days=30)
            for first, third in zip(missed, missed[2:], strict=False)
        )
        return "OnlineClosed" if is_closed else ""

    def day_fails(self, service: int, at: datetime, person: str | None, *, but: int = 0) -> str:
        same = (
            g.person == person and g.service == service and self.day(g.starts_at) == self.day(at)
            for g in self.bookings.values()
            if g.state in LIVE and g.id != but
        )
        return "AlreadyBooked" if person is not None and any(same) else ""

    def change_fails(self, given: Given, version: int, *, is_citizen: bool, now: datetime) -> str:
        """Cancelling and moving: to the end of the day before, and only what is still expected."""
        if is_citizen and self.day(now) >= self.day(given.starts_at):
            return "TooLate"
        if version != given.version:
            return "Stale"
        return "" if given.state == "booked" else "WrongState"


@dataclass
class Offered:
    """How a service is offered at one post, as somebody would write it on a wall."""

    service: int
    post: int
    minutes: int
    capacity: int
    #: Minutes from midnight, by day where it differs from ``usual``.
    usual: tuple[tuple[int, int], ...]
    special: dict[date, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def starts(self, day: date, zone: ZoneInfo) -> set[datetime]:
        """When slots begin on a local date."""
        open_minutes = self._minutes(day)
        is_open = [minute in open_minutes for minute in range(1440)]
        starts, minute = set(), 0
        while minute + self.minutes <= 1440:
            if all(is_open[minute : minute + self.minutes]):
                starts.add(minute)
                minute += self.minutes
            else:
                # The next grid begins where the next stretch does.
                minute += 1
                while minute < 1440 and (not is_open[minute] or is_open[minute - 1]):
                    minute += 1
        midnight = datetime.combine(day, time(), zone)
        return {(midnight + timedelta(minutes=start)).astimezone(UTC) for start in starts}

    def stands(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
        """Whether the window is open for all of a time, which lies on one local date."""
        local = starts_at.astimezone(zone)
        first = local.hour * 60 + local.minute
        length = int((ends_at - starts_at).total_seconds()) // 60
        return set(range(first, first + length)) <= self._minutes(local.date())

    def _minutes(self, day: date) -> set[int]:
        """The minutes from midnight that are open on a local date, with the night before it."""
        yesterday = self._hours(day - timedelta(days=1))
        return {
            minute
            for hours, since in ((yesterday, 1440), (self._hours(day), 0))
            for start, end in hours
            for minute in range(start - since, end - since)
        }

    def _hours(self, day: date) -> tuple[tuple[int, int], ...]:
        return self.special.get(day, self.usual if day.weekday() < 5 else ())


def by_time(slots: Iterable[Slot]) -> dict[tuple[int, int, datetime], list[Slot]]:
    """Slots by service, post and beginning: one row for each pool."""
    found: dict[tuple[int, int, datetime], list[Slot]] = {}
    for slot in slots:
        found.setdefault((slot.service_id, slot.post_id, slot.starts_at), []).append(slot)
    return found
