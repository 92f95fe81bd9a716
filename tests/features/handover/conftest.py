"""A hall in which things are handed over."""

import pytest

from tests.support.handover import Relay, open_relay
from tests.support.world import World


@pytest.fixture
def relay(institution: World) -> Relay:
    """Nobody is signed in yet; it is nine o'clock on a Monday, and times are published."""
    return open_relay(institution)
