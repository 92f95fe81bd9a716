"""One served demonstration for all browser tests of a process, and visitors to it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import Visitor
from tests.support.live import Live, serve_demonstration

#: A fresh visitor of an institution; keyword arguments go to the browser's context.
Visit = Callable[..., Visitor]
#: What a browser asks for, by the language of the portal.
LOCALES = {"zh_Hant": "zh-TW", "zh_Hans": "zh-CN", "en": "en-GB"}


def _kept(factory: pytest.TempPathFactory) -> Path:
    """Where the demonstration is made once for all processes of a run."""
    base = factory.getbasetemp()
    # The processes of one run have a folder each, in one that is theirs together.
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demonstration"


@pytest.fixture(scope="session")
def live_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The three institutions, on a Monday at ten."""
    with serve_demonstration(tmp_path_factory.mktemp("live"), kept=_kept(tmp_path_factory)) as live:
        yield live


@pytest.fixture
def own_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The same for one test alone: where days pass, or a whole day is filled or closed.

    A module asks for it by a ``live_demonstration`` of its own that returns this one.
    """
    with serve_demonstration(tmp_path_factory.mktemp("own"), kept=_kept(tmp_path_factory)) as live:
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
        slug: str, *, language: str = "zh_Hant", width: int = 1280, **options: object
    ) -> Visitor:
        context = browser.new_context(
            base_url=live.address,
            locale=LOCALES[language],
            viewport={"width": width, "height": 800},
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Visitor(live, context.new_page(), slug, language)

    yield come
    for context in contexts:
        context.close()
    live.let_go()
