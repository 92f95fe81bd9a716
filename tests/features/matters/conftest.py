"""An institution with a unit, its head and two colleagues."""

import pytest

from tests.support.matters import Office, Town, build_town, staff_office
from tests.support.world import World, furnish


@pytest.fixture
def office(institution: World) -> Office:
    """Nobody in it holds any permission: opening a matter needs none (P-3.2)."""
    furnish(institution)
    return staff_office(institution)


@pytest.fixture
def parish(office: Office) -> Town:
    """The office, a works yard beside it, and a mayor over both."""
    return build_town(office)
