"""The two ways out: a mail server (SMTP) and one HTTP gateway for SMS."""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import SplitResult, unquote, urlsplit

from portal.core.config import Config
from portal.messages.texts import Text

#: Seconds for each answer; all of one message stay below the outbox's lease.
TIMEOUT = 8.0


class Refused(Exception):
    """The provider will never take this message: wrong address, forbidden content."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message sent on by a redirect would arrive as a bare GET, and would look delivered."""

    def redirect_request(self, *_arguments: object) -> None:
        """Follow nowhere: the answer becomes an error."""


_STRAIGHT = urllib.request.build_opener(_NoRedirect)


def send_mail(config: Config, *, to: str, text: Text, key: str, sender: str) -> None:
    """Hand a message to the mail server; ``key`` becomes its Message-ID.

    Raises Refused when this recipient or this content is refused for good. Other errors, such
    as a refused sender or password, are the installation's and worth another try.
    """
    parts = urlsplit(config.smtp_url)
    mail = EmailMessage()
    mail["Subject"] = " ".join(text.subject.split())
    mail["From"] = config.mail_from
    mail["To"] = to
    mail["Date"] = formatdate(usegmt=True)
    domain = config.mail_from.rpartition("@")[2] or "localhost"
    mail["Message-ID"] = f"<{key.replace(':', '.')}.{sender}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text.body)
    for enclosure in text.enclosures:
        main, _, sub = enclosure.kind.partition("/")
        # An alternative, not an attachment: so a mail program enters it into the calendar.
        mail.add_alternative(
            enclosure.content,
            maintype=main,
            subtype=sub,
            params={"charset": "utf-8", **enclosure.params, "name": enclosure.name},
        )
    with _connected(parts) as server:
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            raise _judged(error, code, reason, to) from error
        except smtplib.SMTPDataError as error:
            raise _judged(error, error.smtp_code, error.smtp_error, to) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused("the mail server takes no address in other letters") from error


@contextmanager
def _connected(parts: SplitResult) -> Iterator[smtplib.SMTP]:
    """The mail server, signed in where the address says as whom."""
    host, port = parts.hostname or "localhost", parts.port or 25
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT, context=context
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        if parts.scheme == "smtp" and parts.username:
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server
        # The message is taken: how the farewell goes must not have it sent again.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _judged(error: Exception, code: int, reason: bytes | str, to: str) -> Exception:
    """Whether a refusal of this one message is for good; its words without the address."""
    if code < 500:
        return error
    words = reason if isinstance(reason, str) else reason.decode(errors="replace")
    return Refused(f"{code} {' '.join(words.split())}".replace(to, "…"))


def send_sms(config: Config, *, to: str, text: Text, key: str) -> None:
    """Hand a message to the SMS gateway; ``key`` lets it recognise a repeat.

    The gateway takes ``{"key", "to", "text"}`` as JSON by POST and answers 2xx, also for a
    repeat of a key; 400 and 422 mean never. Raises Refused for those.
    """
    request = urllib.request.Request(  # noqa: S310 the address is the administrator's own
        config.sms_url,
        data=json.dumps({"key": key, "to": to, "text": text.body}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {config.sms_token}",
            "Idempotency-Key": key,
        },
        method="POST",
    )
    try:
        with _STRAIGHT.open(request, timeout=TIMEOUT):
            pass
    except urllib.error.HTTPError as error:
        if error.code in (400, 422):
            raise Refused(f"{error.code} {error.reason}") from error
        raise
