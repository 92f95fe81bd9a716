"""What duty asks the floors above before somebody leaves a post."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blinker import Signal
from sqlalchemy.orm import Session

#: Sent with a Leaving; who knows what has to be handed over answers with an Onward, or None.
leaving_asked = Signal()


@dataclass(frozen=True)
class Leaving:
    """Somebody who is signed in at a post is about to leave it."""

    session: Session
    post_id: int
    staff_id: int
    now: datetime


@dataclass(frozen=True)
class Onward:
    """The page on which a post is handed over, and whether that has to be done first."""

    endpoint: str
    values: Mapping[str, Any]
    is_owed: bool


def ask_onward(question: Leaving) -> Onward | None:
    """Where whoever leaves a post hands it over; none: nobody knows of such a page."""
    answers = [found for _handler, found in leaving_asked.send(question) if found is not None]
    return answers[0] if answers else None
