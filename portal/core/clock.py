"""The one source of the present moment; everything else is told what time it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def _system_time() -> datetime:
    return datetime.now(UTC)


@dataclass
class Clock:
    """Tells aware UTC time, shifted by an offset that only the demonstration may set.

    ``source`` is replaced in tests; ``offset`` is read by the caller from the database of the
    demonstration and stays zero elsewhere.
    """

    source: Callable[[], datetime] = field(default=_system_time)
    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """The present in aware UTC, whole microseconds."""
        return self.source() + self.offset
