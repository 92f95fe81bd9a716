"""The served demonstration, and pages of a browser in it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.live import Live, serve_demonstration


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Three institutions on a Monday at ten in the morning."""
    with serve_demonstration(tmp_path_factory.mktemp("live")) as served:
        yield served


@pytest.fixture
def open_page(live: Live, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a fresh browser at a width, with or without JavaScript."""
    live.take_over()
    contexts = []

    def open_one(*, width: int = 1280, has_script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=has_script,
            locale="zh-TW",
            bypass_csp=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield open_one
    for context in contexts:
        context.close()
