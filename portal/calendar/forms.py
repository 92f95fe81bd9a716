"""What administrators type about opening hours, exceptions and holidays."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from portal.calendar.holidays import DayKind
from portal.calendar.hours_text import CLOSED, find_overrun, read_hours, write_hours
from portal.calendar.models import DateTaken
from portal.calendar.notice import ShortNotice, first_day_to_change, is_short_notice
from portal.calendar.opening import Day, Pattern
from portal.calendar.services import PastHours
from portal.core.errors import DomainError
from portal.web.forms import Form, say
from portal.web.localized_field import LocalizedField

#: How many days ahead hours may be fixed.
REACH_DAYS = 3 * 366
WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def today() -> date:
    """The institution's date at the moment of the request."""
    day: date = g.now.astimezone(g.institution.zone).date()
    return day


def _check_hours(_form: Form, field: Any) -> None:
    try:
        read_hours(field.data or "")
    except DomainError as error:
        raise ValidationError(say(error)) from error


def _hours_field(label: Any, description: Any = "") -> StringField:
    return StringField(
        label,
        [Length(max=120), _check_hours],
        description=description,
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class QuestionForm(Form):
    """A question that is only answered by its button."""


class ScheduleForm(Form):
    """New named opening hours."""

    name = LocalizedField(_l("Name"), max_length=60)
    code = StringField(
        _l("Code"),
        [
            DataRequired(_l("Write a short code.")),
            Length(max=20),
            Regexp(r"[a-z0-9-]+\Z", message=_l("Use small letters, figures and hyphens only.")),
        ],
        description=_l("Small letters, figures and hyphens; used in files."),
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )
    is_always_open = BooleanField(_l("Open 24 hours, every day"))


class _DatedForm(Form):
    """A change on or from a day that has no entry yet."""

    #: Days that have an entry already; set before the form is checked.
    taken: Collection[date] = ()

    def check_day(self, field: Any) -> None:
        """Refuse days that are past, too far away, or taken."""
        if field.data < today():
            raise ValidationError(say(PastHours()))
        if field.data > today() + timedelta(days=REACH_DAYS):
            raise ValidationError(_("Choose a day within the next three years."))
        if field.data in self.taken:
            raise ValidationError(say(DateTaken()))


class WeekForm(_DatedForm):
    """A week's hours from a day on."""

    valid_from = DateField(_l("From which day on"), [DataRequired(_l("Choose a day."))])
    monday = _hours_field(WEEKDAYS[0], _l("Like 9:00-12:00, 13:30-17:00. Empty: closed."))
    tuesday = _hours_field(WEEKDAYS[1])
    wednesday = _hours_field(WEEKDAYS[2])
    thursday = _hours_field(WEEKDAYS[3])
    friday = _hours_field(WEEKDAYS[4])
    saturday = _hours_field(WEEKDAYS[5])
    sunday = _hours_field(WEEKDAYS[6])
    holiday = _hours_field(_l("Public holidays"), _l("Empty: closed."))
    makeup = _hours_field(
        _l("Make-up workdays"), _l("Empty: the full hours of Monday. A hyphen: closed.")
    )

    #: Days ahead that new hours are published; set before the form is checked.
    notice_days = 0

    def validate_valid_from(self, field: Any) -> None:
        """Hours begin today or later, once a day, and are published in time (H-10)."""
        self.check_day(field)
        if is_short_notice(field.data, today(), self.notice_days):
            first = first_day_to_change(today(), self.notice_days)
            raise ValidationError(say(ShortNotice(days=self.notice_days, first=first.isoformat())))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse a night that runs into the next morning's hours."""
        if not super().validate(extra_validators):
            return False
        late = find_overrun(self.pattern().week)
        if late is None:
            return True
        field = self[_DAY_NAMES[late]]
        field.errors = [*field.errors, _("This begins before the night before has ended.")]
        return False

    def pattern(self) -> Pattern:
        """What was typed, as a rule."""
        monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
            read_hours(self[name].data or "") for name in _DAY_NAMES
        )
        return Pattern(
            self.valid_from.data,
            (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
            holiday=read_hours(self.holiday.data or ""),
            makeup=read_hours(self.makeup.data) if self.makeup.data else None,
        )


def typed(pattern: Pattern | None) -> dict[str, str]:
    """A rule as it would be typed, to begin from."""
    if pattern is None:
        return {}
    texts = dict(zip(_DAY_NAMES, map(write_hours, pattern.week), strict=True))
    makeup = "" if pattern.makeup is None else write_hours(pattern.makeup) or CLOSED
    return {**texts, "holiday": write_hours(pattern.holiday), "makeup": makeup}


class ExceptionForm(_DatedForm):
    """Other hours on one date."""

    day = DateField(_l("Day"), [DataRequired(_l("Choose a day."))])
    kind = RadioField(
        _l("On that day"),
        choices=[
            SelectChoice("closed", _l("Closed all day")),
            SelectChoice("hours", _l("Other hours")),
        ],
        default="closed",
    )
    hours = _hours_field(_l("Other hours"), _l("Like 9:00-12:00. Only for other hours."))
    reason = LocalizedField(_l("Reason, as people will read it"), max_length=60)

    def validate_day(self, field: Any) -> None:
        """Today or later, once a day."""
        self.check_day(field)

    def validate_hours(self, field: Any) -> None:
        """Other hours must say which."""
        if self.kind.data == "hours" and not read_or_none(field.data):
            raise ValidationError(_("Write the hours, or choose closed all day."))

    def opening(self) -> Day:
        """The hours of that date."""
        return read_hours(self.hours.data or "") if self.kind.data == "hours" else ()


def read_or_none(text: str | None) -> Day:
    """What was typed if it can be read, else nothing."""
    try:
        return read_hours(text or "")
    except DomainError:
        return ()


class HolidayForm(_DatedForm):
    """The institution's own word on a day."""

    day = DateField(_l("Day"), [DataRequired(_l("Choose a day."))])
    kind = RadioField(
        _l("This day is"),
        choices=[
            SelectChoice(str(DayKind.HOLIDAY), _l("a public holiday")),
            SelectChoice(str(DayKind.MAKEUP), _l("a make-up workday")),
            SelectChoice("plain", _l("a day like every week")),
        ],
        default=str(DayKind.HOLIDAY),
    )
    name = LocalizedField(_l("What it is called"), max_length=60)

    def validate_day(self, field: Any) -> None:
        """Today or later, once a day."""
        self.check_day(field)

    def day_kind(self) -> DayKind:
        """What the day is."""
        if self.kind.data != "plain":
            return DayKind(self.kind.data)
        return DayKind.WEEKDAY if self.day.data.weekday() < 5 else DayKind.WEEKEND
