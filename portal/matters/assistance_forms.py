"""What staff type about help."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.matters.forms import WordsForm, words_field
from portal.web.forms import one_line


class AskHelpForm(WordsForm):
    """Which unit, or whom there, what for, and by when."""

    unit = SelectField(
        _l("Which unit is to help?"),
        [InputRequired(_l("Choose the unit."))],
        coerce=int,
    )
    number = StringField(
        _l("Staff number of the colleague"),
        [Optional(), Length(max=20)],
        filters=(one_line,),
        description=_l("Empty: it goes to the head of the unit."),
        render_kw={"autocomplete": "off"},
    )
    words = words_field(
        _l("What is asked of the colleague?"), needed=_l("Write what the colleague is to do.")
    )
    day = DateField(
        _l("By the closing of which day is it needed?"),
        [Optional()],
        description=_l("Empty: within one working day."),
    )


class DecideHelpForm(WordsForm):
    """Who helps, and why."""

    number = StringField(
        _l("Staff number of whoever helps"),
        [DataRequired(_l("Write the number of somebody who works here.")), Length(max=20)],
        filters=(one_line,),
        render_kw={"autocomplete": "off"},
    )
    words = words_field(_l("The reason"), needed=_l("Write the reason in words."))
