"""One served demonstration for all browser tests of a process, and visitors to it."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import Visitor
from tests.support.live import Live, serve_demonstration

#: A fresh visitor of an institution; keyword arguments go to the browser's context.
Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def live_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The three institutions, on a Monday at ten."""
    base = tmp_path_factory.getbasetemp()
    # The processes of one run have a folder each, in one that is theirs together.
    kept = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demonstration"
    with serve_demonstration(tmp_path_factory.mktemp("live"), kept=kept) as live:
        yield live


@pytest.fixture
def live(live_demonstration: Live) -> Live:
    """The demonstration with its keys in force; other tests of the process install theirs."""
    live_demonstration.take_over()
    return live_demonstration


@pytest.fixture
def visit(live: Live, browser: Browser) -> Iterator[Visit]:
    """Opens a browser of one's own for everybody who comes; all are closed at the end."""
    contexts = []

    def come(
        slug: str, *, language: str = "zh-TW", width: int = 1280, **options: object
    ) -> Visitor:
        context = browser.new_context(
            base_url=live.address,
            locale=language,
            viewport={"width": width, "height": 800},
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Visitor(live, context.new_page(), slug)

    yield come
    for context in contexts:
        context.close()
    live.let_go()
