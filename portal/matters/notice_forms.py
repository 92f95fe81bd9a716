"""What staff write about one-time notices: papers that are here, demands, refusals."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import DataRequired, Length, Optional

from portal.appointments.forms import VersionForm
from portal.core.localized import Localized, pick
from portal.matters.forms import WordsForm, words_field
from portal.matters.notice_rules import Papers
from portal.web.forms import Form, NumberRange, one_line
from portal.web.languages import current_language


class PapersForm(VersionForm):
    """The boxes of the papers that are missing, named after their keys."""

    #: What the page showed of the catalog; empty for a notice that was given.
    seen = HiddenField()
    keys: tuple[int, ...] = ()

    def box(self, name: str, key: int) -> Any:
        """A box of a paper; None when nothing of that kind is missing."""
        return self._fields.get(f"{name}_{key}")

    def boxes(self, key: int) -> list[Any]:
        """The boxes of a paper, for its row."""
        found = (self.box(name, key) for name in ("originals", "copies"))
        return [box for box in found if box is not None]

    def brought(self, missing: Mapping[int, Papers]) -> dict[int, Papers]:
        """What was ticked and counted of each paper; a tick means all originals."""
        return {
            key: Papers(
                missing[key].originals if self._data("originals", key) else 0,
                self._data("copies", key) or 0,
            )
            for key in self.keys
        }

    def _data(self, name: str, key: int) -> Any:
        box = self.box(name, key)
        return None if box is None else box.data


def papers_form(
    names: Mapping[int, Localized], missing: Mapping[int, Papers], **values: Any
) -> PapersForm:
    """A form with boxes for what is missing of these papers, by their keys."""
    fields: dict[str, Any] = {"keys": tuple(key for key, left in missing.items() if left)}
    for key in fields["keys"]:
        name = pick(names[key], current_language())[0]
        left = missing[key]
        if left.originals:
            label = _("%(paper)s: the original is here", paper=name)
            fields[f"originals_{key}"] = BooleanField(label)
        if left.copies:
            fields[f"copies_{key}"] = IntegerField(
                _("%(paper)s: copies that are here", paper=name),
                [
                    Optional(),
                    NumberRange(
                        0,
                        left.copies,
                        _("Write a number from 0 to %(most)s.", most=left.copies),
                    ),
                ],
                render_kw={"inputmode": "numeric"},
            )
    made: PapersForm = type("PapersForm", (PapersForm,), fields)(**values)
    return made


class DemandForm(VersionForm):
    """A paper that is not on the notice, and why it is asked for."""

    paper = StringField(
        _l("Which paper?"),
        [DataRequired(_l("Write which paper it is.")), Length(max=120)],
        filters=(one_line,),
        render_kw={"autocomplete": "off"},
    )
    words = words_field(_l("The reason"), needed=_l("Write the reason in words."))


class RefuseForm(WordsForm):
    """Why it is refused, and by which article."""

    article = StringField(
        _l("The article that the refusal rests on"),
        [DataRequired(_l("Write the article that the refusal rests on.")), Length(max=200)],
        filters=(one_line,),
        render_kw={"autocomplete": "off"},
    )


class SignalForm(Form):
    """What was done about a fault signal."""

    words = words_field(_l("What did you do about it?"), needed=_l("Write what you did about it."))
