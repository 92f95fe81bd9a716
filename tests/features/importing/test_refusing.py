"""What is not taken in: where people are served, another register, a file that is none."""

import gzip
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from portal.importing.commands import import_commands
from tests.support.changes import watch_changes
from tests.support.registers import invent, line, write_lines
from tests.support.world import World


def call(app: Flask, *words: object) -> Result:
    return app.test_cli_runner().invoke(import_commands, ["requests", *map(str, words)])


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A short one."""
    return write_lines(tmp_path / "register.csv.gz", invent())


def test_the_figures_alone_stand_on_standard_output(app: Flask, register: Path) -> None:
    answer = call(app, register, "--institution", "trial")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines() == [
        "month,cases_with_due,on_time,told,rate",
        "2014-03,3,2,3,0.6667",
        "2014-04,4,2,3,0.5000",
    ]
    assert "HEAD signs in with" in answer.stderr
    assert "row 3 (3): it was closed before it was opened; not taken in" in answer.stderr
    assert "13 rows, 4 not taken in, 9 taken in now" in answer.stderr
    again = call(app, register, "--institution", "trial")
    assert again.stdout == answer.stdout
    assert "0 taken in now" in again.stderr
    assert "signs in with" not in again.stderr


def test_an_institution_that_serves_people_is_left_alone(
    institution: World, register: Path
) -> None:
    with watch_changes(institution.app) as changes:
        answer = call(institution.app, register, "--institution", institution.slug)
    assert answer.exit_code == 1
    assert "was not made for an import" in answer.output
    assert changes.sent == []


def test_a_register_with_other_departments_needs_an_institution_of_its_own(
    app: Flask, register: Path, tmp_path: Path
) -> None:
    assert call(app, register, "--institution", "trial").exit_code == 0
    more = [line("90", "04-06 09:00:00"), line("91", "04-06 09:00:00", department="PARK")]
    other = write_lines(tmp_path / "other.csv.gz", more)
    with watch_changes(app) as changes:
        answer = call(app, other, "--institution", "trial")
    assert answer.exit_code == 1
    assert "has no unit PARK" in answer.output
    assert changes.sent == []
    longer = write_lines(tmp_path / "longer.csv.gz", [*invent(), more[0]])
    assert "1 taken in now" in call(app, longer, "--institution", "trial").stderr


def test_a_file_that_is_none_is_refused(app: Flask, tmp_path: Path) -> None:
    whole = write_lines(tmp_path / "whole.csv.gz", invent())
    plain, cut, narrow = (tmp_path / f"{name}.csv.gz" for name in ("plain", "cut", "narrow"))
    plain.write_text("case_enquiry_id\n", encoding="utf-8")
    cut.write_bytes(whole.read_bytes()[:120])
    narrow.write_bytes(gzip.compress(b"case_enquiry_id,open_dt\n1,2014-04-01 09:00:00\n"))
    bad = [one for one in invent() if one["case_enquiry_id"] in {"3", "11"}]
    wrong = [
        ("cannot be read", plain),
        ("cannot be read", cut),
        ("no column sla_target_dt, closed_dt", narrow),
        ("no rows to take in", write_lines(tmp_path / "empty.csv.gz", [])),
        ("row 2 (11): its source", write_lines(tmp_path / "bad.csv.gz", bad)),
    ]
    with watch_changes(app) as changes:
        for reason, path in wrong:
            answer = call(app, path, "--institution", "trial")
            assert answer.exit_code == 1
            assert reason in answer.output, path
        assert call(app, whole, "--institution", "Not a Slug").exit_code == 1
        assert call(app, tmp_path / "absent.csv.gz", "--institution", "trial").exit_code == 2
        assert call(app, whole).exit_code == 2, "an institution must be named"
    assert changes.sent == []
