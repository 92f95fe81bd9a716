"""When people are reminded and what a broken promise brings, told again in plain Python."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from portal.appointments.models import Slot

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: What W-YY-3 gives the person after the start and the office after the end.
LIMIT = timedelta(minutes=10)
#: How long new times are kept.
KEPT = timedelta(hours=1)
LIVE = {"booked", "arrived", "serving"}
Promise = tuple[int, int]


@dataclass(frozen=True)
class Reminder:
    """A reminder: which one, and from when until when it may go out."""

    template: str
    at: datetime
    latest: datetime


@cache
def reminders_of(starts_at: datetime, zone: ZoneInfo) -> tuple[Reminder, Reminder]:
    """A day and two hours before, minute by minute around the night."""
    local = starts_at.astimezone(zone)
    midnight = datetime.combine(local.date(), time(), zone).astimezone(UTC)
    eve = datetime.combine(local.date() - timedelta(days=1), local.time(), zone).astimezone(UTC)
    day = _awake(eve, midnight - MINUTE, zone)
    soon = _awake(starts_at - 2 * HOUR, starts_at - HOUR, zone)
    return (
        Reminder("reminder_day", day, min(day + 3 * HOUR, midnight)),
        Reminder("reminder_soon", soon, soon + 30 * MINUTE),
    )


def _awake(moment: datetime, of_use_until: datetime, zone: ZoneInfo) -> datetime:
    morning = evening = moment
    while _is_night(morning, zone):
        morning += MINUTE
    if morning <= of_use_until:
        return morning
    while _is_night(evening, zone):
        evening -= MINUTE
    return evening + MINUTE - HOUR


def _is_night(moment: datetime, zone: ZoneInfo) -> bool:
    return not 7 <= moment.astimezone(zone).hour < 21


@dataclass
class Kept:
    """A booking: what was promised, what its person did and what the window noted."""

    id: int
    slot: int
    starts_at: datetime
    ends_at: datetime
    contact: int | None
    is_overbooked: bool = False
    state: str = "booked"
    version: int = 0
    came_at: datetime | None = None
    #: Whether the person said so.
    came_by_self: bool = False
    began_at: datetime | None = None
    #: The reminders of this time that are still to come.
    ahead: list[Reminder] = field(default_factory=list)
    #: The keys of everything that its person has been told.
    told: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=lambda: ["made"])

    @property
    def promise(self) -> Promise:
        """What can be broken once."""
        return self.id, self.slot

    def note(self, past: str, template: str = "") -> None:
        """One more version and one more line in the ledger, perhaps a message."""
        self.version += 1
        self.history.append(past)
        if template:
            self.tell(template, str(self.version))

    def tell(self, template: str, occasion: str) -> None:
        if self.contact is not None:
            self.told.append(f"booking:{self.id}:{occasion}:{template}")

    def arm(self, zone: ZoneInfo, now: datetime) -> None:
        """From now on, what is still to come."""
        ahead = reminders_of(self.starts_at, zone) if self.contact is not None else ()
        self.ahead = [reminder for reminder in ahead if reminder.at > now]

    def look(self, now: datetime) -> int:
        """The worker comes round: what has come due and still helps goes out; how many did."""
        due = [reminder for reminder in self.ahead if reminder.at <= now]
        if not due:
            return 0
        if self.state != "booked":
            self.ahead = []
            return 0
        self.ahead = [reminder for reminder in self.ahead if reminder.at > now]
        helpful = [reminder for reminder in due if now <= reminder.latest]
        for reminder in helpful:
            self.tell(reminder.template, f"{self.starts_at:%Y%m%dT%H%M}")
            self.history.append("reminded")
        return len(helpful)

    def is_let_down(self, now: datetime) -> bool:
        """Here by the start + 10 minutes and not begun with by the end + 10 (W-YY-3)."""
        if self.state == "cancelled" or self.came_at is None:
            return False
        begun = self.began_at or now
        return self.came_at <= self.starts_at + LIMIT and begun > self.ends_at + LIMIT


@dataclass
class Offered:
    """A place kept for whom the office let down."""

    id: int
    slot: int
    promise: Promise
    until: datetime
    state: str = "open"

    def is_open(self, now: datetime) -> bool:
        return self.state == "open" and self.until > now


@dataclass
class KeptPromises:
    """All bookings, all broken promises and all offers."""

    zone: ZoneInfo
    bookings: dict[int, Kept] = field(default_factory=dict)
    #: Each broken promise and whether serving had begun when it was written down.
    broken: dict[Promise, bool] = field(default_factory=dict)
    offers: dict[int, Offered] = field(default_factory=dict)
    #: Which booking settled a broken promise.
    settled: dict[Promise, int] = field(default_factory=dict)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def taken(self, slot: int, now: datetime) -> int:
        """The places of a slot that are gone."""
        kept = sum(each.slot == slot and each.is_open(now) for each in self.offers.values())
        return kept + sum(
            each.slot == slot and each.state != "cancelled" and not each.is_overbooked
            for each in self.bookings.values()
        )

    def has_place(self, slot: Slot, now: datetime) -> bool:
        """Whether anybody may have a place of a slot."""
        is_open = slot.starts_at > now >= slot.public_from
        return is_open and self.taken(slot.id, now) < slot.capacity

    def open_of(self, booking: int, now: datetime) -> list[Offered]:
        own = (each for each in self.offers.values() if each.promise[0] == booking)
        return [each for each in own if each.is_open(now)]

    def is_held_here(self, kept: Kept, now: datetime) -> bool:
        """Nobody sends away who said to be here, until it is clear whose fault it was."""
        is_here = kept.came_by_self and kept.starts_at <= now
        return is_here and kept.promise not in self.broken

    def change_fails(self, kept: Kept, *, is_citizen: bool, now: datetime) -> str:
        """Cancelling and moving, by the person until the day itself, and by the window."""
        if is_citizen and self.day(now) >= self.day(kept.starts_at):
            return "TooLate"
        if not is_citizen and self.is_held_here(kept, now):
            return "StillHere"
        return "" if kept.state == "booked" else "WrongState"

    def new_times(self, slots: list[Slot], now: datetime) -> list[Slot]:
        """The next three times with a place that begin when the keeping ends, or later."""
        free: dict[datetime, Slot] = {}
        for slot in sorted(slots, key=lambda slot: (slot.starts_at, slot.id)):
            if slot.starts_at >= now + KEPT and self.has_place(slot, now):
                free.setdefault(slot.starts_at, slot)
        return list(free.values())[:3]
