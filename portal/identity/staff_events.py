"""What identity asks the floors above before people leave and units close, and tells after it."""

from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.localized import Localized

#: Sent with a StaffLeaving; handlers answer with a list of Holding, maybe empty.
staff_leaving = Signal()
#: Sent with a HandingOver inside its transaction; handlers move what they answered before.
handing_over = Signal()
#: Sent with a StaffLeft inside its transaction, once somebody does not work here any more.
staff_left = Signal()
#: Sent with a UnitClosing; handlers answer with a list of Holding.
unit_closing = Signal()


@dataclass(frozen=True)
class Holding:
    """A thing somebody answers for: its kind ("post"), id, a sign ("3") and its name.

    ``note`` is a msgid: what the person has to do with it, where that is not plain.
    """

    kind: str
    id: int
    name: Localized
    sign: str = ""
    note: str = ""


@dataclass(frozen=True)
class StaffLeaving:
    """Somebody wants to leave; the question is what is in that person's hands."""

    session: Session
    staff_id: int


@dataclass(frozen=True)
class HandingOver:
    """All that one person holds goes to a named colleague."""

    session: Session
    staff_id: int
    to_staff_id: int
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class StaffLeft:
    """Somebody has left: what reaches the person from now on reaches nobody."""

    session: Session
    staff_id: int
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class UnitClosing:
    """A unit is to be closed; the question is what still belongs to it."""

    session: Session
    unit_id: int


def ask_holdings(question: StaffLeaving | UnitClosing) -> list[Holding]:
    """All answers of the floors above, by kind and sign."""
    signal = staff_leaving if isinstance(question, StaffLeaving) else unit_closing
    answers = [holding for _handler, found in signal.send(question) for holding in found]
    return sorted(answers, key=lambda holding: (holding.kind, holding.sign, holding.id))
