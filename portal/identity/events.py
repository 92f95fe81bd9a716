"""What identity tells and asks the floors above about citizens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_
from portal.core.localized import Localized

#: Sent with a CodeIssued inside its transaction; the messages room sends the code.
code_issued = Signal()
#: Sent with a ContactChanged inside its transaction.
contact_changed = Signal()
#: Sent with a PersonalDataAsked; handlers answer with sections of what they keep.
personal_data_asked = Signal()
#: Sent with an Erasing inside its transaction; handlers erase what they keep.
personal_data_erasing = Signal()
#: Sent with a Retention by the sweep; handlers erase what is kept long enough.
retention_ending = Signal()


@dataclass(frozen=True)
class CodeIssued:
    """A one-time code in the clear, on its way to its contact only."""

    session: Session
    code_id: int
    kind: str
    value: str
    language: str
    code: str
    minutes: int
    now: datetime
    #: The message that carries it, and what else that one says.
    template: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class ContactChanged:
    """A contact has a new, proved address."""

    session: Session
    contact_id: int
    value: str
    now: datetime


@dataclass(frozen=True)
class Term:
    """A word of ours as a value: a msgid that the page translates."""

    msgid: str


@dataclass(frozen=True)
class Masked:
    """A value that a page shows in part, and the person's own copy in full."""

    whole: str
    part: str


@dataclass(frozen=True)
class Correctable:
    """A text that the person may put right, and the endpoint of the page for it."""

    text: str
    endpoint: str
    values: dict[str, str]
    #: What the way there is called (msgid).
    verb: str = N_("Correct")


#: A text of the person's own, a moment, a day, an institution's text by language, a word of ours.
Value = str | datetime | date | Localized | Term | Masked | Correctable


@dataclass(frozen=True)
class Section:
    """What a feature keeps of a person: a title (msgid) and things as rows of label and value."""

    title: str
    rows: list[list[tuple[str, Value]]]
    #: The things by kind and id, so that the person sees who looked at them.
    subjects: list[tuple[str, int]] = field(default_factory=list)
    #: By what the person knows the things that other sections may speak of: their numbers.
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    #: What each row is about, by kind and id, where another section has its name.
    about: list[tuple[str, int]] = field(default_factory=list)
    #: Where it stands among the sections: what the person does first, what only tells of it last.
    order: int = 50


@dataclass(frozen=True)
class PersonalDataAsked:
    """A person asks what is kept."""

    session: Session
    contact_id: int


@dataclass(frozen=True)
class Erasing:
    """A person wants everything erased that no duty keeps.

    A handler that must refuse raises a domain error, and nothing is erased.
    """

    session: Session
    contact_id: int
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class Retention:
    """Personal data older than ``before`` have been kept long enough."""

    session: Session
    before: datetime
    now: datetime
