"""What is typed about duty statements and qualifications."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from portal.duty.roster_forms import ShiftForm
from portal.web.forms import Form
from portal.web.localized_field import LocalizedField


class StatementForm(ShiftForm):
    """What whoever keeps a post answers for."""

    text = LocalizedField(
        _l("What whoever keeps this post answers for"), max_length=2000, is_long=True
    )


class AskForm(Form):
    """Whom to ask to sign; the button of a row says it."""


class QualifyForm(Form):
    """Who is qualified for which service, until when."""

    staff = SelectField(_l("Who"), coerce=int)
    service = SelectField(_l("For which service"), coerce=int)
    valid_until = DateField(
        _l("The last day on which it holds"), [InputRequired(_l("Choose a day."))]
    )
