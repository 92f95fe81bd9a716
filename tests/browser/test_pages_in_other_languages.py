"""The same pages in English, whose words are longer, and those of the other institutions."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.walking import look_at_every_page, walk_as_a_citizen, walk_as_a_clerk
from tests.support.live import Live


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """Whoever walks over all pages changes much."""
    return own_demonstration


def test_every_page_in_english(visit: Visit) -> None:
    look_at_every_page(visit, "en")


@pytest.mark.parametrize(("slug", "language"), [("sunshine", "zh_Hans"), ("linjiang", "en")])
def test_the_pages_of_the_other_institutions(visit: Visit, slug: str, language: str) -> None:
    walks = [
        walk_as_a_citizen(visit(slug, language=language)),
        walk_as_a_clerk(visit(slug, language=language)),
    ]
    wrong = [line for walk in walks for line in walk.wrong]
    assert not wrong, "\n".join(wrong)
