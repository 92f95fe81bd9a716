"""The page before a change of hours is saved: what was understood, and whom it hits."""

from datetime import date
from typing import Any

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from portal.calendar.affected import Affected
from portal.calendar.forms import today
from portal.calendar.notice import is_short_notice
from portal.tenancy.resolve import settings
from portal.web.asking import carried
from portal.web.forms import Form


def ask(form: Form, affected: Affected, *, day: date, **context: Any) -> ResponseReturnValue:
    """The page that shows the change as understood, and carries what was typed.

    ``day`` is the first one that changes: too near, the page says what was promised (H-10).
    """
    notice_days = settings().booking.hours_notice_days
    return render_template(
        "calendar/check.html",
        form=form,
        affected=affected,
        carried=carried(form),
        short_notice=notice_days if is_short_notice(day, today(), notice_days) else 0,
        **context,
    )


def say_who_is_told(count: int) -> None:
    """After a change that hit somebody: what happens to them now."""
    if count:
        flash(
            ngettext(
                "%(num)d person gets another time and a message. See Closures.",
                "%(num)d people get other times and messages. See Closures.",
                count,
            )
        )
