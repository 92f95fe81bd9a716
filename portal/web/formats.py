"""How dates, times, durations and money are written for a reader, in three languages.

Pure functions: the reader's language, zone and present moment come in as one argument; the
template filters at the end take them from the request. Naive datetimes are refused everywhere.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup, escape

from portal.web import masks
from portal.web.languages import DEFAULT_ZONE, current_language

#: Runs of figures in a date, a clock or a span of both.
FIGURES = re.compile(r"([0-9][0-9:–]*)")
MIDNIGHT, EARLY, NOON, ONE, SIX = time(0), time(5), time(12), time(13), time(18)
NAMED_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CURRENCY_OF_REGION = {"CN": "CNY", "TW": "TWD", "HK": "HKD", "MO": "MOP"}
SIGNS = {"CNY": "¥", "TWD": "NT$", "HKD": "HK$", "MOP": "MOP$"}


class Words(NamedTuple):
    """What a language calls days, periods of the day and durations."""

    weekdays: tuple[str, ...]
    today: str
    tomorrow: str
    left: str
    over: str
    under_a_minute: str
    #: 凌晨, 上午, 中午, 下午, 晚上; am and pm in English.
    periods: tuple[str, ...]
    #: Days, hours and minutes of a duration.
    units: tuple[str, str, str]
    two: str = ""


HANT = Words(
    weekdays=("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    today="今天",
    tomorrow="明天",
    left="還有{}",
    over="超時{}",
    under_a_minute="不到1分",
    periods=("凌晨", "上午", "中午", "下午", "晚上"),
    units=("天", "小時", "分"),
    two="兩",
)
HANS = Words(
    weekdays=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    today="今天",
    tomorrow="明天",
    left="还有{}",
    over="超时{}",
    under_a_minute="不到1分",
    periods=("凌晨", "上午", "中午", "下午", "晚上"),
    units=("天", "小时", "分"),
    two="两",
)
ENGLISH = Words(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    today="Today",
    tomorrow="Tomorrow",
    left="{} left",
    over="{} over",
    under_a_minute="less than 1 min",
    periods=("am", "am", "pm", "pm", "pm"),
    units=("d", "h", "min"),
)
WORDS = {"zh_Hant": HANT, "zh_Hans": HANS, "en": ENGLISH}


@dataclass(frozen=True)
class Reader:
    """For whom a moment is written; without ``now`` nothing is called today."""

    language: str
    zone: ZoneInfo | str = DEFAULT_ZONE
    now: datetime | None = None

    @property
    def words(self) -> Words:
        """The words of the reader's language."""
        return WORDS[self.language]

    @property
    def is_english(self) -> bool:
        """Whether words are set apart by spaces and the day comes before the month."""
        return self.language == "en"

    @property
    def today(self) -> date | None:
        """The reader's own date."""
        return self.local(self.now).date() if self.now else None

    def local(self, at: datetime) -> datetime:
        """The moment on the clocks of the zone. Raises ValueError for a naive datetime."""
        if at.tzinfo is None:
            raise ValueError("a moment must know its zone")
        zone = ZoneInfo(self.zone) if isinstance(self.zone, str) else self.zone
        return at.astimezone(zone)

    def day(self, day: date) -> date:
        """The local date of a moment; a date stays what it is."""
        return self.local(day).date() if isinstance(day, datetime) else day

    def clock(self, at: datetime | time) -> time:
        """The local time of a moment; a local time stays what it is."""
        return self.local(at).time() if isinstance(at, datetime) else at


def format_day(day: date, reader: Reader, *, named: bool = True, weekday: bool = True) -> str:
    """The date: 11月24日(週二); 今天 or 明天 where ``named`` and true; the year if another."""
    words, today, local = reader.words, reader.today, reader.day(day)
    if named and today and local == today:
        return words.today
    if named and today and local == today + timedelta(days=1):
        return words.tomorrow
    name = words.weekdays[local.weekday()] if weekday else ""
    is_other_year = today is not None and today.year != local.year
    if reader.is_english:
        year = str(local.year) if is_other_year else ""
        parts = (name, str(local.day), MONTHS[local.month - 1], year)
        return " ".join(part for part in parts if part)
    year = f"{local.year}年" if is_other_year else ""
    return f"{year}{local.month}月{local.day}日" + (f"({name})" if name else "")


def format_weekday(day: date, reader: Reader) -> str:
    """The day of the week alone: 週二, Tue."""
    return reader.words.weekdays[reader.day(day).weekday()]


def format_month(day: date, reader: Reader, *, year: bool = False) -> str:
    """The month alone, or above a calendar with its year: 11月, 2026年11月, Nov 2026."""
    local = reader.day(day)
    if reader.is_english:
        return f"{MONTHS[local.month - 1]} {local.year}" if year else MONTHS[local.month - 1]
    return f"{local.year}年{local.month}月" if year else f"{local.month}月"


def _period(at: time) -> int:
    """Index of the period of the day; six o'clock sharp still ends the afternoon."""
    if at < EARLY:
        return 0
    if at < NOON:
        return 1
    if at < ONE:
        return 2
    return 3 if at <= SIX else 4


def _figures(at: time, *, has_zero: bool) -> str:
    hour = at.hour % 12 if at.hour != 12 else 12
    return f"{hour if hour or has_zero else 12}:{at.minute:02}"


def format_clock(at: datetime | time, reader: Reader) -> str:
    """The time of day: 下午2:30, 2:30 pm."""
    clock = reader.clock(at)
    period = reader.words.periods[_period(clock)]
    if reader.is_english:
        return f"{_figures(clock, has_zero=False)} {period}"
    return f"{period}{_figures(clock, has_zero=True)}"


