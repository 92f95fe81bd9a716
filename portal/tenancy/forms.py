"""What administrators type about the institution itself, section by section of the settings."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form as PlainForm
from wtforms import FormField, HiddenField, IntegerField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.tenancy.settings import Settings
from portal.web.forms import Form, stripped
from portal.web.localized_field import LocalizedField


class SectionForm(Form):
    """A section of the settings; ``number`` is the version that was shown."""

    number = IntegerField(widget=HiddenField.widget, validators=[InputRequired()])


def _text(label: str, length: int, **options: Any) -> LocalizedField:
    return LocalizedField(label, max_length=length, **options)


def _number(label: str, low: int, high: int) -> IntegerField:
    message = _l("Write a number from %(low)s to %(high)s.", low=low, high=high)
    return IntegerField(
        label,
        [InputRequired(message), NumberRange(low, high, message)],
        render_kw={"inputmode": "numeric"},
    )


class PhonePart(PlainForm):  # type: ignore[misc]
    """A published number; both boxes empty: none."""

    label = LocalizedField(_l("What it is for"), max_length=40, is_required=False)
    number = StringField(_l("Number"), [Optional(), Length(min=3, max=40)], filters=[stripped])


class PresenceForm(SectionForm):
    """How the institution presents itself."""

    tagline = _text(_l("Beside the name"), 40)
    headline = _text(_l("Sentence on the home page"), 60, is_long=True)
    lead = _text(_l("Below the sentence"), 160, is_long=True)
    motto_first = _text(_l("Motto, first line"), 20, is_required=False)
    motto_second = _text(_l("Motto, second line"), 20, is_required=False)
    address = _text(_l("Address"), 120)
    phone_first = FormField(PhonePart, _l("First phone"))
    phone_second = FormField(PhonePart, _l("Second phone"))


class WordsForm(SectionForm):
    """What the institution calls its people and acts."""

    citizen = _text(_l("The person served"), 20)
    booking = _text(_l("A booking"), 20)
    post = _text(_l("A place of service"), 20)
    closed = _text(_l("Closed"), 20)


class BookingForm(SectionForm):
    """Limits of booking."""

    horizon_days = _number(_l("Days ahead that can be booked"), 1, 365)
    release_time = TimeField(_l("Time at which the next day opens"), [InputRequired()])
    hold_minutes = _number(_l("Minutes a chosen time is kept"), 2, 60)
    live_per_contact = _number(_l("Bookings one contact may have"), 1, 20)
    counter_share = _number(_l("Share kept for the window, in hundredths"), 0, 100)
    priority_share = _number(_l("Share kept for priority, in hundredths"), 0, 100)
    share_opens = TimeField(
        _l("Time on the day before at which kept places open to all"), [InputRequired()]
    )
    holds_per_network = _number(_l("Times one connection may keep unverified"), 1, 1000)
    grace_minutes = _number(_l("Minutes a late person is still served"), 0, 240)
    cancel_hours_before_midnight = _number(
        _l("Hours before midnight at which changing online ends"), 0, 48
    )


class PrivacyForm(SectionForm):
    """What is kept, and for how long."""

    notice = _text(_l("What people are told"), 200, is_long=True)
    retention_days = _number(_l("Days until personal details are erased"), 30, 3650)
    log_days = _number(_l("Days the access log keeps details"), 180, 3650)


class SignInForm(SectionForm):
    """Rules of signing in."""

    password_length = _number(_l("Shortest password"), 12, 64)
    idle_minutes = _number(_l("Minutes until the screen locks"), 5, 120)


FORMS: dict[str, type[SectionForm]] = {
    "presence": PresenceForm,
    "words": WordsForm,
    "booking": BookingForm,
    "privacy": PrivacyForm,
    "sign_in": SignInForm,
}

#: What of a form is not a value of its section.
ASIDE = frozenset({"csrf_token", "idempotency_key", "number"})


def shown(section: str, settings: Settings) -> dict[str, Any]:
    """What a section's form shows of the settings."""
    values: dict[str, Any] = getattr(settings, section).model_dump()
    if section == "presence":
        mottos = [*values.pop("motto"), {}, {}]
        phones = [*values.pop("phones"), {}, {}]
        values |= {"motto_first": mottos[0], "motto_second": mottos[1]}
        values |= {"phone_first": phones[0], "phone_second": phones[1]}
    return values


def changed(section: str, form: SectionForm, settings: Settings) -> dict[str, Any]:
    """The whole settings document with a section as the form says; may not be valid yet."""
    values = {name: value for name, value in form.data.items() if name not in ASIDE}
    if section == "presence":
        mottos = (values.pop("motto_first"), values.pop("motto_second"))
        phones = (values.pop("phone_first"), values.pop("phone_second"))
        values["motto"] = [line for line in mottos if line]
        values["phones"] = [phone for phone in phones if phone["number"]]
    document = settings.model_dump()
    document[section] = values
    return document
