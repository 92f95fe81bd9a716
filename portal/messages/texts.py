"""Wording a message in its reader's language from its template, with what goes with it."""

import json
from dataclasses import dataclass

from flask import current_app

from portal.messages.events import Enclosure, Wording, ask_enclosures
from portal.messages.models import Message
from portal.tenancy.queries import Tenant
from portal.web.languages import in_language


@dataclass(frozen=True)
class Text:
    """A worded message; an SMS has no subject, and nothing goes with it."""

    subject: str
    body: str
    enclosures: tuple[Enclosure, ...] = ()


def word(message: Message, tenant: Tenant) -> Text:
    """Render a message in its language with its institution's zone.

    The message must be loaded already: rendering happens in a context of its own.
    """
    params = json.loads(message.params or "{}")
    ending = "txt" if message.kind == "email" else "sms.txt"
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    with in_language(app, message.language, institution=tenant):
        template = app.jinja_env.get_template(f"{message.template}.{ending}")
        text = template.render(tenant=tenant, **params).strip()
    if message.kind == "phone":
        between = " " if message.language == "en" else ""
        return Text("", between.join(line for line in text.split("\n") if line))
    subject, _, body = text.partition("\n")
    wording = Wording(
        message.template,
        message.language,
        message.address or "",
        params,
        tenant,
        message.created_at,
    )
    return Text(subject.strip(), body.strip() + "\n", ask_enclosures(wording))
