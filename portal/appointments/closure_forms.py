"""What the window types about hours that close, and what a citizen answers."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional, ValidationError

from portal.appointments.closure_rules import ClosedBackwards
from portal.calendar.local_time import moment_of
from portal.calendar.opening import MINUTES_OF_DAY
from portal.web.forms import Form, say
from portal.web.localized_field import LocalizedField

#: How many days ahead hours may be closed.
REACH_DAYS = 366
NOON = 12 * 60
PARTS = {"morning": (0, NOON), "afternoon": (NOON, MINUTES_OF_DAY), "day": (0, MINUTES_OF_DAY)}


class ClosedHoursForm(Form):
    """Hours of one post that close."""

    post = SelectField(_l("Window"), coerce=int)
    day = DateField(_l("Day"), [DataRequired(_l("Choose a day."))])
    part = RadioField(
        _l("What closes"),
        choices=[
            SelectChoice("morning", _l("The morning")),
            SelectChoice("afternoon", _l("The afternoon")),
            SelectChoice("day", _l("The whole day")),
            SelectChoice("hours", _l("Some hours")),
        ],
        default="afternoon",
    )
    begin = TimeField(_l("From what time"), [Optional()], description=_l("Only for some hours."))
    until = TimeField(_l("Until what time"), [Optional()], description=_l("Only for some hours."))
    reason = LocalizedField(_l("Reason, as people will read it"), max_length=60)

    today = date.min

    def validate_day(self, field: Any) -> None:
        """Today or later, and not beyond what anybody plans."""
        if not self.today <= field.data <= self.today + timedelta(days=REACH_DAYS):
            raise ValidationError(_("Choose a day from today on, within a year."))

    def validate_part(self, field: Any) -> None:
        """Some hours must say which, the right way round."""
        begin, until = self.begin.data, self.until.data
        if field.data != "hours":
            return
        if begin is None or until is None:
            raise ValidationError(_("Write from when until when."))
        if until != time() and until <= begin:
            raise ValidationError(say(ClosedBackwards()))

    def stretch(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The closed time; until midnight means the end of that day."""
        first, last = PARTS.get(self.part.data) or (
            _minutes(self.begin.data),
            _minutes(self.until.data) or MINUTES_OF_DAY,
        )
        return moment_of(self.day.data, first, zone), moment_of(self.day.data, last, zone)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
