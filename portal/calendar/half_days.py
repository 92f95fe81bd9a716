"""Half days (半日門診) made from the hours of a full weekday, as a template of a week; pure."""

from datetime import date
from enum import StrEnum

from portal.calendar.opening import NOON, Day, Interval, Pattern


class Half(StrEnum):
    """Which part of a full day is open."""

    NONE = "none"
    AM = "am"
    PM = "pm"
    FULL = "full"


def half_day(day: Day, half: Half) -> Day:
    """The part of a full day's hours; what runs through noon is cut there."""
    if half is Half.FULL:
        return day
    mornings = [each for each in day if each.is_morning]
    afternoons = [each for each in day if not each.is_morning]
    if mornings and mornings[-1].is_afternoon:
        whole = mornings.pop()
        mornings.append(Interval(whole.start, NOON))
        afternoons.insert(0, Interval(NOON, whole.end))
    parts = {Half.NONE: (), Half.AM: tuple(mornings), Half.PM: tuple(afternoons)}
    return parts[half]


def pattern_of(
    valid_from: date,
    weekday: Day,
    *,
    saturday: Half = Half.NONE,
    sunday: Half = Half.NONE,
    holiday: Half = Half.NONE,
) -> Pattern:
    """A week of equal weekdays with its weekend and public holidays in halves (H-10).

    Make-up workdays (補班) have the full hours of a weekday, whatever the weekend has.
    """
    return Pattern(
        valid_from,
        (
            *(weekday, weekday, weekday, weekday, weekday),
            half_day(weekday, saturday),
            half_day(weekday, sunday),
        ),
        holiday=half_day(weekday, holiday),
        makeup=weekday,
    )
