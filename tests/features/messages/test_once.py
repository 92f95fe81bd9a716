"""A message leaves after the commit, once, and what is kept of it ends."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.outbox import BATCH, LEASE, retry_parked
from portal.identity.services.privacy import end_retention
from portal.messages.delivery import MAIL, SMS, Outcome
from portal.messages.queries import read_states
from tests.support.delivering import (
    MAILBOX,
    PHONE,
    deliver,
    entries,
    make_worker,
    messages,
    queue_code,
    write_code,
)
from tests.support.gateways import OK, MailServer, SmsGateway
from tests.support.parallel import together
from tests.support.world import World


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it, nothing is written."""


def die(_session: Session, _payload: dict[str, Any], _outcome: Outcome, _now: datetime) -> None:
    raise Killed


def test_what_is_rolled_back_sends_nothing(town: World, mail: MailServer) -> None:
    def write(session: Session) -> None:
        write_code(session, town)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        town.do(write)
    deliver(town, hours=1)
    assert (mail.mails, messages(town), entries(town)) == ([], [], [])


def test_nothing_leaves_while_the_transaction_is_open(town: World, mail: MailServer) -> None:
    with town.session() as session:
        write_code(session, town)
        assert mail.mails == []
        session.rollback()
    deliver(town)
    assert mail.mails == []


def test_the_same_key_is_written_and_sent_once(town: World, mail: MailServer) -> None:
    queue_code(town)
    with pytest.raises(IntegrityError):
        queue_code(town)
    deliver(town, hours=1)
    assert len(mail.mails) == 1


def test_two_workers_at_once_send_each_message_once(
    town: World, mail: MailServer, sms: SmsGateway
) -> None:
    for number in range(12):
        queue_code(town, key=f"mail:{number}")
        queue_code(town, key=f"sms:{number}", kind="phone", to=PHONE)
    workers = [make_worker(town.app, town, name=f"w{number}") for number in range(2)]

    def work(number: int) -> None:
        while workers[number].run_once():
            pass

    together(2, work)
    deliver(town, hours=1)
    assert len({sent["Message-ID"] for sent in mail.mails}) == len(mail.mails) == 12
    assert len({text["key"] for text in sms.texts}) == len(sms.texts) == 12
    assert {message.state for message in messages(town)} == {"sent"}


def test_a_worker_killed_after_sending_repeats_that_one_with_the_same_number(
    town: World, mail: MailServer
) -> None:
    for number in range(BATCH):
        queue_code(town, key=f"code:{number}")
    victim = make_worker(town.app, town, name="victim", deliveries=(replace(MAIL, record=die),))
    with pytest.raises(Killed):
        victim.run_once()
    assert len(mail.mails) == 1
    assert {message.state for message in messages(town)} == {"queued"}
    town.wait(seconds=LEASE.total_seconds())
    deliver(town, hours=1)
    numbers = [sent["Message-ID"] for sent in mail.mails]
    assert len(numbers) == BATCH + 1
    assert len(set(numbers)) == BATCH
    assert {message.state for message in messages(town)} == {"sent"}


def test_a_killed_worker_holds_a_single_sms(town: World, sms: SmsGateway) -> None:
    for number in range(3):
        queue_code(town, key=f"code:{number}", kind="phone", to=PHONE)
    victim = make_worker(town.app, town, name="victim", deliveries=(replace(SMS, record=die),))
    with pytest.raises(Killed):
        victim.run_once()
    deliver(town)
    assert len(sms.texts) == 3, "the others did not wait for the dead one's lease"


def test_what_nobody_takes_is_no_longer_on_its_way_until_somebody_has_it_tried_again(
    town: World, mail: MailServer
) -> None:
    mail.recipient_answer = "450 Never today"
    queue_code(town)

    def state() -> list[str]:
        return town.do(lambda session: list(read_states(session, messages(town)).values()))

    deliver(town, hours=1)
    assert state() == ["queued"]
    deliver(town, hours=24)
    assert state() == ["given_up"]
    mail.recipient_answer = OK
    [entry] = entries(town)
    town.do(lambda session: retry_parked(session, entry.id, now=town.now))
    assert state() == ["queued"]
    deliver(town)
    assert state() == ["sent"]
    assert len(mail.mails) == 1


def end_of_retention(town: World, *, days: int) -> None:
    town.wait(days=days)
    town.do(lambda session: end_retention(session, town.now))


@pytest.mark.parametrize("answer", [OK, f"550 no {MAILBOX}", "550 no such person as Li"])
def test_after_its_time_a_message_keeps_that_it_was_sent_and_nothing_of_the_person(
    town: World, mail: MailServer, answer: str
) -> None:
    mail.recipient_answer = answer
    queue_code(town)
    deliver(town)
    [before] = messages(town)
    end_of_retention(town, days=370)
    [after] = messages(town)
    assert (after.state, after.sent_at) == (before.state, before.sent_at)
    assert (after.address, after.params) == (None, None)
    assert after.refusal == ("erased" if before.refusal else "")
    assert after.erased_at == town.now


def test_what_was_erased_before_it_was_sent_is_never_sent(town: World, mail: MailServer) -> None:
    queue_code(town)
    end_of_retention(town, days=370)
    deliver(town, hours=1)
    assert mail.mails == []
    assert [entry.state for entry in entries(town)] == ["done"]
    assert messages(town)[0].state == "refused"
