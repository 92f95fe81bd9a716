"""What administrators type about units and roles."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
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


class ColleagueField(SelectField):  # type: ignore[misc]
    """Somebody who works here, or 0 for nobody; says so of one who left since the page opened."""

    def pre_validate(self, form: Any) -> None:
        """Refuse whoever is not among the choices."""
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError(_l("Choose a colleague who works here.")) from None


class UnitForm(_Coded):
    """A unit and who answers for it."""

    parent = SelectField(_l("Belongs to"), coerce=int)
    head = ColleagueField(
        _l("Head of the unit"),
        coerce=int,
        default=0,
        description=_l("Answers for what comes to the unit."),
    )
    deputy = ColleagueField(
        _l("Deputy head"),
        coerce=int,
        default=0,
        description=_l("Is asked when the head does not answer."),
    )


class RoleForm(_Coded):
    """A role and all it may do."""

    permissions = SelectMultipleField(
        _l("May do"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    needs_second_factor = BooleanField(_l("Needs a second factor to sign in"))
