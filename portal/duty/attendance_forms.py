"""What is typed about entries of attendance."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.web.forms import Form

LONG = 500


class ContestForm(Form):
    """What is wrong with an entry."""

    words = TextAreaField(
        _l("What is wrong with it"),
        [InputRequired(_l("Write the reason in words.")), Length(max=LONG)],
        description=_l("Only you and whoever decides read it."),
    )


class JudgeForm(Form):
    """Whether an entry is excused, and why."""

    decision = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice("uphold", _l("Excuse the entry")),
            SelectChoice("keep", _l("Leave the entry as it is")),
        ],
    )
    words = TextAreaField(
        _l("What you say about it"),
        [InputRequired(_l("Write the reason in words.")), Length(max=LONG)],
    )
