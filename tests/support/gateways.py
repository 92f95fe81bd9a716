"""A mail server and an SMS gateway of this machine that answer as they are told."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Talk

OK = "250 OK"


@dataclass
class MailServer:
    """Keeps the mails that it took; each answer can be set."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    #: Recipients as the envelope named them.
    recipients: list[list[str]] = field(default_factory=list)
    sender_answer: str = OK
    recipient_answer: str = OK
    content_answer: str = OK
    farewell: str = "221 Bye"
    #: How many recipients were named, refused ones included.
    tries: int = 0

    async def handle_MAIL(  # noqa: N802 named by aiosmtpd
        self,
        _server: SMTP,
        _talk: Talk,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _talk: Talk,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.tries += 1
        if self.recipient_answer == OK:
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _talk: Talk, envelope: Envelope
    ) -> str:
        if self.content_answer == OK:
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append(mail)
            self.recipients.append(envelope.rcpt_tos)
        return self.content_answer

    async def handle_QUIT(  # noqa: N802
        self, _server: SMTP, _talk: Talk, _envelope: Envelope
    ) -> str:
        return self.farewell


def words_of(mail: EmailMessage) -> str:
    """What a mail says in words, whatever goes with it."""
    body = mail.get_body(("plain",))
    assert body is not None
    words: str = body.get_content()
    return words


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server on a free port."""
    kept = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    kept.url = f"smtp://127.0.0.1:{port}"
    try:
        yield kept
    finally:
        controller.stop()


@dataclass
class SmsGateway:
    """Keeps the requests that it got; ``status`` is its next answer."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    #: Seconds that it thinks about it.
    delay: threading.Event | None = None

    @property
    def texts(self) -> list[dict[str, str]]:
        """What it was asked to send."""
        return [json.loads(request["body"]) for request in self.requests]


@contextmanager
def sms_gateway() -> Iterator[SmsGateway]:
    """An SMS gateway on a free port."""
    kept = SmsGateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append({"body": body, "headers": dict(self.headers.items())})
            if kept.delay is not None:
                kept.delay.wait(10)
            self.answer(kept.status)

        def do_GET(self) -> None:
            self.answer(200)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Location", f"{kept.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
