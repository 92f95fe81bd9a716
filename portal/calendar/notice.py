"""How long before it holds a change of hours must be published (H-10); pure."""

from datetime import date, timedelta

from portal.core.errors import N_, DomainError


class ShortNotice(DomainError):
    """Hours that people plan by change too soon; a single day can still be an exception."""

    default = N_(
        "Weekly hours are published at least %(days)s days ahead. Choose %(first)s or later, "
        "or add an exception for a single day."
    )


def first_day_to_change(today: date, notice_days: int) -> date:
    """The first day from which hours may be other than published."""
    return today + timedelta(days=notice_days)


def is_short_notice(day: date, today: date, notice_days: int) -> bool:
    """Whether a change on this day comes later than it should have been published."""
    return day < first_day_to_change(today, notice_days)
