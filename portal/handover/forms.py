"""What is typed when something is handed over."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.duty.roster_forms import ShiftForm
from portal.handover.rules import BY_HAND, REASON_LABELS, Reason
from portal.web.forms import Form

LONG = 500


def code_field() -> StringField:
    """The PIN, or what the telephone shows; a browser keeps neither."""
    return StringField(
        _l("Your signing code"),
        [DataRequired(_l("Write your signing code.")), Length(max=40)],
        description=_l("Your PIN, or the six figures that your telephone shows."),
        render_kw={"autocomplete": "off", "inputmode": "numeric", "type": "password"},
    )


class BeginForm(Form):
    """Who takes over, why, and until when."""

    receiver = SelectField(_l("Who takes over"), coerce=int)
    reason = RadioField(
        _l("What for"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(str(reason), _l(REASON_LABELS[reason]))
            for reason in (Reason.SHIFT, Reason.LEAVE)
        ],
        default=str(Reason.SHIFT),
    )
    until = DateField(
        _l("Until which day"),
        [Optional()],
        description=_l("Where you come back and take it again."),
    )


class ReceiverForm(ShiftForm):
    """Somebody else takes over."""

    receiver = SelectField(_l("Who takes over"), coerce=int)


class ItemForm(ShiftForm):
    """A thing that no record knows of."""

    kind = RadioField(
        _l("What is it"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(str(kind), _l(label)) for kind, label in BY_HAND.items()],
    )
    words = TextAreaField(
        _l("What the receiver must know"),
        [DataRequired(_l("Write it in a few words.")), Length(max=LONG)],
        description=_l("How many, where, from which number to which."),
    )


class LineForm(ShiftForm):
    """What is to be said of a line."""

    words = TextAreaField(_l("What the receiver must know"), [Optional(), Length(max=LONG)])
    ready = RadioField(
        _l("Are the papers ready?"),
        [Optional()],
        choices=[
            SelectChoice("yes", _l("Papers are ready")),
            SelectChoice("no", _l("Something is missing")),
            SelectChoice("", _l("Not looked at")),
        ],
        default="",
    )


class RefuseForm(ShiftForm):
    """Why a line is not taken over."""

    reason = TextAreaField(
        _l("What is not clear, or not there"),
        [DataRequired(_l("Write it in a few words.")), Length(max=LONG)],
    )


class SignForm(ShiftForm):
    """A list as it was shown, and the code of whoever signs it."""

    code = code_field()


class OrderForm(Form):
    """Who has to be relieved at once, by whom, and why."""

    giver = SelectField(_l("Whose work it is"), coerce=int)
    receiver = SelectField(_l("Who takes over"), coerce=int)
    words = TextAreaField(
        _l("What has happened"),
        [DataRequired(_l("Write it in a few words.")), Length(max=LONG)],
    )
    code = code_field()
