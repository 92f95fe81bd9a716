"""The rules of appointments: pools, states and their moves, cut-offs, references."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from portal.core.errors import N_, DomainError


class Pool(StrEnum):
    """For whom a place is kept until it opens to all (號源)."""

    PUBLIC = "public"
    COUNTER = "counter"
    PRIORITY = "priority"


class Channel(StrEnum):
    """How a booking came about."""

    ONLINE = "online"
    PHONE = "phone"
    COUNTER = "counter"


class Priority(StrEnum):
    """A claim to priority (老殘孕優先), verified at the window; shown neutrally."""

    NONE = ""
    ELDERLY = "elderly"
    DISABLED = "disabled"
    PREGNANT = "pregnant"
    CHILD = "child"
    SERVICE = "service"


PRIORITY_LABELS: Mapping[Priority, str] = {
    Priority.NONE: N_("No"),
    Priority.ELDERLY: N_("Elderly person"),
    Priority.DISABLED: N_("Person with a disability"),
    Priority.PREGNANT: N_("Pregnant"),
    Priority.CHILD: N_("With a small child"),
    Priority.SERVICE: N_("Soldier or firefighter"),
}


class PriorityVerdict(StrEnum):
    """What the window saw of a claim to priority."""

    NONE = ""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    #: Not granted, because the claims before could not be confirmed.
    LOST = "lost"


VERDICT_LABELS: Mapping[PriorityVerdict, str] = {
    PriorityVerdict.NONE: N_("Not yet verified"),
    PriorityVerdict.CONFIRMED: N_("Confirmed"),
    PriorityVerdict.REFUSED: N_("Not confirmed"),
    PriorityVerdict.LOST: N_("Not given this time"),
}
#: False claims after which the next one is void.
FALSE_CLAIMS = 2


def has_lost_priority(verdicts: Iterable[str]) -> bool:
    """Whether the next claim is void: two that were not confirmed since one was void last (Q9)."""
    false_ones = 0
    for verdict in verdicts:
        false_ones = 0 if verdict == PriorityVerdict.LOST else false_ones + 1
    return false_ones >= FALSE_CLAIMS


class State(StrEnum):
    """Where a booking stands."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    SERVING = "serving"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


#: States in which a booking occupies its person, its contact and its place.
LIVE = (State.BOOKED, State.ARRIVED, State.SERVING)


class Move(StrEnum):
    """What can be done with a booking at the window or by its owner."""

    ARRIVE = "arrive"
    START = "start"
    FINISH = "finish"
    MISS = "miss"
    CANCEL = "cancel"


#: From which states each move is possible, and where it leads.
MOVES: Mapping[Move, tuple[frozenset[State], State]] = {
    Move.ARRIVE: (frozenset({State.BOOKED}), State.ARRIVED),
    Move.START: (frozenset({State.BOOKED, State.ARRIVED}), State.SERVING),
    Move.FINISH: (frozenset({State.SERVING}), State.DONE),
    Move.MISS: (frozenset({State.BOOKED}), State.NO_SHOW),
    Move.CANCEL: (frozenset({State.BOOKED}), State.CANCELLED),
}

#: Where taking back the last step at the window leads.
UNDO: Mapping[State, State] = {
    State.ARRIVED: State.BOOKED,
    State.SERVING: State.ARRIVED,
    State.DONE: State.SERVING,
    State.NO_SHOW: State.BOOKED,
}

STATE_LABELS: Mapping[State, str] = {
    State.BOOKED: N_("Expected"),
    State.ARRIVED: N_("Here"),
    State.SERVING: N_("Being served"),
    State.DONE: N_("Finished"),
    State.NO_SHOW: N_("No-show"),
    State.CANCELLED: N_("Cancelled"),
}


def label_state(state: State, *, outcome: str, has_next: bool) -> str:
    """What a state is called; a matter that goes on is served and yet not finished (W-YY-1)."""
    if state != State.DONE or outcome != "continued":
        return STATE_LABELS[state]
    return N_("Goes on later") if has_next else N_("Not finished")


class SlotTaken(DomainError):
    """The last place of a slot went to someone else."""

    default = N_("This time has just been taken. Please choose another.")


