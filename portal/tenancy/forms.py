"""What administrators type about the institution itself, section by section of the settings."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.localized import Localized
from portal.tenancy.settings import Settings
from portal.web.forms import Form, NumberRange
from portal.web.localized_field import LocalizedField

#: What of a form is not a value of its section.
ASIDE = frozenset({"csrf_token", "idempotency_key", "number", "valid_from"})
#: The classes of people who may claim priority, in the words of the settings.
PRIORITY_CLASSES = {
    "elderly": _l("Elderly person"),
    "disabled": _l("Person with a disability"),
    "pregnant": _l("Pregnant"),
    "child": _l("With a small child"),
    "service": _l("Soldier or firefighter"),
}
#: Boxes for the numbers of an institution, and the lines of its motto.
PHONES = (1, 2, 3, 4)
MOTTO = ("motto_first", "motto_second")


class NumberForm(Form):
    """A question about the settings; ``number`` is the newest version that was shown."""

    number = IntegerField(widget=HiddenField.widget, validators=[InputRequired()])


class SectionForm(NumberForm):
    """A section of the settings, and from when on it holds."""

    valid_from = DateField(
        _l("Holds from"),
        [Optional()],
        description=_l("Left empty, it holds at once."),
    )

    def boxes(self) -> Iterator[Field]:
        """The values of the section, in order."""
        return (box for box in self if box.short_name not in ASIDE)

    def starts_on(self) -> date | None:
        """The day typed; None means at once."""
        day: date | None = self.valid_from.data
        return day


class NameForm(Form):
    """The institution's name; ``shown`` is the one that was there when the form was opened."""

    name = LocalizedField(_l("Name"), max_length=60)
    shown = HiddenField(validators=[Length(max=400)])


def _text(label: str, length: int, **options: Any) -> LocalizedField:
    return LocalizedField(label, max_length=length, **options)


def _number(label: str, low: int, high: int) -> IntegerField:
    message = _l("Write a number from %(low)s to %(high)s.", low=low, high=high)
    return IntegerField(
        label,
        [InputRequired(message), NumberRange(low, high, message)],
        render_kw={"inputmode": "numeric"},
    )


def _phone(label: str) -> StringField:
    return StringField(label, [Optional(), Length(min=3, max=40)])


class PresenceForm(SectionForm):
    """How the institution presents itself."""

    tagline = _text(_l("Beside the name"), 60)
    headline = _text(_l("Sentence on the home page"), 60, is_long=True)
    lead = _text(_l("Below the sentence"), 160, is_long=True)
    motto_first = _text(_l("Motto, first line"), 40, is_required=False)
    motto_second = _text(_l("Motto, second line"), 40, is_required=False)
    address = _text(_l("Address"), 160)
    phone_1 = _phone(_l("First phone number"))
    label_1 = _text(_l("What the first number is for"), 40, is_required=False)
    phone_2 = _phone(_l("Second phone number"))
    label_2 = _text(_l("What the second number is for"), 40, is_required=False)
    phone_3 = _phone(_l("Third phone number"))
    label_3 = _text(_l("What the third number is for"), 40, is_required=False)
    phone_4 = _phone(_l("Fourth phone number"))
    label_4 = _text(_l("What the fourth number is for"), 40, is_required=False)

    def phones(self) -> list[dict[str, Any]]:
        """The pairs of a number and its label that are not empty."""
        pairs = [(self[f"phone_{n}"].data, self[f"label_{n}"].data) for n in PHONES]
        return [{"number": number, "label": label} for number, label in pairs if number or label]

    def validate(self, extra_validators: Any = None) -> bool:
        """People without the internet need a number to call, and to know whose it is."""
        is_right = bool(super().validate(extra_validators))
        if not self.phones():
            return self._refuse(1, _("Write at least one phone number."))
        for n in PHONES:
            if bool(self[f"phone_{n}"].data) != bool(self[f"label_{n}"].data.get("zh_Hant")):
                is_right = self._refuse(n, _("Write both: the number, and what it is for."))
        return is_right

    def _refuse(self, n: int, message: str) -> bool:
        box = self[f"phone_{n}"]
        box.errors = [*box.errors, message]
        return False


