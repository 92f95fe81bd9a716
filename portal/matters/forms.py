"""What staff and citizens type about matters."""

import re
import unicodedata
from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    Regexp,
    StopValidation,
)
from wtforms.widgets import CheckboxInput, ListWidget

from portal.appointments.forms import VersionForm
from portal.files.forms import PhotosField
from portal.matters.intake_rules import (
    CHANNEL_LABELS,
    CONFIRMATION_LABELS,
    IDENTITY_LABELS,
    SEVERITY_LABELS,
    TOLD_LABELS,
    Channel,
    Confirmation,
    Identity,
    Severity,
    Told,
)
from portal.web.forms import Form, NumberRange, one_line
from portal.web.languages import LANGUAGES, current_language

#: A number that somebody can dial: a fixed line, too, with its extension.
DIALLED = re.compile(
    r"[+(]?[0-9][0-9 ()/-]{2,}"
    r"(?: ?(?:#|ext\.?|\u5206\u6a5f|\u5206\u673a|\u8f49|\u8f6c) ?[0-9]{1,6})?\Z"
)
#: What was said, and what is written about it.
LONG = 2000


def half_width(value: str | None) -> str | None:
    """Digits and signs as a telephone has them, however they were typed."""
    return unicodedata.normalize("NFKC", value) if isinstance(value, str) else value


def words_field(label: str, *, needed: str = "", longest: int = LONG) -> TextAreaField:
    """A box for words; ``needed`` is what is said when it is empty, none: it may be."""
    check = DataRequired(needed) if needed else Optional()
    return TextAreaField(label, [check, Length(max=longest)])


class AccountFields(Form):
    """What is brought."""

    title = StringField(
        _l("What is it, in one line?"),
        [DataRequired(_l("Write in one line what it is.")), Length(max=80)],
        filters=(one_line,),
        render_kw={"autocomplete": "off"},
    )
    body = words_field(_l("In the person's own words"))
    place = StringField(
        _l("Where is it?"),
        [Optional(), Length(max=80)],
        filters=(one_line,),
        description=_l("Building and flat, floor, window, street and number."),
        render_kw={"autocomplete": "off"},
    )
    photos = PhotosField(_l("Photos and papers"))


