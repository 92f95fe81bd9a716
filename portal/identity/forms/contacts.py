"""What citizens type in to prove a contact and to look after their data."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from portal.web.forms import Form


class ContactForm(Form):
    """The contact to prove."""

    contact = StringField(
        _l("Mobile number or e-mail"),
        [DataRequired(_l("Write a mobile number or an e-mail address.")), Length(max=120)],
        description=_l("We send a code there."),
        render_kw={"autocomplete": "tel"},
    )


class NewContactCodeForm(Form):
    """The one-time code that proves a contact."""

    code = StringField(
        _l("Code from the message"),
        [
            DataRequired(_l("Write the six figures from the message.")),
            Length(max=20),
            Regexp(r"^\D*(\d\D*){6}$", message=_l("The code has six figures.")),
        ],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class CodeForm(NewContactCodeForm):
    """The code that also opens a session in this browser."""

    is_shared_device = BooleanField(_l("This is a shared or public device."))


class DecisionForm(Form):
    """A decision without further words."""
