"""What administrators type about their colleagues."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.web.forms import Form


class StaffForm(Form):
    """A member of staff."""

    number = StringField(
        _l("Staff number"),
        [DataRequired(_l("Write the staff number.")), Length(max=20)],
        description=_l("Letters, figures and hyphens. It is typed to sign in."),
        render_kw={"autocomplete": "off"},
    )
    name = StringField(
        _l("Full name"),
        [DataRequired(_l("Write the name.")), Length(max=60)],
        render_kw={"autocomplete": "off"},
    )
    unit = SelectField(_l("Unit"), coerce=int)
    phone = StringField(
        _l("Telephone"),
        [Optional(), Length(max=24)],
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    email = StringField(
        _l("E-mail"),
        [Optional(), Length(max=120)],
        render_kw={"autocomplete": "off", "inputmode": "email"},
    )
    version = IntegerField(widget=HiddenField.widget, validators=[InputRequired()], default=0)


class GrantForm(Form):
    """A role and where it holds."""

    role = SelectField(_l("Role"), coerce=int)
    unit = SelectField(_l("Where it holds"), coerce=int)


class HandOverForm(Form):
    """Who takes what a leaving person holds."""

    colleague = SelectField(_l("Colleague who takes it"), coerce=int)


class ImportForm(Form):
    """A table of people."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file first."))])
