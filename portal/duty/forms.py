"""What staff type about being at a post."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, StringField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from portal.duty.rules import AWAY_REASONS
from portal.web.forms import Form, NumberRange, one_line

#: Minutes that nobody stays away for; what is longer than covered is refused in words before.
DAY = 24 * 60


class TapForm(Form):
    """One tap, without further words."""


class AwayForm(Form):
    """Why somebody steps away, and for how long."""

    reason = RadioField(
        _l("What for?"),
        [InputRequired(_l("Say what for."))],
        choices=[SelectChoice(str(code), _l(label)) for code, label in AWAY_REASONS.items()],
    )
    minutes = IntegerField(
        _l("Back in how many minutes?"),
        [
            InputRequired(_l("Write a number of minutes.")),
            NumberRange(1, DAY, _l("Write a number of minutes.")),
        ],
        render_kw={"inputmode": "numeric"},
    )


class SecondPostForm(Form):
    """Why somebody is needed at two posts, and until when."""

    reason = StringField(
        _l("Why are you needed at both posts?"),
        [DataRequired(_l("Write why you are needed at both posts.")), Length(max=200)],
        filters=(one_line,),
        render_kw={"autocomplete": "off"},
    )
    until = TimeField(
        _l("Until what time?"),
        [InputRequired(_l("Write a time like 17:00."))],
        description=_l("An approval has an end, within a day."),
    )
