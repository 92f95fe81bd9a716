"""What the two gateways do with each answer of their counterparts."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.outbox import MAX_ATTEMPTS
from portal.messages import gateways
from portal.messages.texts import Text
from tests.features.messages.conftest import configured
from tests.support.delivering import MAILBOX, PHONE, deliver, entries, messages, queue_code
from tests.support.gateways import OK, MailServer, SmsGateway
from tests.support.world import World


def test_a_mail_arrives_worded_and_its_delivery_is_on_record(town: World, mail: MailServer) -> None:
    message = queue_code(town)
    town.wait(seconds=20)
    deliver(town)
    [sent] = mail.mails
    assert mail.recipients == [[MAILBOX]]
    assert sent["Subject"] == "Your code: 123456"
    assert sent["From"] == "portal@town.example"
    assert sent["Message-ID"] == f"<message.{message}.qingxi@town.example>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert "Qingxi Township" in sent.get_content()
    [record] = messages(town)
    assert (record.state, record.refusal, record.sent_at) == ("sent", "", town.now)


def test_an_sms_arrives_with_a_key_by_which_a_repeat_is_known(town: World, sms: SmsGateway) -> None:
    message = queue_code(town, kind="phone", to=PHONE)
    deliver(town)
    [request] = sms.requests
    key = f"qingxi:message:{message}"
    assert request["headers"]["Idempotency-Key"] == key
    assert request["headers"]["Authorization"] == "Bearer the-token"
    [text] = sms.texts
    assert (text["key"], text["to"]) == (key, PHONE)
    assert "123456" in text["text"]
    assert "\n" not in text["text"]
    assert messages(town)[0].state == "sent"


def check_retried(town: World, tries: Callable[[], int], repair: Callable[[], None]) -> None:
    """What failed for now waits longer each time and arrives once the other side is well."""
    deliver(town)
    assert tries() == 1
    assert messages(town)[0].state == "queued"
    [entry] = entries(town)
    assert entry.state == "ready"
    assert entry.due - town.now == timedelta(seconds=10)
    deliver(town)
    assert tries() == 1, "not before its pause"
    town.wait(seconds=10)
    deliver(town)
    assert tries() == 2
    assert entries(town)[0].due - town.now == timedelta(seconds=40)
    repair()
    town.wait(seconds=40)
    deliver(town, hours=1)
    assert tries() == 3
    assert messages(town)[0].state == "sent"


@pytest.mark.parametrize("answer", ["450 Mailbox busy", "452 Full", "421 Closing"])
def test_a_recipient_refused_for_now_is_tried_again(
    town: World, mail: MailServer, answer: str
) -> None:
    mail.recipient_answer = answer
    queue_code(town)
    check_retried(town, lambda: mail.tries, lambda: setattr(mail, "recipient_answer", OK))
    assert len(mail.mails) == 1


def test_content_refused_for_now_is_tried_again(town: World, mail: MailServer) -> None:
    mail.content_answer = "451 Try later"
    queue_code(town)
    check_retried(town, lambda: mail.tries, lambda: setattr(mail, "content_answer", OK))
    assert len(mail.mails) == 1


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
def test_an_sms_not_taken_for_now_is_tried_again(town: World, sms: SmsGateway, status: int) -> None:
    sms.status = status
    queue_code(town, kind="phone", to=PHONE)
    check_retried(town, lambda: len(sms.requests), lambda: setattr(sms, "status", 202))


def test_a_gateway_that_does_not_answer_is_given_up_for_now(
    town: World, sms: SmsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "TIMEOUT", 0.2)
    sms.delay = threading.Event()
    queue_code(town, kind="phone", to=PHONE)

    def repair() -> None:
        assert sms.delay is not None
        sms.delay.set()

    check_retried(town, lambda: len(sms.requests), repair)


def test_a_mail_server_that_is_down_is_waited_for(town: World, mail: MailServer) -> None:
    queue_code(town)
    with configured(town, smtp_url="smtp://127.0.0.1:1"):
        deliver(town, hours=1)
    [entry] = entries(town)
    assert (messages(town)[0].state, entry.state) == ("queued", "ready")
    assert entry.last_error.startswith("ConnectionRefusedError")
    deliver(town, hours=6)
    assert len(mail.mails) == 1


@pytest.mark.parametrize(
    ("recipient", "content", "kept"),
    [
        (f"550 5.1.1 <{MAILBOX}> unknown here", OK, "550 5.1.1 <…> unknown here"),
        (OK, "554 5.7.1 No such content", "554 5.7.1 No such content"),
    ],
)
def test_a_mail_refused_for_good_is_written_down_and_not_tried_again(
    town: World, mail: MailServer, recipient: str, content: str, kept: str
) -> None:
    mail.recipient_answer, mail.content_answer = recipient, content
    queue_code(town)
    deliver(town, hours=24)
    assert mail.tries == 1
    [record] = messages(town)
    assert (record.state, record.refusal, record.sent_at) == ("refused", kept, None)
    assert entries(town)[0].state == "done"


@pytest.mark.parametrize("status", [400, 422])
def test_an_sms_refused_for_good_is_written_down_and_not_tried_again(
    town: World, sms: SmsGateway, status: int
) -> None:
    sms.status = status
    queue_code(town, kind="phone", to=PHONE)
    deliver(town, hours=24)
    assert len(sms.requests) == 1
    [record] = messages(town)
    assert (record.state, record.refusal[:3]) == ("refused", str(status))


def test_a_refused_sender_is_no_fault_of_the_recipient(town: World, mail: MailServer) -> None:
    mail.sender_answer = "550 You may not send here"
    queue_code(town)
    deliver(town, hours=1)
    [entry] = entries(town)
    assert (messages(town)[0].state, entry.state) == ("queued", "ready")
    assert entry.last_error == "SMTPSenderRefused 550"
    mail.sender_answer = OK
    deliver(town, hours=6)
    assert len(mail.mails) == 1


@pytest.mark.parametrize("farewell", ["421 Too busy", "554 Whatever"])
def test_a_mail_that_was_taken_is_sent_however_the_server_says_goodbye(
    town: World, mail: MailServer, farewell: str
) -> None:
    mail.farewell = farewell
    queue_code(town)
    deliver(town, hours=24)
    assert len(mail.mails) == 1
    assert messages(town)[0].state == "sent"


def test_an_address_that_the_server_cannot_write_is_refused(town: World, mail: MailServer) -> None:
    queue_code(town, to="李@people.example")
    deliver(town, hours=1)
    assert mail.mails == []
    assert messages(town)[0].state == "refused"


def test_a_subject_of_several_lines_becomes_no_header(town: World, mail: MailServer) -> None:
    with town.app.app_context():
        gateways.send_mail(
            town.app.extensions["portal"].config,
            to=MAILBOX,
            text=Text("Booked: Birth\r\nBcc: eve@evil.example\n\n<b>", "Body\n.\nEnd\n"),
            key="k",
            sender="qingxi",
        )
    [sent] = mail.mails
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Booked: Birth Bcc: eve@evil.example <b>"
    assert mail.recipients == [[MAILBOX]]
    assert sent.get_content().splitlines() == ["Body", ".", "End"]


@pytest.mark.parametrize("to", ["a@x.example\r\nBcc: eve@evil.example", "a@x.example\n\nHello"])
def test_an_address_of_several_lines_goes_nowhere(town: World, mail: MailServer, to: str) -> None:
    queue_code(town, to=to)
    queue_code(town, key="code:2")
    deliver(town, hours=24)
    assert mail.recipients == [[MAILBOX]], "and keeps nobody waiting"
    first, _second = entries(town)
    assert (first.state, first.attempts) == ("parked", MAX_ATTEMPTS)
    assert "evil" not in first.last_error
