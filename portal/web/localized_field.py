"""One text in up to three languages as a part of a form."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form, FormField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, StopValidation

from portal.core.localized import Localized
from portal.core.script import to_simplified
from portal.web.forms import stripped

_NEEDED = _l("Write it in Traditional Chinese.")


def _first_with_others(form: Form, field: Any) -> None:
    """Refuse a text that has translations and no Traditional original."""
    if not field.data and (form.zh_Hans.data or form.en.data):
        raise StopValidation(_NEEDED)


def _part_form(max_length: int, *, is_required: bool, is_long: bool) -> type[Form]:
    """The sub-form with a box for each language; Traditional Chinese comes first."""
    box = TextAreaField if is_long else StringField
    needed = [DataRequired(_NEEDED)] if is_required else [_first_with_others, Optional()]
    length = Length(max=max_length)

    class Parts(Form):  # type: ignore[misc]
        zh_Hant = box(_l("Traditional Chinese"), [*needed, length], filters=[stripped])  # noqa: N815
        zh_Hans = box(  # noqa: N815
            _l("Simplified Chinese"),
            [Optional(), length],
            description=_l("Left empty, it is made from the Traditional text."),
            filters=[stripped],
        )
        en = box(_l("English"), [Optional(), length], filters=[stripped])

    return Parts


class LocalizedField(FormField):  # type: ignore[misc]
    """A text by language; its ``data`` is a Localized with only the languages that are filled.

    A Simplified text left empty is made from the Traditional one, and shown as empty again, so
    that it goes on following it.
    """

    def __init__(
        self,
        label: Any = None,
        *,
        max_length: int,
        is_required: bool = True,
        is_long: bool = False,
        **options: Any,
    ) -> None:
        parts = _part_form(max_length, is_required=is_required, is_long=is_long)
        super().__init__(parts, label, **options)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the texts that stand already as the boxes' contents."""
        texts = dict(data) if isinstance(data, dict) else {}
        if texts.get("zh_Hans") == to_simplified(texts.get("zh_Hant", "")):
            texts.pop("zh_Hans", None)
        super().process(formdata, texts, extra_filters)

    @property
    def data(self) -> Localized:
        """The filled languages."""
        texts = {code: text for code, text in self.form.data.items() if text}
        if texts.get("zh_Hant") and "zh_Hans" not in texts:
            texts["zh_Hans"] = to_simplified(texts["zh_Hant"])
        return texts
