"""Dates, times, durations, money and masks read as the design's section on words says."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.formats import (
    WORDS,
    Reader,
    enlarge_figures,
    format_clock,
    format_day,
    format_duration,
    format_hours,
    format_moment,
    format_money,
    format_month,
    format_remaining,
    format_span,
    format_weekday,
    numeral,
)
from portal.web.masks import mask_email, mask_id, mask_name, mask_phone

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
VISIT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
HANT, HANS, ENGLISH = (Reader(language, now=NOW) for language in WORDS)
languages = st.sampled_from(list(WORDS))
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 the strategy adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001 the strategy adds the zone
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (HANT, "11月24日(週二)下午2:30"),
        (HANS, "11月24日(周二)下午2:30"),
        (ENGLISH, "Tue 24 Nov, 2:30 pm"),
    ],
)
def test_a_moment_reads_as_people_say_it(reader: Reader, text: str) -> None:
    assert format_moment(VISIT, reader) == text


@pytest.mark.parametrize(
    ("language", "today", "tomorrow"),
    [
        ("zh_Hant", "今天下午2:30", "明天下午2:30"),
        ("zh_Hans", "今天下午2:30", "明天下午2:30"),
        ("en", "Today, 2:30 pm", "Tomorrow, 2:30 pm"),
    ],
)
def test_today_and_tomorrow_are_said_only_when_true(
    language: str, today: str, tomorrow: str
) -> None:
    same_day = Reader(language, now=VISIT - timedelta(hours=14))
    day_before = Reader(language, now=VISIT - timedelta(hours=15))
    two_days_before = Reader(language, now=VISIT - timedelta(hours=39))
    assert format_moment(VISIT, same_day) == today
    assert format_moment(VISIT, day_before) == tomorrow
    spelt = format_moment(VISIT, Reader(language))
    assert format_moment(VISIT, two_days_before) == spelt
    assert format_moment(VISIT, same_day, named=False) == spelt


def test_the_local_day_counts_and_not_that_of_utc() -> None:
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert format_moment(late, HANT) == "11月25日(週三)凌晨0:30"
    assert format_moment(late, Reader("zh_Hant", "America/New_York")) == "11月24日(週二)上午11:30"


@pytest.mark.parametrize(
    ("reader", "text"),
    [(HANT, "2027年1月5日(週二)"), (HANS, "2027年1月5日(周二)"), (ENGLISH, "Tue 5 Jan 2027")],
)
def test_another_year_is_named(reader: Reader, text: str) -> None:
    assert format_day(date(2027, 1, 5), reader) == text


def test_a_day_may_go_without_its_weekday() -> None:
    assert format_day(VISIT, HANT, weekday=False) == "11月24日"
    assert format_day(VISIT, ENGLISH, weekday=False) == "24 Nov"
    assert (format_weekday(VISIT, HANS), format_weekday(VISIT, ENGLISH)) == ("周二", "Tue")


def test_a_month_stands_alone_or_with_its_year() -> None:
    assert (format_month(VISIT, HANT), format_month(VISIT, HANT, year=True)) == (
        "11月",
        "2026年11月",
    )
    assert format_month(VISIT, ENGLISH, year=True) == "Nov 2026"


@pytest.mark.parametrize(
    ("at", "chinese", "english"),
    [
        (time(0, 0), "凌晨0:00", "12:00 am"),
        (time(0, 30), "凌晨0:30", "12:30 am"),
        (time(6, 30), "上午6:30", "6:30 am"),
        (time(12, 5), "中午12:05", "12:05 pm"),
        (time(13, 0), "下午1:00", "1:00 pm"),
        (time(18, 0), "下午6:00", "6:00 pm"),
        (time(20, 0), "晚上8:00", "8:00 pm"),
    ],
)
def test_times_carry_the_period_of_the_day(at: time, chinese: str, english: str) -> None:
    assert format_clock(at, HANT) == format_clock(at, HANS) == chinese
    assert format_clock(at, ENGLISH) == english


@pytest.mark.parametrize(
    ("start", "end", "chinese", "english"),
    [
        (time(9), time(12), "上午9:00–12:00", "9:00 am–12:00 pm"),
        (time(9), time(11, 30), "上午9:00–11:30", "9:00–11:30 am"),
        (time(13, 30), time(17), "下午1:30–5:00", "1:30–5:00 pm"),
        (time(8, 30), time(18), "上午8:30–下午6:00", "8:30 am–6:00 pm"),
        (time(12), time(14), "中午12:00–下午2:00", "12:00–2:00 pm"),
        (time(20), time(0), "晚上8:00–12:00", "8:00 pm–12:00 am"),
        (time(0), time(0), "凌晨0:00–晚上12:00", "12:00–12:00 am"),
        (time(22), time(6), "晚上10:00–上午6:00", "10:00 pm–6:00 am"),
    ],
)
def test_ranges_say_the_period_once_when_it_is_the_same(
    start: time, end: time, chinese: str, english: str
) -> None:
    assert format_hours(start, end, HANT) == chinese
    assert format_hours(start, end, ENGLISH) == english


def test_a_span_names_its_day_once() -> None:
    half_hour = VISIT + timedelta(minutes=30)
    assert format_span(VISIT, half_hour, HANT) == "11月24日(週二)下午2:30–3:00"
    assert format_span(VISIT, half_hour, ENGLISH) == "Tue 24 Nov, 2:30–3:00 pm"
    midnight = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert format_span(VISIT, midnight, HANT) == "11月24日(週二)下午2:30–晚上12:00"
    assert (
        format_span(VISIT, midnight + timedelta(hours=1), HANT)
        == "11月24日(週二)下午2:30–11月25日(週三)凌晨1:00"
    )


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "不到1分", "less than 1 min"),
        (59, "不到1分", "less than 1 min"),
        (19 * 60 + 59, "19分", "19 min"),
        (7200, "2小時", "2 h"),
        (7500, "2小時5分", "2 h 5 min"),
        (86400, "1天", "1 d"),
        (3 * 86400 + 2 * 3600 + 300, "3天2小時", "3 d 2 h"),
    ],
)
def test_durations_have_at_most_two_units(seconds: int, chinese: str, english: str) -> None:
    length = timedelta(seconds=seconds)
    assert format_duration(length, HANT) == chinese
    assert format_duration(length, ENGLISH) == english


def test_what_is_left_of_a_promise_differs_from_what_is_over() -> None:
    left, over = timedelta(minutes=19), -timedelta(minutes=12)
    assert format_remaining(left, HANT) == "還有19分"
    assert format_remaining(over, HANT) == "超時12分"
    assert format_remaining(left, HANS) == "还有19分"
    assert format_remaining(over, HANS) == "超时12分"
    assert format_remaining(left, ENGLISH) == "19 min left"
    assert format_remaining(over, ENGLISH) == "12 min over"


@pytest.mark.parametrize(
    "write",
    [
        lambda at: format_moment(at, HANT),
        lambda at: format_day(at, HANT),
        lambda at: format_clock(at, HANT),
        lambda at: format_hours(at, at, HANT),
        lambda at: format_span(at, at, HANT),
        lambda at: format_month(at, HANT),
        lambda at: format_moment(VISIT, Reader("en", now=at)),
    ],
)
def test_a_naive_datetime_is_refused(write: Callable[[datetime], str]) -> None:
    with pytest.raises(ValueError, match="zone"):
        write(datetime(2026, 11, 24, 14, 30))  # noqa: DTZ001 without a zone on purpose


@given(moments, moments, languages)
def test_every_moment_can_be_written(at: datetime, now: datetime, language: str) -> None:
    reader = Reader(language, now=now)
    text = format_moment(at, reader, named=False)
    assert f":{reader.local(at).minute:02}" in text
    assert (str(reader.local(at).year) in text) == (reader.day(at).year != reader.day(now).year)


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)), languages)
def test_no_duration_shows_a_minus_or_a_zero(length: timedelta, language: str) -> None:
    text = format_remaining(length, Reader(language))
    assert "-" not in text
    assert not text.lstrip("還还有超時时").startswith("0")


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        (Decimal(80), "80元", "¥80"),
        (Decimal("80.00"), "80元", "¥80"),
        (Decimal("80.5"), "80.50元", "¥80.50"),
        (Decimal(12000), "12,000元", "¥12,000"),
        (0, "0元", "¥0"),
    ],
)
def test_money_shows_cents_only_when_there_are_any(
    amount: Decimal, chinese: str, english: str
) -> None:
    assert format_money(amount, "CNY", HANT) == chinese
    assert format_money(amount, "CNY", ENGLISH) == english
    assert format_money(amount, "TWD", ENGLISH) == english.replace("¥", "NT$")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("11月24日", "<b>11</b>月<b>24</b>日"),
        ("下午2:30", "下午<b>2:30</b>"),
        ("9:00–10:30", "<b>9:00–10:30</b>"),
        ("", ""),
        ("<1> & '2'", "&lt;<b>1</b>&gt; &amp; &#39;<b>2</b>&#39;"),
    ],
)
def test_figures_are_set_large_and_all_else_is_escaped(text: str, written: str) -> None:
    assert enlarge_figures(text) == written


def test_small_numbers_are_words_where_steps_or_things_are_counted() -> None:
    assert [numeral(n, "zh_Hant") for n in (1, 2, 10, 11, 20, 35)] == [
        "一",
        "二",
        "十",
        "十一",
        "二十",
        "三十五",
    ]
    assert numeral(2, "zh_Hant", counting=True) == "兩"
    assert numeral(2, "zh_Hans", counting=True) == "两"
    assert (numeral(3, "en"), numeral(3, "en", counting=True)) == ("3", "three")
    assert numeral(128, "zh_Hant") == "128"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("張美華", "張○華"),
        ("張三", "張○"),
        ("張", "張"),
        ("陳林淑芬", "陳○○芬"),
        ("歐陽修", "歐陽○"),
        ("欧阳文忠", "欧阳○○"),
        ("歐陽", "歐○"),
        ("張 美華", "張○華"),
        ("John Smith", "J. S***"),
        ("Mary Ann  Lee", "M. A. L***"),
        ("Cher", "C***"),
        ("買買提·阿不都", "買○○·阿○○"),
        ("  ", ""),
    ],
)
def test_a_masked_name_is_recognised_by_its_owner_only(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("+8613812345678", "138****5678"),
        ("+886912345678", "+886 91****678"),
        ("0912345678", "091****678"),
        ("91234567", "91****67"),
        ("12345", "****5"),
        ("1234", "****"),
        ("", "****"),
    ],
)
def test_a_masked_phone_hides_at_least_four_digits(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text(alphabet="0123456789", max_size=20))
def test_whatever_its_length_a_phone_keeps_four_digits_to_itself(phone: str) -> None:
    shown = sum(character.isdigit() for character in mask_phone(phone))
    assert shown <= max(0, len(phone) - 4)
    assert shown <= 7


def test_addresses_and_papers_are_masked() -> None:
    assert mask_email("anna@example.org") == "a***@e…"
    assert mask_email("") == "***@…"
    assert mask_id("11010119900101271x") == "****271X"
    assert mask_id("A12345") == "****"


@given(st.text(min_size=2, max_size=12))
def test_a_mask_never_shows_the_whole_name(name: str) -> None:
    shown = mask_name(name)
    assert shown != name or "○" in name or "***" in name
