"""What the head types about the roster."""

from datetime import time, timedelta

from flask import g
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.web.forms import Form, NumberRange, one_line
from portal.web.localized_field import LocalizedField

MINUTES_OF_DAY = 24 * 60
#: How far from now anything is planned.
FARTHEST = timedelta(days=3 * 366)


class WeekForm(Form):
    """Which week is published; any of its days names it."""

    day = DateField(_l("Week"), [InputRequired()], widget=HiddenField.widget)
    scope = IntegerField(_l("Unit"), default=0, widget=HiddenField.widget)


def moment_field(label: str, needed: str) -> DateTimeLocalField:
    """A day and a time, by the hands of the institution's clock."""
    return DateTimeLocalField(label, [InputRequired(needed), _is_near])


def _is_near(_form: Form, box: DateTimeLocalField) -> None:
    """Nobody plans for another age."""
    if box.data is not None and abs(box.data - g.now.replace(tzinfo=None)) > FARTHEST:
        raise ValidationError(_l("Choose a time within the next years."))


class FillForm(Form):
    """Who is put at a post, from when to when."""

    starts = moment_field(_l("From when"), _l("Write from when on."))
    ends = moment_field(_l("Until"), _l("Write until when."))
    staff = RadioField(
        _l("Who keeps the post then?"),
        [InputRequired(_l("Choose who keeps the post."))],
        coerce=int,
    )


class ShiftForm(Form):
    """A shift as it was shown."""

    version = IntegerField(widget=HiddenField.widget, validators=[InputRequired()], default=0)


class SeenForm(ShiftForm):
    """The same, with how many who are booked then were shown."""

    seen = IntegerField(widget=HiddenField.widget, default=0)


class PatternForm(Form):
    """A shift that comes round: when, on which days of which cycle, and who."""

    name = LocalizedField(_l("Name of the shift"), max_length=40)
    starts = TimeField(_l("Begins"), [InputRequired(_l("Write when it begins."))])
    ends = TimeField(
        _l("Ends"),
        [InputRequired(_l("Write when it ends."))],
        description=_l("Not later than it begins: it ends the next day."),
    )
    cycle_days = IntegerField(
        _l("Days until it comes round again"),
        [
            InputRequired(_l("Write a number from %(low)s to %(high)s.", low=1, high=35)),
            NumberRange(1, 35, _l("Write a number from %(low)s to %(high)s.", low=1, high=35)),
        ],
        default=7,
        render_kw={"inputmode": "numeric"},
    )
    anchor = DateField(_l("First day of the cycle"), [InputRequired(_l("Choose a day."))])
    days = StringField(
        _l("On which of its days"),
        [DataRequired(_l("Write numbers such as 1,2,5.")), Length(max=120)],
        filters=(one_line,),
        description=_l("1 is the first day of the cycle. For example 1,2,3,4,5."),
        render_kw={"autocomplete": "off"},
    )
    staff_a = SelectField(_l("Who keeps it (A)"), coerce=int)
    staff_b = SelectField(_l("Who stands by (B)"), coerce=int)

    def validate_days(self, box: StringField) -> None:
        """Numbers with commas between them."""
        parts = str(box.data or "").replace("，", ",").replace("、", ",").split(",")
        if not all(part.strip().isascii() and part.strip().isdigit() for part in parts) or any(
            len(part.strip()) > 2 for part in parts
        ):
            raise ValidationError(_l("Write numbers such as 1,2,5."))

    def read_days(self) -> list[int]:
        """The days of the cycle, counted from 0."""
        parts = str(self.days.data).replace("，", ",").replace("、", ",").split(",")
        return [int(part) - 1 for part in parts]

    def read_minutes(self) -> tuple[int, int]:
        """From when to when in minutes from midnight, the end maybe on the next day."""
        begins, ends = _minutes(self.starts.data), _minutes(self.ends.data)
        return begins, ends if ends > begins else ends + MINUTES_OF_DAY


def _minutes(at: time) -> int:
    return 60 * at.hour + at.minute
