"""What of the figures everybody may see: no group so small that it tells of single people; pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
#: Smaller groups are not published as a number.
LEAST = 5
#: How many months can be looked at.
MONTHS = 12


@dataclass(frozen=True)
class Published(Generic[K]):
    """Groups of people with the numbers that may be seen."""

    #: All of them together; None: not shown.
    whole: int | None
    #: None: not shown.
    groups: Mapping[K, int | None]
    #: Those that are fewer than LEAST.
    small: frozenset[K] = field(default_factory=frozenset)

    @property
    def rest(self) -> int | None:
        """How many belong to groups that are not shown; None where that cannot be seen."""
        if self.whole is None:
            return None
        return self.whole - sum(number or 0 for number in self.groups.values())


def publish(groups: Mapping[K, int]) -> Published[K]:
    """Hide groups fewer than LEAST, and so many others that none of them can be worked out.

    Whoever sees the whole subtracts what is shown: what remains must be possible in more than one
    way. Where even all groups together leave one way only, the whole is hidden, too.
    """
    small = frozenset(key for key, number in groups.items() if number < LEAST)
    whole = sum(groups.values())
    if whole < LEAST:
        return Published(None, dict.fromkeys(groups), small)
    hidden = set(small)
    for key in sorted(set(groups) - small, key=lambda each: (groups[each], str(each))):
        if not _can_be_worked_out(groups, hidden, small):
            break
        hidden.add(key)
    is_told = not _can_be_worked_out(groups, hidden, small)
    shown = {key: None if key in hidden else number for key, number in groups.items()}
    return Published(whole if is_told else None, shown, small)


def _can_be_worked_out(groups: Mapping[K, int], hidden: set[K], small: frozenset[K]) -> bool:
    """Whether the sum of hidden groups leaves one number only that a small one can have.

    Small ones have 0 to LEAST - 1. The others have LEAST or more, and no more than the smallest
    that is shown: everybody sees that the smallest are hidden first.
    """
    if not hidden:
        return False
    together, others = sum(groups[key] for key in hidden), len(hidden - small)
    most = min((groups[key] for key in groups if key not in hidden), default=together)
    at_least = together - (LEAST - 1) * (len(small) - 1) - most * others
    at_most = together - LEAST * others
    return max(0, at_least) >= min(LEAST - 1, at_most)


def level(number: int, most: int) -> int:
    """How busy an hour is beside the busiest one: 1 quiet, 2 usual, 3 busy."""
    if 3 * number <= most:
        return 1
    return 2 if 3 * number <= 2 * most else 3
