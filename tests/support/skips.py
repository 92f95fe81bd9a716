"""What cannot run says so loudly: it is counted at the end, and in CI it is an error."""

import os
from typing import NoReturn

import pytest

#: How a skip begins whose cause is the machine, not the test.
MARK = "CANNOT RUN: "


def must_run_everything() -> bool:
    """Whether a skip is an error here, as it is wherever CI is set."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def cannot_run(reason: str) -> NoReturn:
    """Skip the test that asks, because this machine lacks something; in CI, fail it."""
    if must_run_everything():
        pytest.fail(MARK + reason, pytrace=False)
    pytest.skip(MARK + reason)


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a skipped report a failed one where everything must run; spare expected failures."""
    if not must_run_everything() or not report.skipped or hasattr(report, "wasxfail"):
        return
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"Nothing may be skipped in CI, but this was: {why}"


def count_reasons(skipped: list[pytest.TestReport]) -> dict[str, int]:
    """How many tests could not run, by reason."""
    counts: dict[str, int] = {}
    for report in skipped:
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _, found, reason = text.partition(MARK)
        if found:
            counts[reason] = counts.get(reason, 0) + 1
    return counts
