"""An institution where one service can be booked at one window."""

import pytest

from tests.support.world import World, furnish


@pytest.fixture
def town(institution: World) -> World:
    """Two people every half hour, times published."""
    furnish(institution)
    institution.publish()
    return institution
