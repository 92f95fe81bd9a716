"""What every test can ask for, and what becomes of a test that cannot run."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from tests.support.applications import (  # noqa: F401 fixtures
    app,
    client,
    compiled_catalogs,
    institution,
    postgresql_database,
    sqlite_database,
)
from tests.support.browser import BrowserUnavailableError, open_browser
from tests.support.postgres import Server, Unavailable, start_server
from tests.support.skips import cannot_run, count_reasons, refuse_skip

# The gate must give the same answer twice; `make fuzz` goes where nobody has been.
settings.register_profile(
    "gate",
    derandomize=True,
    deadline=None,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "fuzz", max_examples=2000, deadline=None, stateful_step_count=100, print_blob=True
)
settings.load_profile("gate")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A private PostgreSQL server of this test process."""
    server = start_server()
    if isinstance(server, Unavailable):
        cannot_run(server.reason)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless browser; a test opens a context of its own in it."""
    try:
        with open_browser() as running:
            yield running
    except BrowserUnavailableError as error:
        cannot_run(str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one."""
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a skipped module is a failed one."""
    report = yield
    refuse_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in red, how many tests could not run and why."""
    reasons = count_reasons(terminalreporter.stats.get("skipped", []))
    if not reasons:
        return
    terminalreporter.section(f"{sum(reasons.values())} tests COULD NOT RUN", sep="!", red=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count:5} {reason}", red=True)