class IntakeForm(AccountFields):
    """A matter that a member of staff takes down."""

    channel = RadioField(
        _l("How does it come?"),
        [InputRequired(_l("Choose how it comes."))],
        choices=[
            SelectChoice(str(code), _l(label))
            for code, label in CHANNEL_LABELS.items()
            if code is not Channel.ONLINE
        ],
    )
    identity = RadioField(
        _l("Who brings it?"),
        choices=[SelectChoice(str(code), _l(label)) for code, label in IDENTITY_LABELS.items()],
        default=str(Identity.NAMED),
    )
    name = StringField(_l("Name of the person"), [Optional(), Length(max=60)], filters=(one_line,))
    contact = StringField(
        _l("Mobile number or e-mail"),
        [Optional(), Length(max=120)],
        description=_l("Messages about the matter go there."),
        render_kw={"autocomplete": "off"},
    )
    phone = StringField(
        _l("Other number to call back"),
        [
            Optional(),
            Length(max=40),
            Regexp(DIALLED, message=_l("Write digits; an extension after a “#”.")),
        ],
        filters=(one_line, half_width),
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    language = SelectField(
        _l("Language of the messages"),
        choices=[SelectChoice(code, name) for code, name, _tag in LANGUAGES],
        default=current_language,
    )
    severity = RadioField(
        _l("How grave is it?"),
        choices=[SelectChoice(str(code), _l(label)) for code, label in SEVERITY_LABELS.items()],
        default=str(Severity.NORMAL),
    )
    together = StringField(
        _l("Staff number of a colleague who was asked at the same time"),
        [Optional(), Length(max=20)],
        filters=(one_line,),
        description=_l("Whoever of you ranks higher is the one who was asked first."),
        render_kw={"autocomplete": "off"},
    )
    reception = SelectMultipleField(
        _l("A visitor was offered"),
        choices=[
            SelectChoice("seat", _l("A seat")),
            SelectChoice("tea", _l("Tea or water")),
            SelectChoice("form", _l("The form, with help to fill it in")),
        ],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    reception_note = StringField(
        _l("If not all of it: why?"), [Optional(), Length(max=120)], filters=(one_line,)
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Whoever is not anonymous is written down by name."""
        is_right = bool(super().validate(extra_validators))
        if self.identity.data != Identity.ANONYMOUS and not self.name.data:
            self.name.errors = [*self.name.errors, _l("Write the name, or choose “anonymous”.")]
            return False
        return is_right


class SubmitForm(AccountFields):
    """A matter that a person writes down online."""

    body = words_field(_l("Tell us more"))
    name = StringField(
        _l("Your name"),
        [Optional(), Length(max=60)],
        filters=(one_line,),
        render_kw={"autocomplete": "name"},
    )


class ConfirmForm(VersionForm):
    """The person agreed with what was read back; a page takes out the ways that are not open."""

    way = RadioField(
        _l("Is it right like this?"),
        [InputRequired(_l("Read it back first, and say how the person agreed."))],
        choices=[SelectChoice(str(code), _l(label)) for code, label in CONFIRMATION_LABELS.items()],
    )
    code = StringField(
        _l("The code that the person says"),
        [Optional(), Length(max=20)],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )

    def offer(self, ways: Collection[Confirmation]) -> None:
        """Leave only some ways, and no box for a code where none could be sent."""
        self.way.choices = [
            choice for choice in self.way.choices if Confirmation(choice.value) in ways
        ]
        if Confirmation.CODE not in ways:
            del self.code


class ReportForm(VersionForm):
    """The unit that answers for it."""

    unit = SelectField(
        _l("Which unit answers for it?"),
        [InputRequired(_l("Choose the unit."))],
        coerce=int,
    )


def _staff_id(value: object) -> int:
    """A chosen colleague; 0: nobody yet."""
    return int(str(value)) if value else 0


def colleague_field(label: str) -> SelectField:
    """One of those who work here; a page fills in who they are, by ``colleague_choices``."""
    return SelectField(
        label, [DataRequired(_l("Choose a colleague."))], coerce=_staff_id, default=0
    )


class ReferForm(VersionForm):
    """The colleague to whom a matter is offered, and what goes along."""

    colleague = colleague_field(_l("Whom do you offer it to?"))
    words = words_field(
        _l("What is asked of the colleague?"), needed=_l("Write what the colleague is to do.")
    )
    papers = words_field(_l("Papers that go along, one a line"), longest=500)


class DecideForm(VersionForm):
    """Who takes a matter that came back twice."""

    taker = RadioField(_l("Who takes it?"), [InputRequired(_l("Choose who takes it."))], coerce=int)
    words = words_field(_l("The reason"), needed=_l("Write the reason in words."))


class MoreTimeForm(VersionForm):
    """Until when, and why."""

    day = DateField(
        _l("By the closing of which day?"),
        [InputRequired(_l("Choose a day."))],
    )
    words = words_field(_l("The reason"), needed=_l("Write the reason in words."))


class WordsForm(VersionForm):
    """A step with words; a page sets what they are."""

    words = words_field(_l("In your words"), needed=_l("Write it in words."))


class SayMoreForm(WordsForm):
    """Something that the person adds."""

    words = words_field(_l("What do you want to add?"), needed=_l("Write what you want to add."))
    photos = PhotosField(_l("Photos and papers"))


class NotSolvedForm(WordsForm):
    """What the person says to a result."""

    words = words_field(
        _l("What is still to be done?"), needed=_l("Write what is still to be done.")
    )


class ObjectForm(WordsForm):
    """What the person says against a pause."""

    words = words_field(_l("Why should it not wait?"), needed=_l("Write why it should not wait."))


class WithdrawForm(WordsForm):
    """The person does not want it any more, and need not say why."""

    words = words_field(_l("Why you do not need it any more"))


class PhotosForm(Form):
    """Photos and papers that come later."""

    photos = PhotosField(_l("Photos and papers"), needed=_l("Choose at least one photo or PDF."))


class TellForm(WordsForm):
    """What the person is told, and how."""

    way = RadioField(
        _l("How is the person told?"),
        [InputRequired(_l("Choose how the person is told."))],
        choices=[SelectChoice(str(code), _l(label)) for code, label in TOLD_LABELS.items()],
    )


def check_readable(_form: Form, field: Any) -> None:
    """What cannot be read is said once; how large it may be is no matter then."""
    if field.process_errors:
        raise StopValidation


class AmountForm(WordsForm):
    """Words, and the money that is spoken of."""

    amount = IntegerField(
        _l("Money that it costs or grants"),
        [Optional(), check_readable, NumberRange(min=0, max=1_000_000_000)],
        description=_l("In whole units of the currency; empty where it is not about money."),
        render_kw={"inputmode": "numeric"},
    )


class ContactForm(WordsForm):
    """What was said with the person, and how."""

    way = RadioField(
        _l("How did you speak with the person?"),
        [InputRequired(_l("Choose how you spoke with the person."))],
        choices=[
            SelectChoice(str(code), _l(label))
            for code, label in TOLD_LABELS.items()
            if code is not Told.MESSAGE
        ],
    )


class AddForm(Form):
    """Something added to the record."""

    words = words_field(_l("In your words"), needed=_l("Write it in words."))
    is_public = RadioField(
        _l("Who reads it?"),
        choices=[
            SelectChoice("", _l("Only colleagues")),
            SelectChoice("yes", _l("The person, too")),
        ],
        default="",
    )
