"""What citizens and the window type in about appointments."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from portal.appointments.rules import PRIORITY_LABELS, Priority
from portal.identity.purposes import PURPOSE_LABELS
from portal.tenancy.settings import BookingRules
from portal.web.forms import Form, one_line
from portal.web.languages import LANGUAGES, current_language


class TimeForm(Form):
    """Which slot."""

    slot = IntegerField(_l("Time"), [InputRequired(_l("Choose a time first."))])
    priority = HiddenField()


class NameFields(Form):
    """What the person who comes is called and known by."""

    name = StringField(
        _l("Name of the person who comes"),
        [DataRequired(_l("Write the name.")), Length(max=60)],
        filters=(one_line,),
        render_kw={"autocomplete": "name"},
    )
    id_number = StringField(
        _l("ID number"),
        [Optional(), Length(max=30)],
        render_kw={"autocomplete": "off", "inputmode": "text"},
    )


class PersonFields(NameFields):
    """Who comes."""

    priority = RadioField(
        _l("Priority"),
        choices=[SelectChoice(str(code), _l(label)) for code, label in PRIORITY_LABELS.items()],
        default="",
        validate_choice=True,
    )


def offer_priorities(form: PersonFields, rules: BookingRules) -> None:
    """Let those classes be claimed that the institution has; a claim never made is none."""
    form.priority.choices = [
        SelectChoice(
            str(code),
            _("Aged %(age)s or over", age=rules.elderly_age)
            if code is Priority.ELDERLY
            else _l(label),
        )
        for code, label in PRIORITY_LABELS.items()
        if not code or code in rules.priorities
    ]


class DetailsForm(PersonFields):
    """Who comes, how to reach them, for oneself or another."""

    contact = StringField(
        _l("Mobile number or e-mail"),
        [DataRequired(_l("Write a mobile number or an e-mail address.")), Length(max=120)],
        description=_l("We send a code there, and the confirmation."),
        render_kw={"autocomplete": "tel", "inputmode": "email"},
    )
    for_other = RadioField(
        _l("For whom are you booking?"),
        choices=[SelectChoice("", _l("For myself")), SelectChoice("yes", _l("For someone else"))],
        default="",
    )
    agreed = BooleanField(
        _l("I have read how my data are used."),
        [DataRequired(_l("Please confirm that you have read it."))],
    )

    def ask_id_number(self) -> None:
        """Make the ID number part of the booking: by it the service knows who has booked."""
        self.id_number.validators = [DataRequired(_l("Write the ID number.")), Length(max=30)]
        self.id_number.flags.optional = False


class RevealForm(Form):
    """For what somebody looks at a person's data."""

    purpose = RadioField(
        _l("What do you need it for?"),
        [InputRequired(_l("Say what you need it for."))],
        choices=[SelectChoice(str(code), _l(label)) for code, label in PURPOSE_LABELS.items()],
    )


class VersionForm(Form):
    """A decision about a row as it was shown."""

    version = IntegerField(widget=HiddenField.widget, validators=[InputRequired()])


class MoveForm(VersionForm):
    """Another time for a booking."""

    slot = IntegerField(_l("Time"), [InputRequired(_l("Choose a time first."))])


class CorrectionForm(VersionForm, NameFields):
    """Who a booking is for, put right."""


class FindForm(Form):
    """One's own booking, or what else has a number, by number and contact."""

    reference = StringField(
        _l("Number of the booking or the matter"),
        [DataRequired(_l("Write the number.")), Length(max=20)],
        description=_l("As it stands in the message, with its letter."),
        render_kw={"autocomplete": "off"},
    )
    contact = StringField(
        _l("Mobile number or e-mail"),
        [DataRequired(_l("Write the mobile number or e-mail that you gave.")), Length(max=120)],
    )


