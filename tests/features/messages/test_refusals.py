"""What a provider answers stays without the person, and hostile words break no header."""

import smtplib
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.core.actor import SYSTEM
from portal.core.runtime import runtime
from portal.identity.contact_models import Contact
from portal.identity.services.privacy import erase_person
from portal.messages import delivery
from portal.messages.delivery import Letter, send
from portal.messages.gateways import Refused, send_mail
from portal.messages.models import Message
from portal.messages.texts import Text
from tests.support.citizens import prove
from tests.support.world import World

ADDRESS = "ana@example.org"


def test_a_refusal_is_kept_without_the_address_that_the_provider_quotes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise Refused(f"550 5.1.1 <{ADDRESS}>: user unknown")

    monkeypatch.setattr(delivery, "send_mail", refuse)
    with app.app_context():
        config = runtime().config.model_copy(update={"smtp_url": "smtp://mail.example"})
        monkeypatch.setattr(runtime(), "config", config)
        letter = Letter("email", ADDRESS, Text("", ""), "qingxi", is_needed=True)
        outcome = send(letter, "key")
    assert outcome.refusal == "550 5.1.1 <…>: user unknown"


def test_the_words_of_a_refusal_are_erased_with_the_person(institution: World) -> None:
    client = institution.client()
    prove(client, institution, contact=ADDRESS)
    contact_id = institution.do(lambda session: session.scalars(select(Contact.id)).one())
    institution.do(
        lambda session: session.execute(
            update(Message)
            .values(state="refused", refusal="no such person: Ana", contact_id=contact_id)
            .execution_options(synchronize_session=False)
        )
    )
    institution.do(
        lambda session: erase_person(
            session, contact_id=contact_id, actor=SYSTEM, now=institution.now
        )
    )
    assert institution.do(lambda s: s.scalars(select(Message.refusal)).all()) == ["erased"]


@pytest.mark.parametrize("sign", ["\r", "\n", "\u2028", "\x0b", "\r\nBcc: all@example.org\r\n"])
def test_no_sign_in_a_name_adds_a_header(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    sent: list[EmailMessage] = []

    class Server:
        def __init__(self, *_arguments: object, **_named: object) -> None:
            pass

        def quit(self) -> None:
            pass

        def close(self) -> None:
            pass

        def send_message(self, mail: EmailMessage) -> None:
            sent.append(mail)

    monkeypatch.setattr(smtplib, "SMTP", Server)
    with app.app_context():
        config = runtime().config.model_copy(update={"smtp_url": "smtp://mail.example"})
        text = Text(f"Booked: birth{sign}registration", "body")
        send_mail(config, to=ADDRESS, text=text, key="k", sender="qingxi")
    [mail] = sent
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Booked: birth ")
