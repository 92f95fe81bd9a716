"""What is not replayed: where people are served, another file, a file that is none."""

import gzip
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from portal.core.config import Environment
from portal.replay.commands import replay
from tests.support.changes import watch_changes
from tests.support.histories import invent, write_lines
from tests.support.world import World


def call(app: Flask, *words: object) -> Result:
    return app.test_cli_runner().invoke(replay, [str(word) for word in words])


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A short one."""
    return write_lines(tmp_path / "history.csv.gz", invent(20))


@pytest.mark.parametrize("environment", [Environment.TEST, Environment.PRODUCTION])
def test_an_institution_that_serves_people_is_left_alone(
    institution: World, history: Path, environment: Environment
) -> None:
    runtime = institution.app.extensions["portal"]
    before = runtime.config
    runtime.config = before.model_copy(update={"environment": environment})
    try:
        with watch_changes(institution.app) as changes:
            answer = call(institution.app, history, "--slug", institution.slug)
    finally:
        runtime.config = before
    assert answer.exit_code == 1
    assert "was not made for a replay" in answer.output
    assert changes.sent == []


def test_another_file_or_capacity_is_not_gone_on_with(
    app: Flask, history: Path, tmp_path: Path
) -> None:
    done = call(app, history, "--slug", "trial", "--json", tmp_path / "result.json")
    assert done.exit_code == 0, done.output
    assert '"accepted"' in (tmp_path / "result.json").read_text(encoding="utf-8")
    assert "busiest clinic-day" in done.output
    other = write_lines(tmp_path / "other.csv.gz", invent(21))
    for words in ((history, "--capacity", 7), (other,)):
        answer = call(app, *words, "--slug", "trial")
        assert answer.exit_code == 1
        assert "replays another file or another capacity" in answer.output


def test_a_file_that_is_none_is_named_with_its_row(app: Flask, tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv.gz"
    plain.write_text("booked_at,day\n", encoding="utf-8")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(write_lines(tmp_path / "whole.csv.gz", invent(200)).read_bytes()[:900])
    narrow = tmp_path / "narrow.csv.gz"
    with gzip.open(narrow, "wt", encoding="utf-8") as file:
        file.write("booked_at,day\n2016-01-01T00:00:00Z,2016-01-02\n")
    lines = invent(20)
    damaged = tmp_path / "damaged.csv.gz"
    whole = bytearray((tmp_path / "whole.csv.gz").read_bytes())
    whole[200:260] = bytes(60)
    damaged.write_bytes(whole)
    endless = [{**lines[0], "person": "x" * 200_000}]
    wrong = [
        ("cannot be read", damaged),
        ("cannot be read", write_lines(tmp_path / "endless.csv.gz", endless)),
        ("cannot be read", plain),
        ("cannot be read", cut),
        ("no column person", narrow),
        ("no rows", write_lines(tmp_path / "empty.csv.gz", [])),
        ("row 3", write_lines(tmp_path / "back.csv.gz", [*lines[:2], lines[0], *lines[2:]])),
        ("row 2", write_lines(tmp_path / "age.csv.gz", [lines[0], {**lines[1], "age": "old"}])),
    ]
    for reason, path in wrong:
        answer = call(app, path, "--slug", "trial")
        assert answer.exit_code == 1
        assert reason in answer.output, path
    assert call(app, tmp_path / "absent.csv.gz").exit_code == 2