class ArrivalForm(Form):
    """Reporting at the entrance by scanning the QR or typing the number."""

    code = StringField(
        _l("Scan your code, or write the booking number"),
        [DataRequired(_l("Scan the code, or write the booking number.")), Length(max=300)],
        render_kw={"autocomplete": "off", "autofocus": True},
    )
    last_four = StringField(
        _l("Last four of your mobile number"),
        [Optional(), Length(max=4)],
        description=_l("Only when you have no code to scan."),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )


class DeskBookingForm(PersonFields):
    """A booking that the window makes for somebody on the phone or in person."""

    contact = StringField(
        _l("Mobile number or e-mail"),
        [Optional(), Length(max=120)],
        description=_l("Leave empty when there is none: no message can be sent then."),
        render_kw={"autocomplete": "off"},
    )
    language = SelectField(
        _l("Language of the messages"),
        choices=[SelectChoice(code, name) for code, name, _tag in LANGUAGES],
        default=current_language,
    )
    channel = RadioField(
        _l("How is the person asking?"),
        choices=[SelectChoice("counter", _l("In person")), SelectChoice("phone", _l("By phone"))],
        default="counter",
    )
    slot = IntegerField(_l("Time"), [InputRequired(_l("Choose a time first."))])
    overbook = BooleanField(_l("Give this time although it is full"))


class NextForm(DeskBookingForm):
    """The next appointment for what cannot be finished today (W-YY-1)."""

    version = IntegerField(widget=HiddenField.widget, validators=[InputRequired()])
    purpose = TextAreaField(
        _l("What will be done then"),
        [DataRequired(_l("Write what will be done.")), Length(max=400)],
    )
    bring = TextAreaField(_l("What to bring"), [Optional(), Length(max=400)])


class WaiverForm(VersionForm):
    """The person does not want a next appointment."""

    waiver = TextAreaField(
        _l("Why the person does not want an appointment"),
        [DataRequired(_l("Write it in the person's own words.")), Length(max=400)],
    )


class ClaimForm(VersionForm):
    """What the window saw of a claim to priority."""

    outcome = StringField(validators=[AnyOf(("confirmed", "refused"))])


class TakeBackForm(VersionForm):
    """Why a no-show is taken back."""

    reason = TextAreaField(
        _l("Why it is taken back"),
        [DataRequired(_l("Write down why it is taken back.")), Length(max=400)],
        description=_l("The person can read this."),
    )


class ObjectionForm(Form):
    """What a person says against a no-show."""

    words = TextAreaField(
        _l("What happened"),
        [DataRequired(_l("Write what happened.")), Length(max=600)],
        description=_l("The head of the window reads it and answers."),
    )


class VerdictForm(VersionForm):
    """What becomes of an objection."""

    decision = RadioField(
        _l("Your decision"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice("undo", _l("It was a mistake and no longer counts")),
            SelectChoice("stand", _l("It stands")),
        ],
    )
    words = TextAreaField(
        _l("What you tell the person"),
        [DataRequired(_l("Write what you tell the person.")), Length(max=400)],
        description=_l("The person can read this."),
    )


class CallForm(Form):
    """How a phone call went."""

    outcome = StringField(validators=[AnyOf(("reached", "not_reached"))])


class VisitForm(Form):
    """A walk-in."""

    service = SelectField(_l("Service"), coerce=int)
    name = StringField(
        _l("Name of the person who comes"), [Optional(), Length(max=60)], filters=(one_line,)
    )


class NewTimeForm(Form):
    """One of the times that are kept for whom the office let down."""

    offer = IntegerField(_l("Time"), [InputRequired(_l("Choose a time first."))])


class ComplaintForm(Form):
    """A complaint about a broken promise; what happened goes with it by itself."""

    words = TextAreaField(
        _l("What you want to say"),
        [Optional(), Length(max=1000)],
        description=_l("You need not write anything: what happened goes with it by itself."),
    )


class AnswerForm(Form):
    """The answer of the oversight role."""

    answer = TextAreaField(
        _l("Your answer"),
        [DataRequired(_l("Write the answer.")), Length(max=2000)],
        description=_l("The person reads it on the page of the booking and gets it as a message."),
    )
