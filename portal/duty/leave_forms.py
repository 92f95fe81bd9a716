"""What is typed about leave."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from portal.duty.leave_rules import KIND_LABELS
from portal.duty.roster_forms import ShiftForm, moment_field
from portal.web.forms import Form

LONG = 500


class LeaveForm(Form):
    """From when to when, what for, and who covers."""

    kind = SelectField(
        _l("What for"),
        choices=[SelectChoice(str(kind), _l(label)) for kind, label in KIND_LABELS.items()],
    )
    starts = moment_field(_l("From when"), _l("Write from when on."))
    ends = moment_field(_l("Until"), _l("Write until when."))
    cover = SelectField(
        _l("Who covers"),
        coerce=int,
        description=_l("Whoever covers has to say yes before the head decides."),
    )
    reason = TextAreaField(
        _l("The reason"),
        [Optional(), Length(max=LONG)],
        description=_l("Only you and whoever decides read it."),
    )


class EmergencyForm(LeaveForm):
    """The same, written down by the head for somebody."""

    seen = IntegerField(widget=HiddenField.widget, default=0)
    staff = SelectField(_l("Who is away"), coerce=int)
    cover = SelectField(_l("Who covers"), coerce=int)
    reason = TextAreaField(_l("The reason"), [Optional(), Length(max=LONG)])


class DecideForm(ShiftForm):
    """Whether the leave is approved, and what is said about it."""

    decision = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice("approve", _l("Approve it")),
            SelectChoice("refuse", _l("Do not approve it")),
        ],
    )
    words = TextAreaField(
        _l("What you say about it"),
        [Optional(), Length(max=LONG)],
        description=_l("Needed when you refuse."),
    )
