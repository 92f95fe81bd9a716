"""An institution whose messages really leave, to counterparts of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portal.core.runtime import Runtime
from tests.support.gateways import MailServer, SmsGateway, mail_server, sms_gateway
from tests.support.world import World, furnish


@pytest.fixture
def town(institution: World) -> World:
    """Two people every half hour, times published."""
    furnish(institution)
    institution.publish()
    return institution


@pytest.fixture
def mail(town: World) -> Iterator[MailServer]:
    """The mail server that the town sends by."""
    with (
        mail_server() as kept,
        configured(town, smtp_url=kept.url, mail_from="portal@town.example"),
    ):
        yield kept


@pytest.fixture
def sms(town: World) -> Iterator[SmsGateway]:
    """The SMS gateway that the town sends by."""
    with sms_gateway() as kept, configured(town, sms_url=kept.url, sms_token="the-token"):
        yield kept


@contextmanager
def configured(town: World, **values: str) -> Iterator[None]:
    """The town's application with other settings for a while."""
    runtime: Runtime = town.app.extensions["portal"]
    before = runtime.config
    runtime.config = before.model_copy(update=values)
    yield
    runtime.config = before