class WordsForm(SectionForm):
    """What the institution calls its people and acts."""

    citizen = _text(_l("The person served"), 20)
    booking = _text(_l("Booking, as the home page says it"), 20)
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
    breach_arrival_minutes = _number(
        _l("Minutes after the start within which a person came in time"), 0, 240
    )
    breach_start_minutes = _number(
        _l("Minutes after the end at which a promise is broken if nobody has begun"), 0, 240
    )
    breach_offer_minutes = _number(_l("Minutes new times are kept after that"), 10, 1440)
    cancel_hours_before_midnight = _number(
        _l("Hours before midnight at which changing online ends"), 0, 48
    )
    quiet_from = TimeField(_l("No messages from"), [InputRequired()])
    quiet_until = TimeField(
        _l("No messages until"),
        [InputRequired()],
        description=_l("Reminders and offers wait or come earlier. The same time twice: never."),
    )
    offer_minutes = _number(_l("Minutes a returned time is kept for who waits"), 5, 240)
    no_show_limit = _number(_l("Missed appointments that close online booking (0: never)"), 0, 20)
    no_show_days = _number(_l("Days within which missed appointments count together"), 1, 365)
    no_show_closed_days = _number(_l("Days for which online booking is closed then"), 1, 365)
    priorities = SelectMultipleField(
        _l("Who may claim priority"),
        [Optional()],
        choices=[SelectChoice(code, label) for code, label in PRIORITY_CLASSES.items()],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    elderly_age = _number(_l("Age from which a person is elderly"), 50, 90)
    closure_reach_days = _number(
        _l("Days within which people get another time when theirs is closed"), 0, 60
    )
    hours_notice_days = _number(
        _l("Days ahead that changed opening hours must be published"), 0, 60
    )

    def validate_priority_share(self, box: Any) -> None:
        """Both shares come out of the same places."""
        if (self.counter_share.data or 0) + (box.data or 0) > 100:
            raise ValidationError(_("Both shares together cannot be more than 100."))


class MattersForm(SectionForm):
    """Limits of matters."""

    prefix = StringField(
        _l("Serial numbers begin with"),
        [Regexp("^[A-Z]{1,3}$", message=_l("Write one to three capital letters."))],
    )
    resolution_hours = _number(_l("Hours within which a result is promised"), 1, 720)
    contact_minutes = _number(
        _l("Working minutes until the person hears from whoever handles it"), 1, 1440
    )
    contact_minutes_closed = _number(
        _l("The same outside the hours, in minutes of the clock"), 1, 2880
    )
    amount_limit = _number(
        _l("Amount of money above which whoever leads the institution decides"), 0, 1_000_000
    )
    acknowledge_minutes = _number(
        _l("Minutes until a report that nobody acknowledged goes to the deputy"), 1, 1440
    )
    answer_minutes = _number(
        _l("Working minutes until a referral that nobody answered comes back"), 1, 1440
    )


class DutyForm(SectionForm):
    """Limits of duty at posts."""

    empty_minutes = _number(_l("Minutes until it is told that an open post is empty"), 1, 60)
    desk_minutes = _number(_l("The same for a post that never closes"), 1, 60)
    cover_minutes = _number(_l("Longest absence that a colleague covers, in minutes"), 5, 120)
    rest_hours = _number(_l("Hours of rest between two shifts of different days"), 0, 24)
    leave_notice_days = _number(_l("Days ahead that leave is asked for"), 0, 60)
    offer_hours = _number(_l("Hours before a shift at which an offer of it ends"), 0, 168)
    sign_out_minutes = _number(
        _l("Minutes after a shift until whoever forgot to sign out is signed out"), 5, 240
    )
    grace_minutes = _number(_l("Minutes up to which nobody is late or leaves early"), 0, 30)
    contest_days = _number(_l("Days in which an entry of attendance can be contested"), 1, 60)


class PrivacyForm(SectionForm):
    """What is kept, and for how long."""

    notice = _text(_l("What people are told"), 200, is_long=True)
    retention_days = _number(_l("Days until personal details are erased"), 30, 3650)


class SignInForm(SectionForm):
    """Rules of signing in."""

    password_length = _number(_l("Shortest password"), 12, 64)
    idle_minutes = _number(_l("Minutes until the screen locks"), 5, 120)


FORMS: dict[str, type[SectionForm]] = {
    "presence": PresenceForm,
    "words": WordsForm,
    "booking": BookingForm,
    "matters": MattersForm,
    "duty": DutyForm,
    "privacy": PrivacyForm,
    "sign_in": SignInForm,
}


def shown(section: str, settings: Settings) -> dict[str, Any]:
    """What a section's form shows of the settings."""
    values: dict[str, Any] = getattr(settings, section).model_dump()
    if section == "presence":
        values |= dict(zip(MOTTO, [*values.pop("motto"), {}, {}], strict=False))
        for n, phone in enumerate(values.pop("phones"), start=1):
            values |= {f"phone_{n}": phone["number"], f"label_{n}": phone["label"]}
    return values


def typed(form: SectionForm) -> dict[str, Any]:
    """A section as the form says; only the settings as a whole tell whether it is valid."""
    values = {box.short_name: box.data for box in form.boxes()}
    if not isinstance(form, PresenceForm):
        return values
    mottos: list[Localized] = [values[name] for name in MOTTO]
    kept = {name: values[name] for name in ("tagline", "headline", "lead", "address")}
    return {**kept, "motto": [line for line in mottos if line], "phones": form.phones()}
