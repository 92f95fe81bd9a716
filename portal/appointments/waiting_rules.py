"""The rules of the waiting list: states of an entry, and until when a place is kept for it."""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.appointments.reminder_rules import quiet_around
from portal.core.errors import N_, DomainError
from portal.tenancy.settings import BookingRules


class WaitingState(StrEnum):
    """Where an entry stands."""

    #: In the list.
    WAITING = "waiting"
    #: In the list, with a place kept for the person at the moment.
    OFFERED = "offered"
    #: Ended: the person booked, left, or the last day went by.
    BOOKED = "booked"
    LEFT = "left"
    OVER = "over"


#: States in which an entry keeps its person's place in the list.
STANDING = (WaitingState.WAITING, WaitingState.OFFERED)

WAITING_LABELS = {
    WaitingState.WAITING: N_("Waiting"),
    WaitingState.OFFERED: N_("A time is kept"),
    WaitingState.BOOKED: N_("Has booked"),
    WaitingState.LEFT: N_("Left the list"),
    WaitingState.OVER: N_("The last day has passed"),
}


class AlreadyWaiting(DomainError):
    """The person stands in this service's list already."""

    default = N_("This person is already on the waiting list for this service.")


class TooManyWaiting(DomainError):
    """The contact stands in the lists as often as it may book."""

    default = N_("This contact is on %(limit)s waiting lists already. Leave one first.")


class WrongDays(DomainError):
    """The days lie in the past, or none of them can be booked yet."""

    default = N_("Choose days from today on, the first before the last.")


class NotWaiting(DomainError):
    """The entry has ended already."""

    default = N_("This entry of the waiting list has ended already.")


def asked_at(now: datetime, rules: BookingRules, zone: ZoneInfo) -> datetime:
    """When somebody is asked: now, or at the end of the quiet hours."""
    night = quiet_around(now, rules, zone)
    return night[1] if night else now


def kept_until(
    starts_at: datetime, rules: BookingRules, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """Until when a place is kept for whoever is asked; None when it begins before that.

    Quiet hours do not count: who is asked at half past eight in the evening has what is left of
    the time again in the morning.
    """
    asked = asked_at(now, rules, zone)
    until = asked + timedelta(minutes=rules.offer_minutes)
    night = quiet_around(until - timedelta(microseconds=1), rules, zone)
    if night is not None:
        until = night[1] + (until - max(asked, night[0]))
    return until if until < starts_at else None
