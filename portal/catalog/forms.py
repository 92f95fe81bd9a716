"""What administrators type about posts and services."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Regexp,
    ValidationError,
)

from portal.web.forms import Form, NumberRange
from portal.web.localized_field import LocalizedField

CODE = Regexp(r"[a-z0-9-]+\Z", message=_l("Use small letters, figures and hyphens only."))


def _code(length: int) -> StringField:
    return StringField(
        _l("Code"),
        [DataRequired(_l("Write a short code.")), Length(max=length), CODE],
        description=_l("Small letters, figures and hyphens; used in addresses."),
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )


def _between(label: str, low: int, high: int, default: int, hint: str = "") -> IntegerField:
    message = _l("Write a number from %(low)s to %(high)s.", low=low, high=high)
    return IntegerField(
        label,
        [InputRequired(message), NumberRange(low, high, message)],
        default=default,
        description=hint,
        render_kw={"inputmode": "numeric"},
    )


def _position() -> IntegerField:
    return _between(_l("Place in lists"), 0, 9999, 0, _l("Small numbers come first."))


class VersionedForm(Form):
    """A change to something that others may be changing too."""

    version = IntegerField(widget=HiddenField.widget, validators=[InputRequired()], default=0)


class PostForm(VersionedForm):
    """A post."""

    name = LocalizedField(_l("Name"), max_length=60)
    code = _code(20)
    plate = StringField(
        _l("Number plate"), [DataRequired(_l("Write what the plate says.")), Length(max=6)]
    )
    unit = SelectField(_l("Unit"), coerce=int)
    schedule = SelectField(_l("Opening hours"), coerce=int)
    place = LocalizedField(_l("Where it is"), max_length=120, is_required=False)
    way = LocalizedField(_l("How to get there"), max_length=300, is_required=False, is_long=True)
    position = _position()


class AssignForm(Form):
    """Who serves at a post."""

    staff = SelectField(_l("Who serves"), coerce=int)
    position = SelectField(
        _l("Position"),
        choices=[
            SelectChoice("A", _l("A, first in line")),
            SelectChoice("B", _l("B, stands in")),
            SelectChoice("C", _l("C, when A and B are missing")),
        ],
    )


class ServiceForm(VersionedForm):
    """A service."""

    name = LocalizedField(_l("Name"), max_length=60)
    code = _code(40)
    summary = LocalizedField(_l("In one sentence"), max_length=120, is_required=False)
    unit = SelectField(_l("Unit"), coerce=int)
    promised_days = _between(_l("Promised working days (0: while you wait)"), 0, 365, 0)
    basis = LocalizedField(_l("Basis"), max_length=300, is_required=False)
    asks_id_number = BooleanField(_l("Bookings ask for the ID number"))
    asks_qualification = BooleanField(
        _l("Only qualified staff do this"),
        description=_l("Nobody else is put at a window that offers it."),
    )
    position = _position()


class DocumentForm(VersionedForm):
    """A paper that people bring."""

    name = LocalizedField(_l("Paper"), max_length=120)
    originals = _between(_l("Originals"), 0, 20, 1)
    copies = _between(_l("Copies"), 0, 20, 0)
    how = LocalizedField(_l("How to get it"), max_length=300, is_required=False, is_long=True)


class StepForm(VersionedForm):
    """A step of how it goes."""

    text = LocalizedField(_l("Step"), max_length=200)


class GroundForm(VersionedForm):
    """A ground of refusal."""

    text = LocalizedField(_l("Ground"), max_length=200)
    basis = LocalizedField(_l("Rule"), max_length=200, is_required=False)


class FeeForm(Form):
    """A fee from a day on."""

    amount = DecimalField(
        _l("Amount"),
        [
            InputRequired(_l("Write an amount like 25 or 12.50.")),
            NumberRange(0, 99_999_999, _l("Write an amount like 25 or 12.50.")),
        ],
        places=2,
        render_kw={"inputmode": "decimal"},
    )
    valid_from = DateField(_l("From"), [InputRequired(_l("Choose a day."))])
    basis = LocalizedField(_l("Basis"), max_length=200, is_required=False)

    def validate_amount(self, field: DecimalField) -> None:
        """Two decimals at most, and no sign."""
        amount: Decimal | None = field.data
        if amount is None or not amount.is_finite():
            return
        _sign, _figures, exponent = amount.as_tuple()
        if amount.is_signed() or int(exponent) < -2:
            raise ValidationError(_l("Write an amount like 25 or 12.50."))


class OfferForm(VersionedForm):
    """Where a service is offered and how its day is cut."""

    post = SelectField(_l("Window"), coerce=int)
    slot_minutes = _between(_l("Minutes for each person"), 5, 480, 30)
    capacity = _between(_l("People at the same time"), 1, 1000, 1)
    is_active = BooleanField(_l("Can be booked here"), default=True)


class DecisionForm(VersionedForm):
    """A decision without further words."""
