"""How much somebody may send in an hour, and the form again for who has to wait.

Whoever proved a contact has an allowance alone; all others share that of their network, which is
large enough for a hall in which many stand behind one address. Many contacts of one network, which
may be those of one person, have one together as well.
"""

from datetime import timedelta
from typing import Any

from flask import g
from flask.typing import ResponseReturnValue

from portal.core.errors import N_, TooMany
from portal.core.session import db
from portal.core.throttle import allow, opens_again
from portal.identity.citizen_sessions import current_citizen
from portal.matters.models import Matter
from portal.web.formats import current_reader, format_clock
from portal.web.forms import Form, form_page
from portal.web.requests import client_network

WINDOW = timedelta(hours=1)
#: Matters that may be written down by one verified contact, by all verified ones of one network,
#: and by all others of it.
PERSON_LIMIT, PROVED_LIMIT, NETWORK_LIMIT = 20, 400, 120
#: Forms with photos that are looked at, right ones and others, for each matter that one may
#: write down: whoever chose wrong ones chooses once more.
LOOKS = 3
#: What the person of one matter may say.
SAY_LIMIT = 20


class Wait(TooMany):
    """It may be sent later as it stands."""

    default = N_("Too much was sent within an hour. You can send this again from %(time)s.")


def may_submit() -> bool:
    """Count a matter that is sent, and say whether it is within what its sender may send."""
    return _allow("submit", 1)


def may_show_photos() -> bool:
    """Count a form with photos, before anybody looks at them."""
    return _allow("photos", LOOKS)


def may_say(matter: Matter) -> bool:
    """Count what the person of a matter says: nobody says more than can be read."""
    return allow(db.session(), f"say:{matter.id}", limit=SAY_LIMIT, window=WINDOW, now=g.now)


def _allow(what: str, times: int) -> bool:
    citizen = current_citizen()
    if citizen is None:
        return _count(f"{what}:{client_network()}", NETWORK_LIMIT * times)
    is_allowed = _count(f"{what}:contact:{citizen.contact_id}", PERSON_LIMIT * times)
    return is_allowed and _count(f"{what}:proved:{client_network()}", PROVED_LIMIT * times)


def _count(bucket: str, limit: int) -> bool:
    return allow(db.session(), bucket, limit=limit, window=WINDOW, now=g.now)


def wait() -> Wait:
    """The refusal, which says when it is possible again."""
    g.has_to_wait = True
    again = opens_again(WINDOW, g.now)
    seconds = int((again - g.now).total_seconds())
    return Wait(time=format_clock(again, current_reader()), retry_after=seconds)


def paced_page(template: str, form: Form, **context: Any) -> ResponseReturnValue:
    """A form's page, with all that was written: 429 where it has to wait, else as any form's."""
    body, status = form_page(template, form, **context)
    if not g.get("has_to_wait"):
        return body, status
    return body, wait().status, {"Retry-After": str(wait().retry_after)}
