"""The ``portal`` command as an operator meets it on a machine where nothing is set yet."""

import subprocess
import sys
from pathlib import Path

import pytest


def portal(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty environment."""
    run = "from portal.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", run, *words],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[3])},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [("--help",), ("keys", "create", "--help")])
def test_help_needs_no_settings(words: tuple[str, ...], tmp_path: Path) -> None:
    done = portal(*words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: portal")
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_command_without_settings_says_what_is_missing_and_touches_nothing(
    tmp_path: Path,
) -> None:
    done = portal("worker", folder=tmp_path)
    assert done.returncode == 2
    assert "PORTAL_KEYS_FILE must name" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_said_to_be_none(tmp_path: Path) -> None:
    done = portal("nonsense", folder=tmp_path)
    assert done.returncode == 2
    assert "No such command" in done.stderr