def format_figures(at: datetime | time, reader: Reader) -> str:
    """The time of day under a heading that names its half: 2:30, and in English 2:30 pm."""
    if reader.is_english:
        return format_clock(at, reader)
    return _figures(reader.clock(at), has_zero=True)


def format_hours(start: datetime | time, end: datetime | time, reader: Reader) -> str:
    """From when to when within a day: 上午9:00–12:00, the period once when it is the same.

    An end at midnight is the end of the day, an end at noon the end of the morning.
    """
    words, opens, closes = reader.words, reader.clock(start), reader.clock(end)
    first, last = _period(opens), 4 if closes == MIDNIGHT else _period(closes)
    if reader.is_english:
        both = format_clock(opens, reader), format_clock(closes, reader)
        if both[0].endswith(words.periods[_period(closes)]):
            return f"{both[0].split(' ')[0]}–{both[1]}"
        return "–".join(both)
    if first == 1 and closes == NOON:
        last = first
    word = "" if first == last else words.periods[last]
    return f"{format_clock(opens, reader)}–{word}{_figures(closes, has_zero=closes != MIDNIGHT)}"


def format_moment(at: datetime, reader: Reader, *, named: bool = True) -> str:
    """Date and time: 11月24日(週二)下午2:30."""
    comma = ", " if reader.is_english else ""
    return f"{format_day(at, reader, named=named)}{comma}{format_clock(at, reader)}"


def format_span(start: datetime, end: datetime, reader: Reader, *, named: bool = True) -> str:
    """Date and times from start to end; both dates when the end lies on another day."""
    if reader.day(start) != reader.day(end - timedelta(microseconds=1)):
        both = (format_moment(at, reader, named=named) for at in (start, end))
        return " – ".join(both) if reader.is_english else "–".join(both)
    comma = ", " if reader.is_english else ""
    return f"{format_day(start, reader, named=named)}{comma}{format_hours(start, end, reader)}"


def format_duration(length: timedelta, reader: Reader) -> str:
    """A length of time in its two largest units, rounded down: 2小時5分, 3天2小時."""
    minutes = int(abs(length).total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    figures = (days, hours, 0 if days else minutes % 60)
    space = " " if reader.is_english else ""
    parts = [
        f"{figure}{space}{unit}"
        for figure, unit in zip(figures, reader.words.units, strict=True)
        if figure
    ]
    return space.join(parts) or reader.words.under_a_minute


def format_remaining(left: timedelta, reader: Reader) -> str:
    """What is left until a promise, or by how much it is broken: 還有19分, 超時12分."""
    pattern = reader.words.over if left < timedelta() else reader.words.left
    return pattern.format(format_duration(left, reader))


def format_money(amount: Decimal | int, currency: str, reader: Reader) -> str:
    """An amount: 80元, ¥80; cents only when there are any."""
    exact = Decimal(amount)
    figures = f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"
    if reader.is_english:
        return f"{SIGNS.get(currency, currency + ' ')}{figures}"
    return f"{figures}元"


def numeral(number: int, language: str, *, counting: bool = False) -> str:
    """A small number as a word: 三 for the third step; 兩 where two things are counted."""
    if not 0 <= number < 100:
        return str(number)
    if language == "en":
        return NAMED_NUMBERS[number] if counting and number < 10 else str(number)
    if counting and number == 2:
        return WORDS[language].two
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return f"{digits[tens] if tens > 1 else ''}十{digits[ones] if ones else ''}"


def current_reader() -> Reader:
    """Who reads this page or message: language, the institution's zone, the request's now."""
    zone = g.institution.zone if "institution" in g else DEFAULT_ZONE
    return Reader(current_language(), zone, g.get("now"))


def _remaining(value: datetime | timedelta) -> str:
    reader = current_reader()
    if isinstance(value, datetime):
        if reader.now is None:
            raise ValueError("what remains until a moment depends on the present one")
        value = reader.local(value) - reader.now
    return format_remaining(value, reader)


def _money(amount: Decimal | int) -> str:
    region = g.institution.region if "institution" in g else "CN"
    return format_money(amount, CURRENCY_OF_REGION[region], current_reader())


def enlarge_figures(text: str) -> Markup:
    """Wrap every run of figures so that it can be set large: "11月24日" or "24 November"."""
    parts = FIGURES.split(text)
    return Markup(  # noqa: S704 whatever is no figure is escaped
        "".join(
            f"<b>{part}</b>" if number % 2 else escape(part) for number, part in enumerate(parts)
        )
    )


def init_formats(app: Flask) -> None:
    """Offer the formats and masks to templates as filters."""
    app.jinja_env.filters.update(
        moment=lambda at, **options: format_moment(at, current_reader(), **options),
        day=lambda day, **options: format_day(day, current_reader(), **options),
        weekday=lambda day: format_weekday(day, current_reader()),
        month=lambda day, **options: format_month(day, current_reader(), **options),
        clock=lambda at: format_clock(at, current_reader()),
        figures=lambda at: format_figures(at, current_reader()),
        enlarge=enlarge_figures,
        hours=lambda start, end: format_hours(start, end, current_reader()),
        span=lambda start, end, **options: format_span(start, end, current_reader(), **options),
        duration=lambda length: format_duration(length, current_reader()),
        remaining=_remaining,
        money=_money,
        numeral=lambda number, **options: numeral(number, current_language(), **options),
        mask_name=masks.mask_name,
        mask_phone=masks.mask_phone,
        mask_email=masks.mask_email,
        mask_id=masks.mask_id,
    )
