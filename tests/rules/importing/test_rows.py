"""What a file of requests says: each row that cannot be is named, the others are read."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal.importing.figures import Course, count_months
from portal.importing.rows import BadRow, Row, UnreadableRegister, read_rows, survey
from portal.matters.intake_rules import Channel
from tests.support.real_data import real_data
from tests.support.registers import (
    BAD,
    Line,
    count,
    invent,
    is_impossible,
    line,
    read_lines,
    read_official,
    subtract,
    write_lines,
)

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def read(folder: Path, lines: list[Line]) -> list[Row | BadRow]:
    return list(read_rows(write_lines(folder / "register.csv.gz", lines), ZONE, NOW))


def test_a_row_is_read_by_the_clocks_of_the_zone(tmp_path: Path) -> None:
    summer = line("7", "03-31 23:59:59", "04-01 09:00:00", "", source="Twitter")
    winter = line("8", "12-31 23:59:59", "", "12-31 23:59:59", case_title="")
    found = read(tmp_path, [summer, winter])
    assert found[0] == Row(
        number=1,
        key="7",
        opened_at=datetime(2014, 4, 1, 3, 59, 59, tzinfo=UTC),
        due_at=datetime(2014, 4, 1, 13, 0, tzinfo=UTC),
        closed_at=None,
        title="Pick up Dead Animal",
        sort="Pick up Dead Animal",
        department="PWDx",
        channel=Channel.ONLINE,
    )
    assert isinstance(found[1], Row)
    assert found[1].opened_at == found[1].closed_at == datetime(2015, 1, 1, 4, 59, 59, tzinfo=UTC)
    assert found[1].title == "Pick up Dead Animal"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"case_enquiry_id": " "}, "it has no number"),
        ({"case_enquiry_id": "9" * 41}, "its number has more than 40 signs"),
        ({"case_enquiry_id": "1"}, "row 1 has the same number"),
        ({"open_dt": ""}, "it has no time of opening"),
        ({"open_dt": "2014-02-30 09:00:00"}, "it was opened at '2014-02-30 09:00:00', which is no"),
        ({"closed_dt": "soon"}, "it was closed at 'soon', which is no time"),
        ({"sla_target_dt": "2014-04-02"}, "it was due at '2014-04-02', which is no time"),
        ({"closed_dt": "2014-04-02 08:59:59"}, "it was closed before it was opened"),
        ({"sla_target_dt": "2014-04-02 08:59:59"}, "it was due before it was opened"),
        ({"closed_dt": ""}, "it stands at 'Closed', but its times say 'Open'"),
        ({"case_status": "Lost"}, "it stands at 'Lost', but its times say 'Closed'"),
        ({"case_title": "", "type": ""}, "nothing says what it is"),
        ({"department": "_"}, "no department has it"),
        ({"source": ""}, "its source '' is unknown"),
        ({"closed_dt": "2034-04-02 09:00:00"}, "it happened later than now"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_the_others_are_read(
    tmp_path: Path, changes: Line, reason: str
) -> None:
    good = line("1", "04-02 09:00:00", "04-03 09:00:00", "04-02 10:00:00")
    wrong, after = ({**good, "case_enquiry_id": key} for key in ("2", "3"))
    found = read(tmp_path, [good, wrong | changes, after])
    assert isinstance(found[0], Row)
    assert isinstance(found[1], BadRow)
    assert found[1].number == 2
    assert found[1].reason.startswith(reason)
    assert isinstance(found[2], Row), "the row after it"


def test_a_row_with_a_field_too_many_is_named(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "register.csv.gz", [line("1", "04-02 09:00:00")])
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress((text.rstrip() + ",more\r\n").encode()))
    with pytest.raises(UnreadableRegister, match=r"row 1 \(1\): it has more fields"):
        survey(path, ZONE, NOW)


def test_a_file_is_surveyed_before_anything_is_taken_in(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "register.csv.gz", invent())
    contents = survey(path, ZONE, NOW)
    assert contents.rows == 13
    assert {row.number: row.reason for row in contents.bad} == BAD
    assert contents.departments == ("BPD_", "INFO", "PWDx")
    assert contents.first == datetime(2014, 3, 30, 12, 0, tzinfo=UTC)


def test_the_ten_impossible_rows_of_the_real_file_are_named() -> None:
    path = real_data("requests_311.csv.gz")
    contents = survey(path, ZONE, NOW)
    assert contents.rows == 39_331
    assert {row.reason for row in contents.bad} == {"it was closed before it was opened"}
    lines = read_lines(path)
    impossible = {
        (number, one["case_enquiry_id"])
        for number, one in enumerate(lines, start=1)
        if is_impossible(one)
    }
    assert len(impossible) == 10
    assert {(row.number, row.key) for row in contents.bad} == impossible


def test_the_real_file_has_the_figures_of_the_city_but_for_the_ten_impossible_rows() -> None:
    path = real_data("requests_311.csv.gz")
    lines = read_lines(path)
    official = read_official(real_data("requests_311.expected.csv"))
    left = subtract(official, filter(is_impossible, lines))
    courses = (
        Course(row.opened_at, row.due_at, row.closed_at)
        for row in read_rows(path, ZONE, NOW)
        if isinstance(row, Row)
    )
    months = count_months(courses, ZONE)
    found = {name: (one.with_due, one.on_time, one.told) for name, one in months.items()}
    assert len(found) == 72
    assert found == left
    assert left != official
    assert count(lines) == official, "the city's flag says no more than its times"
