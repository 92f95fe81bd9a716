"""The two ways out: a mail server (SMTP) and one HTTP gateway for SMS."""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from portal.core.config import Config
from portal.messages.texts import Text

TIMEOUT = 15.0


class Refused(Exception):
    """The provider will never take this message: wrong address, forbidden content."""


def send_mail(config: Config, *, to: str, text: Text, key: str, sender: str) -> None:
    """Hand a message to the mail server; ``key`` becomes its Message-ID.

    Raises Refused for a permanent refusal; other errors are worth another try.
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
    host, port = parts.hostname or "localhost", parts.port or 25
    context = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
        with server:
            if parts.scheme == "smtp" and parts.username:
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        if code >= 500:
            raise Refused(reason.decode(errors="replace")) from error
        raise
    except smtplib.SMTPResponseException as error:
        if 500 <= error.smtp_code < 600 and not isinstance(error, smtplib.SMTPAuthenticationError):
            raise Refused(str(error.smtp_error)) from error
        raise


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
        with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        if error.code in (400, 422):
            raise Refused(f"{error.code} {error.reason}") from error
        raise
