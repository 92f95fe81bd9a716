"""What members of staff type to get in and to keep their own account."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from portal.identity.password_rules import LONGEST
from portal.web.forms import Form

_LENGTH = Length(max=LONGEST)


class SignInForm(Form):
    """Number and password."""

    number = StringField(
        _l("Staff number"),
        [DataRequired(_l("Write your staff number.")), Length(max=40)],
        render_kw={"autocomplete": "username", "autocapitalize": "characters"},
    )
    password = PasswordField(
        _l("Password"),
        [DataRequired(_l("Write your password.")), _LENGTH],
        render_kw={"autocomplete": "current-password"},
    )


class UnlockForm(Form):
    """The password of the person whose screen it is."""

    password = PasswordField(
        _l("Password"),
        [DataRequired(_l("Write your password.")), _LENGTH],
        render_kw={"autocomplete": "current-password"},
    )


class SecondFactorForm(Form):
    """A code from the telephone, or one from paper."""

    code = StringField(
        _l("Code from the app or from paper"),
        [DataRequired(_l("Write the code.")), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none"},
    )


class TelephoneCodeForm(Form):
    """The six figures that the telephone shows now."""

    code = StringField(
        _l("Code from the app"),
        [DataRequired(_l("Write the six figures that the telephone shows.")), Length(max=10)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class NewPasswordForm(Form):
    """A password of one's own, typed twice."""

    new_password = PasswordField(
        _l("New password"),
        [DataRequired(_l("Write a new password.")), _LENGTH],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("New password again"),
        [EqualTo("new_password", _l("The two passwords differ. Write the same one twice."))],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    password = PasswordField(
        _l("Present password"),
        [DataRequired(_l("Write your present password.")), _LENGTH],
        render_kw={"autocomplete": "current-password"},
    )


class PinForm(Form):
    """The password, and a PIN of one's own, typed twice."""

    password = PasswordField(
        _l("Present password"),
        [DataRequired(_l("Write your present password.")), _LENGTH],
        render_kw={"autocomplete": "current-password"},
    )
    pin = PasswordField(
        _l("Signing PIN"),
        [DataRequired(_l("Write four to eight figures.")), Length(max=40)],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    again = PasswordField(
        _l("Signing PIN again"),
        [EqualTo("pin", _l("The two PINs differ. Write the same one twice."))],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )


class PlainForm(Form):
    """A decision without further words."""
