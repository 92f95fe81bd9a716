"""What is typed about offering a shift."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired

from portal.duty.roster_forms import ShiftForm
from portal.web.forms import Form

#: The colleague takes the shift and gives none.
NOTHING = 0


class OfferForm(Form):
    """What the colleague gives in return."""

    taker = RadioField(
        _l("What do you take in return?"), [InputRequired(_l("Choose one."))], coerce=int
    )


class AnswerForm(ShiftForm):
    """An offer as it was shown."""
