"""Public holidays and make-up workdays (調休、補班) of a region, as announced or overridden; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache

import holidays as announced

from portal.core.localized import Localized

#: Until when each region's holidays and make-up days are officially announced in the library
#: that is pinned; beyond it only statutory days are known and answers are provisional.
ANNOUNCED_UNTIL: Mapping[str, date] = {
    "CN": date(2026, 12, 31),
    "TW": date(2026, 12, 31),
    "HK": date(2027, 12, 31),
    "MO": date(2027, 12, 31),
}

#: What the library calls our languages, region by region.
_LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "CN": {"zh_Hant": "zh_TW", "zh_Hans": "zh_CN", "en": "en_US"},
    "TW": {"zh_Hant": "zh_TW", "zh_Hans": "zh_CN", "en": "en_US"},
    "HK": {"zh_Hant": "zh_HK", "zh_Hans": "zh_CN", "en": "en_HK"},
    "MO": {"zh_Hant": "zh_MO", "zh_Hans": "zh_CN", "en": "en_MO"},
}


class DayKind(StrEnum):
    """What a day is in its region."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    #: A weekend day that works to make up for a bridge day.
    MAKEUP = "makeup"


@dataclass(frozen=True)
class Override:
    """An institution's word on a day, which wins over the region's list."""

    kind: DayKind
    name: Localized = field(default_factory=dict)


@dataclass(frozen=True)
class HolidayCalendar:
    """The days of a region with an institution's overrides."""

    region: str
    overrides: Mapping[date, Override] = field(default_factory=dict)

    def kind(self, day: date) -> DayKind:
        """What a day is."""
        override = self.overrides.get(day)
        if override is not None:
            return override.kind
        names, workdays = _year(self.region, day.year)
        if day in names:
            return DayKind.HOLIDAY
        if day.weekday() < 5:
            return DayKind.WEEKDAY
        return DayKind.MAKEUP if day in workdays else DayKind.WEEKEND

    def name(self, day: date) -> Localized:
        """What a holiday is called; empty for other days."""
        override = self.overrides.get(day)
        if override is not None:
            return override.name
        return _year(self.region, day.year)[0].get(day, {})

    def is_provisional(self, day: date) -> bool:
        """Whether the region's holidays of that time are not announced yet."""
        return day not in self.overrides and day > ANNOUNCED_UNTIL.get(self.region, date.min)


@cache
def _year(region: str, year: int) -> tuple[dict[date, Localized], frozenset[date]]:
    """Holidays by date and the weekend days that work, of a region's year."""
    names: dict[date, Localized] = {}
    workdays: set[date] = set()
    for code, language in _LANGUAGES[region].items():
        days = announced.country_holidays(region, years=year, language=language)
        workdays |= getattr(days, "weekend_workdays", set())
        for day, name in days.items():
            if day.year == year:
                names.setdefault(day, {})[code] = name
    return names, frozenset(day for day in workdays if day.year == year)
