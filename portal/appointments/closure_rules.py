"""What becomes of a booking whose time closes: which other times are as good; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.appointments.rules import Pool
from portal.core.errors import N_, DomainError

#: How long before a new time somebody must be told of it.
NOTICE = timedelta(hours=2)
#: How long before an earlier time: whoever planned the afternoon cannot be there this morning.
NOTICE_EARLIER = timedelta(hours=24)


class ClosureKind(StrEnum):
    """What closed."""

    #: The opening hours of one schedule, or of all by a holiday.
    HOURS = "hours"
    #: A post for good, or because it keeps other hours from now on.
    POST = "post"
    #: A post for a stretch of time.
    HOURS_OF_POST = "hours_of_post"


CLOSURE_LABELS: Mapping[ClosureKind, str] = {
    ClosureKind.HOURS: N_("Opening hours changed"),
    ClosureKind.POST: N_("A window closed or keeps other hours"),
    ClosureKind.HOURS_OF_POST: N_("Hours of a window closed"),
}


class Fate(StrEnum):
    """What became of a booking that a closure hits."""

    PLANNED = "planned"
    MOVED = "moved"
    CANCELLED = "cancelled"
    #: The person or the window had moved, cancelled or begun it before its turn came.
    LEFT = "left"
    #: Its time was open again when its turn came.
    KEPT = "kept"


FATE_LABELS: Mapping[Fate, str] = {
    Fate.PLANNED: N_("Not yet done"),
    Fate.MOVED: N_("Moved"),
    Fate.CANCELLED: N_("Cancelled by us"),
    Fate.LEFT: N_("Changed before"),
    Fate.KEPT: N_("Stays: the time is open again"),
}


class Answer(StrEnum):
    """What a person who was moved says to it."""

    NONE = ""
    OPEN = "open"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    DECLINED = "declined"
    #: Moved once more by the office before an answer came.
    REPLACED = "replaced"


ANSWER_LABELS: Mapping[Answer, str] = {
    Answer.OPEN: N_("Not yet confirmed"),
    Answer.ACCEPTED: N_("The person agrees"),
    Answer.CHANGED: N_("Another time was chosen"),
    Answer.DECLINED: N_("Cancelled by the person"),
    Answer.REPLACED: N_("Moved once more"),
}


class NothingAsked(DomainError):
    """There is no new time to agree to, or it has been answered."""

    default = N_("There is nothing to answer any more.")


class ClosedBackwards(DomainError):
    """Closed hours that end before they begin, or lie in the past."""

    default = N_("The closed time must end after it begins, and not lie in the past.")


@dataclass(frozen=True)
class Candidate:
    """A free slot of the service."""

    slot_id: int
    post_id: int
    starts_at: datetime
    pool: str


def equivalent_times(
    candidates: Sequence[Candidate], *, old: Candidate, zone: ZoneInfo, now: datetime
) -> list[Candidate]:
    """The slots that may replace a closed one, the best first.

    The same half of the day comes before the same day, that before the days after it; among
    these the nearest time, a public place, the same post. Nobody is moved to an earlier day, to
    an earlier time without a day's notice, or to a time that nobody could hear of in time.
    """

    def rank(slot: Candidate) -> tuple[int, bool, timedelta, bool, bool, int]:
        then, before = slot.starts_at.astimezone(zone), old.starts_at.astimezone(zone)
        days = (then.date() - before.date()).days
        is_other_half = (then.hour < 12) != (before.hour < 12)
        # On later days the hour counts that the person had chosen.
        gap = abs(then.replace(tzinfo=None) - timedelta(days=days) - before.replace(tzinfo=None))
        is_kept = slot.pool != Pool.PUBLIC
        return days, is_other_half, gap, is_kept, slot.post_id != old.post_id, slot.slot_id

    return sorted((slot for slot in candidates if _is_fair(slot, old, zone, now)), key=rank)


def _is_fair(slot: Candidate, old: Candidate, zone: ZoneInfo, now: datetime) -> bool:
    day, old_day = slot.starts_at.astimezone(zone).date(), old.starts_at.astimezone(zone).date()
    is_earlier = slot.starts_at < old.starts_at
    notice = NOTICE_EARLIER if is_earlier else NOTICE
    return slot.slot_id != old.slot_id and day >= old_day and slot.starts_at >= now + notice
