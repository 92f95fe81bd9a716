"""How often something may be asked for, counted in this process for pages that write nothing."""

import threading
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Names counted at once; whoever invents more begins everybody's count anew.
MOST = 50_000


class Pace:
    """Counts by name in windows that stand fixed on the clock.

    With several processes each counts for itself: good enough to keep a stranger from being a
    burden. What must be counted exactly is counted in the database (``throttle``).
    """

    def __init__(self, *, limit: int, window: timedelta) -> None:
        self._limit = limit
        self.window = window
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._slot = -1

    def allows(self, name: str, *, now: datetime) -> bool:
        """Count once more and say whether it is within the limit."""
        slot = (now - EPOCH) // self.window
        with self._lock:
            if slot != self._slot or len(self._counts) >= MOST:
                self._counts.clear()
                self._slot = slot
            count = self._counts[name] = self._counts.get(name, 0) + 1
        return count <= self._limit