class PriorityLost(DomainError):
    """The person's last claims to priority could not be confirmed, and a kept place needs one."""

    default = N_(
        "The last two claims to priority could not be confirmed, so this one does not count. "
        "Please choose a time that is open to everybody."
    )


class AlreadyBooked(DomainError):
    """The person already has a live booking of this service on this day (I-9)."""

    default = N_("This person already has a booking for this service on that day.")


class TooManyBookings(DomainError):
    """The contact already has as many live bookings as the institution allows."""

    default = N_("This contact already has %(limit)s bookings. Cancel one first, or call us.")


class HoldGone(DomainError):
    """The ten minutes are over, or the hold was used or given back."""

    default = N_("Your time was no longer kept. Please choose a time again.")


class NotRenewable(DomainError):
    """Only a proved contact may keep a time longer, and no time that has begun."""

    default = N_("This time cannot be kept longer. Continue, or choose another.")


class WrongState(DomainError):
    """The booking does not allow this step any more."""

    default = N_("This booking is already %(state)s.")
    worded = ("state",)


class TooLate(DomainError):
    """The cut-off for changing online has passed; the desk and the phone stay open."""

    default = N_("It is too late to change this online. Please call us.")


def next_state(state: State, move: Move) -> State:
    """Where a move leads; raises WrongState when it is not possible from here."""
    allowed, target = MOVES[move]
    if state not in allowed:
        raise WrongState(state=STATE_LABELS[state])
    return target


def apportion(places: int, percents: Mapping[Pool, int]) -> dict[Pool, int]:
    """Share places among pools by largest remainder; what no pool claims is public.

    ``percents`` names the kept pools; ties go to the pool named first. The parts add up to
    ``places`` exactly.
    """
    public = max(0, 100 - sum(percents.values()))
    wanted = {**percents, Pool.PUBLIC: public}
    whole = sum(wanted.values())
    parts = {pool: places * percent // whole for pool, percent in wanted.items()}
    remainders = sorted(wanted, key=lambda pool: -(places * wanted[pool] % whole))
    for pool in remainders[: places - sum(parts.values())]:
        parts[pool] += 1
    return parts


def spread(kept: int, seats: int) -> list[int]:
    """Indexes of ``kept`` seats spread evenly over ``seats`` seats in order of time."""
    return [(2 * index + 1) * seats // (2 * kept) for index in range(kept)] if kept else []


def kept_places_open(day: date, opens: time, zone: ZoneInfo) -> datetime:
    """When counter and priority places of a day open to all: the day before, local time."""
    return datetime.combine(day - timedelta(days=1), opens, zone)


def release_of(day: date, horizon_days: int, release: time, zone: ZoneInfo) -> datetime:
    """When a day becomes bookable (放號): ``horizon_days`` before it, at the release time."""
    return datetime.combine(day - timedelta(days=horizon_days), release, zone)


def cancel_until(starts_at: datetime, hours_before_midnight: int, zone: ZoneInfo) -> datetime:
    """Until when a booking may be cancelled or moved online: the end of the day before."""
    midnight = datetime.combine(starts_at.astimezone(zone).date(), time(), zone)
    return midnight - timedelta(hours=hours_before_midnight)


def free_seat(
    seats: Sequence[tuple[int | None, datetime]], ends_at: datetime, *, limit: int, now: datetime
) -> int:
    """The lowest free seat among a contact's live bookings, given as seat and end.

    Only what lies ahead counts against the limit: a time that went by without a step at the
    window keeps its seat, but nobody is shut out by it. Raises TooManyBookings.
    """
    if ends_at > now and sum(end > now for _seat, end in seats) >= limit:
        raise TooManyBookings(limit=limit)
    taken = {seat for seat, _end in seats}
    return next(seat for seat in count(1) if seat not in taken)


LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    """A random booking reference that can be said on the phone: a letter and six digits."""
    return f"{secrets.choice(LETTERS)}{secrets.randbelow(1_000_000):06d}"


def read_reference(text: str) -> str:
    """A reference as people type it, or the address behind its QR, in its stored form."""
    if "/b/" in text:
        text = text.split("/b/", 1)[1].split("/", 1)[0]
    return "".join(character for character in text.upper() if character.isalnum())[:7]


def unverified_share(capacity: int) -> int:
    """How many places of a slot may be held by people not yet verified: half, at least one."""
    return max(1, capacity // 2)
