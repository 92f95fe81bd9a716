"""How a service's day is cut into slots and shared among the pools; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.appointments.rules import Pool, apportion, spread


@dataclass(frozen=True)
class Offer:
    """A service at one post on one day: when the post is open and how it is cut."""

    post_id: int
    #: Half-open stretches in aware time, apart and within the local date: what a night shift has
    #: of it belongs to it, so that every slot is a matter of one date only.
    open: Sequence[tuple[datetime, datetime]]
    slot_minutes: int
    capacity: int


@dataclass(frozen=True)
class PlannedSlot:
    """A row of slots to publish."""

    post_id: int
    starts_at: datetime
    ends_at: datetime
    pool: Pool
    capacity: int


def plan_day(
    offers: Sequence[Offer], *, shares: Mapping[Pool, int], zone: ZoneInfo
) -> list[PlannedSlot]:
    """Cut a day into slots and share each half-day's places among the pools.

    ``shares`` gives percents of the kept pools; the parts of a half-day add up to its places
    exactly, and kept places are spread evenly over its hours.
    """
    planned: list[PlannedSlot] = []
    halves: dict[bool, list[tuple[datetime, datetime, Offer]]] = {True: [], False: []}
    for offer in offers:
        for starts_at, ends_at in _cut(offer):
            halves[starts_at.astimezone(zone).hour < 12].append((starts_at, ends_at, offer))
    for slots in halves.values():
        planned.extend(_share(sorted(slots, key=lambda s: (s[0], s[2].post_id)), shares))
    return sorted(planned, key=lambda s: (s.starts_at, s.post_id, s.pool))


def make_room(planned: Mapping[Pool, int], taken: Mapping[Pool, int]) -> dict[Pool, int]:
    """The places of each pool at one time, when some are taken under an earlier plan.

    What is taken stays where it is; it counts against the plan, whatever pool it was taken from,
    so that the window never has more people than it can serve or has promised to.
    """
    places = {pool: max(planned.get(pool, 0), taken.get(pool, 0)) for pool in Pool}
    excess = sum(places.values()) - max(sum(planned.values()), sum(taken.values()))
    for pool in Pool:
        given_up = min(excess, places[pool] - taken.get(pool, 0))
        places[pool] -= given_up
        excess -= given_up
    return places


def _cut(offer: Offer) -> list[tuple[datetime, datetime]]:
    """Whole slots only: a rest shorter than a slot is not offered."""
    length = timedelta(minutes=offer.slot_minutes)
    cuts = []
    for begin, end in offer.open:
        whole = (end - begin) // length
        cuts += [(begin + n * length, begin + (n + 1) * length) for n in range(whole)]
    return cuts


def _share(
    slots: list[tuple[datetime, datetime, Offer]], shares: Mapping[Pool, int]
) -> list[PlannedSlot]:
    seats = [slot for slot in slots for _ in range(slot[2].capacity)]
    parts = apportion(len(seats), shares)
    pools = [Pool.PUBLIC] * len(seats)
    for pool in shares:
        free = [index for index, taken in enumerate(pools) if taken is Pool.PUBLIC]
        for position in spread(parts[pool], len(free)):
            pools[free[position]] = pool
    counted = Counter(
        (starts_at, ends_at, offer.post_id, pool)
        for (starts_at, ends_at, offer), pool in zip(seats, pools, strict=True)
    )
    return [
        PlannedSlot(post_id, starts_at, ends_at, pool, capacity)
        for (starts_at, ends_at, post_id, pool), capacity in counted.items()
    ]
