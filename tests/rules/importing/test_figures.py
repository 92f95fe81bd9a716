"""The share answered by the promised time, by month of acceptance: what has none stays out."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from portal.importing.figures import Course, Month, count_months, write_table

ZONE = ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def course(at: str, due: timedelta | None = DAY, told: timedelta | None = None) -> Course:
    accepted = datetime.fromisoformat(f"2014-{at}").replace(tzinfo=ZONE)
    return Course(
        accepted,
        None if due is None else accepted + due,
        None if told is None else accepted + told,
    )


def test_the_very_second_is_on_time_and_the_next_is_not() -> None:
    assert course("04-02 09:00", told=DAY).is_on_time
    assert not course("04-02 09:00", told=DAY + timedelta(seconds=1)).is_on_time
    assert not course("04-02 09:00").is_on_time, "nobody was told yet"
    assert not course("04-02 09:00", due=None, told=DAY).is_on_time, "nothing was promised"


def test_what_has_no_promised_time_stays_out_of_the_rate() -> None:
    months = count_months(
        [
            course("04-02 09:00", told=DAY),
            course("04-03 09:00"),
            course("04-04 09:00", told=2 * DAY),
            course("04-05 09:00", due=None, told=DAY),
        ],
        ZONE,
    )
    assert months == {"2014-04": Month(with_due=3, on_time=1, told=2)}
    assert months["2014-04"].rate == Decimal("0.3333")


def test_the_month_is_that_of_the_local_clock_and_an_empty_one_has_no_rate() -> None:
    months = count_months([course("01-31 23:30", told=DAY), course("03-01 00:00", due=None)], ZONE)
    assert months == {
        "2014-01": Month(with_due=1, on_time=1, told=1),
        "2014-02": Month(),
        "2014-03": Month(),
    }
    assert write_table(months).splitlines() == [
        "month,cases_with_due,on_time,told,rate",
        "2014-01,1,1,1,1.0000",
        "2014-02,0,0,0,",
        "2014-03,0,0,0,",
    ]
    assert count_months([], ZONE) == {}


def test_the_months_go_on_over_the_new_year() -> None:
    december = course("12-05 09:00")
    february = Course(december.accepted_at + 60 * DAY, None, None)
    assert list(count_months([december, february], ZONE)) == ["2014-12", "2015-01", "2015-02"]
