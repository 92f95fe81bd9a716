"""A hall with a window, an enquiry desk, and a desk that never closes."""

import pytest

from tests.support.duty import Hall, open_hall
from tests.support.world import World


@pytest.fixture
def hall(institution: World) -> Hall:
    """Nobody is signed in yet; it is nine o'clock on a Monday."""
    return open_hall(institution)
