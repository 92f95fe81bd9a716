"""A profile is checked as a whole before anything is made of it; every error has its line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.localized import LANGUAGE_ORDER
from portal.tenancy.profile import PROFILES, ProfileError
from portal.tenancy.profile_lines import find_line
from tests.support.profiles import LIBRARY, NAMES, changed, own, read


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def texts_in(value: Any) -> list[dict[str, str]]:
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    if not isinstance(value, dict):
        return []
    if "zh_Hant" in value:
        return [value]
    return [text for item in value.values() for text in texts_in(item)]


@pytest.mark.parametrize("name", NAMES)
def test_the_profiles_that_come_along_are_complete_in_three_languages(name: str) -> None:
    profile = own(name)
    texts = [profile.head.name, *texts_in(profile.document())]
    assert len(texts) > 80
    for text in texts:
        assert all(text.get(language, "").strip() for language in LANGUAGE_ORDER), text


@pytest.mark.parametrize("name", NAMES)
def test_the_profiles_that_come_along_describe_a_whole_institution(name: str) -> None:
    parts = own(name).parts
    assert 5 <= len(parts["service"]) <= 8
    assert 4 <= len(parts["post"]) <= 6
    assert {role.code for role in parts["role"]} == {"clerk", "head", "leader", "administrator"}
    assert {role.code for role in parts["role"] if not role.needs_second_factor} == {"clerk"}
    assert all(service.offer for service in parts["service"])
    offered = {offer.post for service in parts["service"] for offer in service.offer}
    assert offered == {post.code for post in parts["post"]}


def test_the_profiles_differ_in_what_institutions_differ_in() -> None:
    profiles = [own(name) for name in NAMES]
    words = [profile.settings.words for profile in profiles]
    assert [word.citizen["zh_Hant"] for word in words] == ["患者", "業戶", "群眾"]
    assert [word.closed["zh_Hant"] for word in words] == ["休診", "休息", "停辦"]
    assert len({profile.head.house for profile in profiles}) == 3


def test_h_10_the_clinic_opens_half_days_at_weekends_and_on_holidays() -> None:
    schedules = {schedule.code: schedule for schedule in own("outpatient").parts["schedule"]}
    assert schedules["clinic"].week[0] == "8:00-12:00, 14:00-17:30"
    assert schedules["clinic"].week[5:] == ["8:00-12:00", "8:00-12:00"]
    assert schedules["clinic"].holiday == "8:00-12:00"
    assert schedules["children"].week[6] == "13:30-17:30"


def test_a_simplified_text_left_out_is_made(tmp_path: Path) -> None:
    assert read(LIBRARY).head.name["zh_Hans"] == "月河图书馆"
    path = changed(tmp_path, ('"月河圖書館"', '"月河圖書館", zh_Hans = "月河书院"'))
    assert read(path).head.name["zh_Hans"] == "月河书院"


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ('house = "plum"', 'house = "red"', "institution.house", "pattern"),
        ('house = "plum"', 'colour = "plum"', "institution.colour", "not permitted"),
        ('house = "plum"', 'house = "plum"\nzone = "Asia/Lhasa"', "institution.zone", "no time z"),
        ("horizon_days = 7", "horizon_days = 0", "settings.booking.horizon_days", "greater than"),
        (
            'number = "0571-6500 1000"',
            'numbr = "1"',
            "settings.presence.phones.0.numbr",
            "not permitted",
        ),
        ('code = "archive"\nparent', 'code = "Archive"\nparent', "unit.1.code", "pattern"),
        ('parent = "readers"', 'parent = "cellar"', "unit.1.parent", "no unit 'cellar'"),
        ('"tenancy.settings.edit"', '"tenancy.all"', "role.0.permissions", "no permission"),
        ('"10:00-20:00"', '"20:00-10:00"', "schedule.0.week", "ends before it begins"),
        ('code = "archive"\nname', 'code = "house" #\nname', "schedule.1.code", "stands twice"),
        ("is_default = true\n", "", "schedule", "is_default"),
        ('schedule = "archive"', 'schedule = "night"', "post.1.schedule", "no schedule 'night'"),
        ('post = "counter"', 'post = "cellar"', "service.0.offer.0.post", "no post 'cellar'"),
        ("capacity = 2", "capacity = 0", "service.0.offer.0.capacity", "greater than"),
        ("amount = 10", 'amount = "ten"', "service.0.fee.0.amount", "decimal"),
        ('zh_Hant = "辦讀者證"', 'zh_Hant = " "', "service.0.name", "zh_Hant"),
        (
            'zh_Hant = "身分證", en',
            'zh_Hant = "身分證", fr',
            "service.0.document.0.name.fr",
            "lang",
        ),
        ('code = "administrator"', 'code = "boss"', "role", "'administrator'"),
    ],
)
def test_every_error_names_its_line(
    tmp_path: Path, old: str, new: str, place: str, reason: str
) -> None:
    path = changed(tmp_path, (old, new))
    with pytest.raises(ProfileError) as refused:
        read(path)
    found = [problem for problem in refused.value.problems if f" {place}" in problem]
    assert found, refused.value.problems
    assert reason in found[0]
    number = int(found[0].removeprefix("line ").split(":")[0])
    wanted = next((line for line in new.splitlines() if line not in old), "")
    if place in {"role", "schedule"}:
        wanted = f"[[{place}]]"
    assert number == line_of(path, wanted), found


def test_all_errors_are_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = changed(tmp_path, ("capacity = 2", "capacity = 0"), ('house = "plum"', 'house = "red"'))
    with pytest.raises(ProfileError) as refused:
        read(path)
    lines = [int(problem.split()[1].rstrip(":")) for problem in refused.value.problems]
    assert len(lines) == 2
    assert lines == sorted(lines)


def test_an_error_of_one_item_does_not_make_errors_of_those_that_name_it(tmp_path: Path) -> None:
    path = changed(tmp_path, ('name = { zh_Hant = "讀者部", en = "Reader services" }', "name = 3"))
    with pytest.raises(ProfileError) as refused:
        read(path)
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "institution"),
        (b"[institution", "line 1"),
        (b"\xff\xfe", "cannot be read"),
        (b"service = 3", "list of tables"),
        (b"[[volcano]]\n", "line 1: volcano: there is no such part"),
    ],
)
def test_what_is_no_profile_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ProfileError) as refused:
        read(path)
    assert any(reason in problem for problem in refused.value.problems), refused.value.problems


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        read(tmp_path / "nothing.toml")


@given(st.lists(st.sampled_from(["unit", "post", "step"]), max_size=12))
def test_a_line_is_found_for_each_item_of_each_list(keys: list[str]) -> None:
    text = "\n".join(f'[[{key}]]\ncode = "x"\nname = 1' for key in keys)
    counts: dict[str, int] = {}
    for number, key in enumerate(keys):
        place = counts.get(key, 0)
        counts[key] = place + 1
        assert find_line(text, (key, place, "code")) == 3 * number + 2
        assert find_line(text, (key, place)) == 3 * number + 1
        assert find_line(text, (key, place, "absent")) == 3 * number + 1


def test_all_profiles_stand_where_they_are_looked_for() -> None:
    assert sorted(path.stem for path in PROFILES.glob("*.toml")) == list(NAMES)
