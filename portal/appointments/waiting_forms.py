"""What citizens and the window type in about the waiting list."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, StringField
from wtforms.validators import DataRequired, Length, Optional

from portal.appointments.forms import DeskBookingForm, DetailsForm
from portal.web.forms import Form


class DayFields(Form):
    """On which days the person can come."""

    first_day = DateField(_l("First day"), [DataRequired(_l("Choose a day."))])
    last_day = DateField(_l("Last day"), [DataRequired(_l("Choose a day."))])


class WaitingForm(DayFields, DetailsForm):
    """Who waits; the contact is proved already."""

    contact = None


class KeptTimeForm(Form):
    """The time that was read out to the person; another one needs another yes."""

    offer = IntegerField(widget=HiddenField.widget, validators=[Optional()])


class DeskWaitingForm(DayFields, DeskBookingForm):
    """Somebody whom the window puts on the list; without a contact nobody could be asked."""

    slot = None
    overbook = None
    contact = StringField(
        _l("Mobile number or e-mail"),
        [DataRequired(_l("Write a mobile number or an e-mail address.")), Length(max=120)],
        description=_l("There the person is asked when a time is returned."),
        render_kw={"autocomplete": "off"},
    )
