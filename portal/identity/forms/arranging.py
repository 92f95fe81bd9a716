"""What administrators type about units and roles."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.forms import Form
from portal.web.localized_field import LocalizedField


class _Coded(Form):
    """What units and roles have in common."""

    name = LocalizedField(_l("What it is called"), max_length=60)
    code = StringField(
        _l("Short code"),
        [DataRequired(_l("Write a short code.")), Length(max=20)],
        description=_l("Small letters, figures and hyphens; used in files."),
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )
    version = IntegerField(widget=HiddenField.widget, validators=[InputRequired()], default=0)


class UnitForm(_Coded):
    """A unit."""

    parent = SelectField(_l("Belongs to"), coerce=int)


class RoleForm(_Coded):
    """A role and all it may do."""

    permissions = SelectMultipleField(
        _l("May do"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    needs_second_factor = BooleanField(_l("Needs a second factor to sign in"))
