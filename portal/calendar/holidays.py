"""Public holidays and make-up workdays (調休、補班) of a region, or as an institution says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

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

    @property
    def announced_until(self) -> date:
        """The last day whose kind is official; of a region nobody knows, none is."""
        return ANNOUNCED_UNTIL.get(self.region, date.min)

    def is_provisional(self, day: date) -> bool:
        """Whether the region's holidays of that time are not announced yet.

        Then only statutory days are known, and no make-up day is guessed. A day that the
        institution has spoken about is certain.
        """
        return day not in self.overrides and day > self.announced_until

    def provisional_years(self, first: date, last: date) -> list[int]:
        """The years from one date to another that are not, or not wholly, announced."""
        return [
            year
            for year in range(first.year, last.year + 1)
            if date(year, 12, 31) > self.announced_until
        ]


@lru_cache(maxsize=256)
def _year(region: str, year: int) -> tuple[dict[date, Localized], frozenset[date]]:
    """Holidays by date and the weekend days that work, of a region's year.

    Remembered, because the library builds a whole year in milliseconds.
    """
    names: dict[date, Localized] = {}
    workdays: set[date] = set()
    for code, language in _LANGUAGES.get(region, {}).items():
        days = announced.country_holidays(region, years=year, language=language)
        workdays |= getattr(days, "weekend_workdays", set())
        for day, name in days.items():
            if day.year == year:
                names.setdefault(day, {})[code] = name
    return names, frozenset(day for day in workdays if day.year == year)
