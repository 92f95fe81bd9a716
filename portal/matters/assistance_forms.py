"""What staff type about help."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField
from wtforms.validators import Optional

from portal.matters.forms import WordsForm, colleague_field, words_field


class AskHelpForm(WordsForm):
    """Whom, what for, and by when."""

    colleague = colleague_field(_l("Who is to help?"))
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

    colleague = colleague_field(_l("Who helps?"))
    words = words_field(_l("The reason"), needed=_l("Write the reason in words."))
