"""Versions of settings: which one holds when, and how a change meets what is planned."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.tenancy.models import SettingsVersion
from portal.tenancy.versions import carried, history, in_force, planned

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def version(number: int, days: int, **sections: int) -> SettingsVersion:
    return SettingsVersion(number=number, valid_from=NOW + days * DAY, document=sections)


def test_the_latest_that_has_begun_holds() -> None:
    versions = [version(1, -9), version(2, -2), version(3, 4)]
    assert in_force(versions, NOW).number == 2
    assert in_force(versions, NOW + 4 * DAY).number == 3
    assert in_force(versions, NOW - 20 * DAY).number == 1


def test_of_two_from_one_moment_the_newer_holds() -> None:
    versions = [version(1, -9), version(3, 4), version(2, 4)]
    assert [found.number for found in planned(versions, NOW)] == [3]


@given(st.lists(st.integers(-5, 5), max_size=8), st.integers(-6, 6))
def test_exactly_one_version_holds_at_any_moment(begins: list[int], at: int) -> None:
    versions = [version(number, days) for number, days in enumerate([-99, *begins], start=1)]
    chapters = history(versions, versions, NOW + at * DAY)
    states = [chapter.state for chapter in chapters]
    assert states.count("holds") == 1
    assert states.count("planned") == len({days for days in begins if days > at})


def test_a_change_is_carried_into_what_is_planned_save_where_the_plan_says_otherwise() -> None:
    base = {"words": 1, "booking": 1, "privacy": 1}
    later = {"words": 1, "booking": 2, "privacy": 1}
    assert carried(base, later, {"words": 5, "booking": 7}) == {
        "words": 5,
        "booking": 2,
        "privacy": 1,
    }


def test_the_history_says_what_each_version_changed() -> None:
    versions = [version(1, -9, a=1, b=1), version(2, 3, a=1, b=2), version(3, -1, a=4, b=1)]
    chapters = history(versions, versions, NOW)
    assert [chapter.sections for chapter in chapters] == [("a", "b"), ("b",), ("a",)]
    assert [chapter.state for chapter in chapters] == ["past", "planned", "holds"]
