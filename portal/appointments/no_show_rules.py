"""What missed appointments (失約) lead to: online booking closes for a while, nothing else does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.errors import N_, DomainError
from portal.tenancy.settings import BookingRules


class OnlineClosed(DomainError):
    """Too many appointments were missed; the window and the phone stay open."""

    default = N_(
        "%(count)s appointments of this person were missed, so online booking is closed until "
        "%(until)s. Call us or come to the window: there you get a time as always."
    )


class NeedsReason(DomainError):
    """Taking back a no-show asks why; the person reads the reason."""

    default = N_("Write down why it is taken back.")


@dataclass(frozen=True)
class Standing:
    """How somebody stands: how many missed appointments count, and until when online is closed."""

    count: int
    closed_until: datetime | None


def reach_back(rules: BookingRules, now: datetime) -> datetime:
    """The earliest missed appointment that can still matter."""
    return now - timedelta(days=rules.no_show_days + rules.no_show_closed_days)


def judge(missed: Iterable[datetime], rules: BookingRules, now: datetime) -> Standing:
    """What the times of missed appointments mean now.

    As many as the limit within the days in which they count together close online booking from
    the last one of them on; each further one that makes as many again closes it anew.
    """
    times = sorted(missed)
    together, closed = timedelta(days=rules.no_show_days), timedelta(days=rules.no_show_closed_days)
    count = sum(now - together < at for at in times)
    if not rules.no_show_limit:
        return Standing(count, None)
    ends = [
        last + closed
        for first, last in zip(times, times[rules.no_show_limit - 1 :], strict=False)
        if last - first <= together and last + closed > now
    ]
    return Standing(count, max(ends, default=None))
